"""The bench of trials that ``scripts/make_trials.py`` makes: its reader, and a cache of what the pose model sees."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.pipeline.detection import Observation, observe
from humanpose3d.pipeline.signals.depth_prior.network import Network, shipped
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.video.reader import Frame, VideoReader

Half = Literal["development", "test", "training"]

WALKERS = "walkers"
"""Folder in the bench with people who walk in manners of their own (``make_trials.py BENCH/walkers --walkers``): bands
are fitted on them as well."""

DETECTIONS = "landmarks"
"""Folder in the bench for what pose models saw, before any smoothing: one file for each trial and model."""

FOLDS = (frozenset({"chidi", "dora", "farid"}), frozenset({"adam", "bella", "emil", "greta"}))
"""People of the development half: each of the two networks of the depth prior was trained without some of them."""


@dataclass(frozen=True, eq=False)
class BenchTrial:
    """One trial of the bench.

    Attributes
    ----------
    name : str
    half : {"development", "test", "training"}
        What is chosen or fitted sees the development half only; the depth prior is trained on "training" too.
    parameters : mapping
        As in the trial's JSON file: ``movement``, ``body``, ``azimuth``, ``lens``, ``person`` ...
    video : Path
    """

    name: str
    half: Half
    parameters: Mapping[str, Any]
    video: Path

    @cached_property
    def truth(self) -> dict[str, Any]:
        """Arrays by key; ``trials.truth.truth`` in scripts/ describes them."""
        with np.load(self.video.with_suffix(".npz")) as file:
            return dict(file)

    @property
    def kind(self) -> str:
        """The kind of movement."""
        return str(self.parameters["movement"]["kind"])

    @property
    def stature(self) -> float:
        """Metres."""
        return float(self.parameters["body"]["stature"])

    @property
    def network(self) -> Network | None:
        """The network of the depth prior that never saw this person; None for the one that the package ships."""
        person = self.parameters.get("body", {}).get("name")
        folds = [number for number, fold in enumerate(FOLDS) if person in fold]
        return shipped().member(folds[0]) if folds else None

    @property
    def view(self) -> Literal["front", "side", "back", "oblique"]:
        """Where the camera stands: within 22.5 degrees of front, side or back, or between them."""
        azimuth = self.parameters["azimuth"] % 360
        for name, at in (("front", (0, 360)), ("side", (90, 270)), ("back", (180,))):
            if min(abs(azimuth - a) for a in at) <= 22.5:
                return name  # type: ignore[return-value]
        return "oblique"


def read_with_walkers(bench: Path) -> list[BenchTrial]:
    """Read the trials of the bench and its walkers, or end the program: what is fitted on one alone would be wrong."""
    trials, walkers = read_trials(bench), read_trials(bench / WALKERS)
    if not trials or not walkers:
        print(f"{bench} lacks trials or walkers; scripts/make_trials.py makes them.", file=sys.stderr)
        sys.exit(2)
    return trials + walkers


def read_trials(folder: Path, half: Half | None = None) -> list[BenchTrial]:
    """Read the trials that are finished, in the order of their names.

    Parameters
    ----------
    folder : Path
        With ``NAME.mp4``, ``NAME.npz`` and ``NAME.json`` of each trial.
    half : {"development", "test", "training"}, optional
        Only trials of this half.
    """
    found = []
    for file in sorted(folder.glob("[!.]*.json")):
        parameters = json.loads(file.read_text(encoding="utf-8"))
        if half in (None, parameters["half"]):
            found.append(BenchTrial(file.stem, parameters["half"], parameters, file.with_suffix(".mp4")))
    return found


def observed(trial: BenchTrial, model: Path, *, mirrored: bool = False, cache: Path | None = None) -> Observation:
    """Return what a pose model sees in a trial; from the cache, if it was seen in this very video.

    Parameters
    ----------
    trial : BenchTrial
    model : Path
        A ``.task`` file; its content names the cached file.
    mirrored : bool
        Whether the mirrored frames are looked at, too.
    cache : Path, optional
        Folder for what was seen; by default :data:`DETECTIONS` beside the video.
    """
    folder = cache or trial.video.parent / DETECTIONS
    cached = folder / f"{trial.name}.{_digest(model)}{'.mirrored' if mirrored else ''}.npz"
    video = hashlib.sha256(trial.video.read_bytes()).hexdigest()
    if cached.is_file():
        with np.load(cached) as file:
            if str(file["video"]) == video:
                return _observation(file)
    with VideoReader(trial.video) as reader, load_pose_landmarker(model) as landmarker:
        frames: Iterator[Frame] = reader.frames()
        if mirrored:
            with load_pose_landmarker(model) as other:
                seen = observe(frames, landmarker, mirror_detector=other)
        else:
            seen = observe(frames, landmarker)
    folder.mkdir(exist_ok=True)
    beside = folder / f".{trial.name}.{os.getpid()}.npz"
    try:
        np.savez_compressed(beside, video=video, **_arrays(seen))
        beside.replace(cached)
    finally:
        beside.unlink(missing_ok=True)
    return seen


def _arrays(seen: Observation) -> dict[str, Any]:
    arrays: dict[str, Any] = {"colours": seen.colours, "times": seen.landmarks.times}
    for prefix, landmarks in (("", seen.landmarks), ("mirrored_", seen.mirrored)):
        if landmarks is not None:
            for key in ("world", "image", "visibility"):
                arrays[prefix + key] = getattr(landmarks, key).astype(np.float32)
    return arrays


def _observation(file: Mapping[str, Any]) -> Observation:
    def landmarks(prefix: str) -> Landmarks:
        world, image, visibility = (file[prefix + key].astype(np.float64) for key in ("world", "image", "visibility"))
        return Landmarks(file["times"], world, image, visibility)

    return Observation(landmarks(""), file["colours"], landmarks("mirrored_") if "mirrored_world" in file else None)


@lru_cache(maxsize=4)
def _digest(model: Path) -> str:
    return hashlib.sha256(model.read_bytes()).hexdigest()[:12]
