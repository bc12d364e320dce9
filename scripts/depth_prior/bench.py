"""Records of what pose models get wrong in the picture, from the development half of the bench of trials."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from depth_prior.noise import Residuals
from humanpose3d.pipeline.signals.body import BODY
from humanpose3d.pipeline.signals.depth_prior.inputs import RATE_HZ, SEEN
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from support.trials import BenchTrial, observed, read_trials

_BEFORE_THE_FIT = SignalSettings(estimate_lens=False, depth_prior=False, reproject=False, smooth=False, upright=False)


def residuals(bench: Path, models: Sequence[Path]) -> list[Residuals]:
    """Compare what pose models saw with the truth, in all trials of the development half with one whole person."""
    found = []
    for trial in read_trials(bench, "development"):
        if trial.truth["persons"].max() > 1 or trial.truth["inside"][:, BODY].mean() < 0.95:
            continue
        for model in models:
            each = _of_trial(trial, model)
            found += [each, each.mirrored()]
    return found


def _of_trial(trial: BenchTrial, model: Path) -> Residuals:
    truth, seen = trial.truth, observed(trial, model)
    width, height = truth["size"].tolist()
    landmarks, _ = process(seen.landmarks, _BEFORE_THE_FIT, size=(width, height), colours=seen.colours)
    frames = min(len(landmarks.times), len(truth["time"]))
    pixel = truth["pixel"][:frames].astype(np.float64)
    body = pixel[:, BODY]
    size = np.sqrt(((body - body.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1))
    wrong = (landmarks.image[:frames, SEEN] * truth["size"] - pixel[:, SEEN]) / size[:, None, None]
    every = max(1, round(trial.parameters["rate"] / RATE_HZ))
    azimuth = float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(truth["azimuth"])).mean())) % 360)
    return Residuals(wrong[::every], landmarks.visibility[:frames:every][:, SEEN], azimuth)
