"""Files of a trial: `NAME.mp4`, `NAME.npz` with the truth, and `NAME.json` with the parameters, written last."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from demo_clip.encode import write_h264
from demo_clip.render import draw
from demo_clip.rig import Array
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from trials.parameters import Trial
from trials.scene import Scene, build
from trials.truth import truth


def description(trial: Trial) -> dict[str, Any]:
    """Content of a trial's JSON file."""
    return json.loads(json.dumps({**asdict(trial), "half": trial.half}))  # type: ignore[no-any-return]


def is_made(trial: Trial, folder: Path) -> bool:
    """Whether the folder holds this trial, made with the same parameters."""
    try:
        found = json.loads((folder / f"{trial.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found == description(trial))


def make(trial: Trial, folder: Path, recordings: Path | None = None) -> None:
    """Make one trial's files; each is written beside its place, and moved there when it is whole.

    Raises
    ------
    OSError
        A file can't be written.
    RecordingError
        A recording can't be used.
    """
    scene = build(trial, recordings)
    beside = {ending: folder / f".{trial.name}.{os.getpid()}.{ending}" for ending in ("mp4", "npz", "json")}
    try:
        np.savez_compressed(beside["npz"], **truth(scene))
        write_h264(beside["mp4"], pictures(scene), trial.rate, trial.crf)
        text = json.dumps(description(trial), indent=2) + "\n"
        beside["json"].write_text(text, encoding="utf-8", newline="\n")
        for ending, file in beside.items():
            file.replace(folder / f"{trial.name}.{ending}")
    finally:
        for file in beside.values():
            file.unlink(missing_ok=True)


def pictures(scene: Scene) -> Iterator[NDArray[np.uint8]]:
    """Draw a trial's frames, RGB (height, width, 3)."""
    trial, chance = scene.trial, np.random.default_rng(scene.trial.seed)
    frames, exposed = scene.times.shape
    for frame in range(frames):
        drawn: list[Array] = [
            draw(scene.surfaces(moment), scene.room, float(scene.times.flat[moment]))
            for moment in range(frame * exposed, (frame + 1) * exposed)
        ]
        picture = drawn[0] if exposed == 1 else np.mean(drawn, axis=0)
        if trial.blur:
            picture = gaussian_filter(picture, (trial.blur, trial.blur, 0))
        levels = 255 * picture + trial.noise * chance.standard_normal(picture.shape, np.float32)
        yield np.asarray(np.round(np.clip(levels, 0, 255)), dtype=np.uint8)
