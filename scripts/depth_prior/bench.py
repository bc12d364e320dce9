"""Records of what pose models get wrong in the picture, from the development half of the bench of trials."""

from __future__ import annotations

import sys
from collections.abc import Sequence, Set
from pathlib import Path

import numpy as np

from depth_prior.noise import Residuals, SeenTrial, person_sizes
from depth_prior.variation import trunk_and_leg
from humanpose3d.pipeline.signals.body import ARMS, BODY, LEGS, MIRRORED
from humanpose3d.pipeline.signals.depth_prior.inputs import RATE_HZ, SEEN
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings

__all__ = ["FOLDS", "seen_by"]

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from support.trials import FOLDS, BenchTrial, observed, read_trials

_DRAWN = "drawn"
"""Folder in the bench with trials by chance (``make_trials.py BENCH/drawn --drawn N``)."""

# Left and right are put right by the truth.
_BEFORE_THE_FIT = SignalSettings(
    estimate_lens=False, depth_prior=False, repair_swaps=False, reproject=False, smooth=False, upright=False
)
_CLEARLY = 0.3  # sizes of the person, of all landmarks of a limb together
_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN])
_LIMBS = {name: np.flatnonzero(np.isin(SEEN, limb)) for name, limb in (("arms", ARMS), ("legs", LEGS))}


def seen_by(bench: Path, models: Sequence[Path], left_out: Set[str]) -> tuple[list[Residuals], list[SeenTrial]]:
    """Compare what pose models saw with the truth: in the development half, and in trials by chance if there are any.

    Only trials with one whole person count. Whole trials of people that are `left_out` are not among those returned.
    """
    errors, trials = [], []
    for trial in (*read_trials(bench, "development"), *read_trials(bench / _DRAWN, "training")):
        if trial.truth["persons"].max() > 1 or trial.truth["inside"][:, BODY].mean() < 0.95:
            continue
        for model in models:
            wrong, seen = _of_trial(trial, model)
            errors += [wrong, wrong.mirrored()]
            if trial.parameters["body"]["name"] not in left_out:
                trials += [seen, seen.mirrored()]
    return errors, trials


def _of_trial(trial: BenchTrial, model: Path) -> tuple[Residuals, SeenTrial]:
    truth, observation = trial.truth, observed(trial, model)
    width, height = truth["size"].tolist()
    landmarks, _ = process(observation.landmarks, _BEFORE_THE_FIT, size=(width, height), colours=observation.colours)
    frames = min(len(landmarks.times), len(truth["time"]))
    every = slice(None, frames, max(1, round(trial.parameters["rate"] / RATE_HZ)))
    seen, visibility = landmarks.image[every, SEEN], landmarks.visibility[every, SEEN]
    size = person_sizes(truth["pixel"][every, BODY].astype(np.float64))
    found, crossed = ((each * truth["size"] - truth["pixel"][every, SEEN]) / size for each in (seen, seen[:, _SIDES]))
    exchanged, wrong = {}, found.copy()
    for limb, places in _LIMBS.items():
        gain = (np.linalg.norm(found[:, places], axis=2) - np.linalg.norm(crossed[:, places], axis=2)).sum(axis=1)
        exchanged[limb] = gain > _CLEARLY
        wrong[np.ix_(gain > 0, places)] = crossed[np.ix_(gain > 0, places)]
    azimuth = float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(truth["azimuth"])).mean())) % 360)
    points = truth["camera"][every, SEEN].astype(np.float64)
    lens = float(trial.parameters["lens"])
    seen_trial = SeenTrial(found, visibility, points / trunk_and_leg(points), exchanged["legs"], lens)
    return Residuals(wrong, visibility, azimuth), seen_trial
