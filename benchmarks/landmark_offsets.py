"""How far the pose model's landmarks lie from the true joints, on either half of the bench of trials.

``python benchmarks/landmark_offsets.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes,
with its walkers. For each landmark the offset in the axes of a segment of the body that explains the errors in the
picture best, at the true distance: least squares with Huber's loss, each trial with equal weight. What the fit of the
bones takes off is in ``humanpose3d/pipeline/signals/fit/landmark_offsets.py``.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_with_walkers  # noqa: E402

from humanpose3d.kinematics.rotations import unit  # noqa: E402
from humanpose3d.pipeline.signals.body import HIPS, index  # noqa: E402
from humanpose3d.pipeline.signals.fit.landmark_offsets import OFFSETS, segment_axes  # noqa: E402
from humanpose3d.pipeline.trajectories import FloatArray  # noqa: E402

SEGMENTS: dict[str, list[tuple[str, str]]] = {"shoulder": [("shoulder", "hip")], "wrist": [("elbow", "wrist")]}
"""In whose axes the offset of each landmark is looked for; these two have none."""
for _offset in OFFSETS:
    SEGMENTS.setdefault(_offset.landmark, []).append(_offset.segment)
VISIBLE, FARTHEST = 0.5, 0.07
"""Samples that count: at least so visible, and no farther off than this share of the height."""
HUBER = 2.0  # times the median residual

HEADER = ("landmark", "half", "from", "trials", "RMS, %", "with offset", "axes of", "forward, %", "up, %", "outward, %")

Sample = tuple[FloatArray, FloatArray]
"""Equations (2 T, 3 segments) and what they should give (2 T,): errors across the line of sight, in shares of the
height."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    parser.add_argument("--by-view", action="store_true", help="also from each side alone")
    options = parser.parse_args()
    samples: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for trial in read_with_walkers(options.bench):
        if trial.truth["persons"].max() == 1:
            for model in options.models:
                for landmark, sample in samples_of(trial, model):
                    for view in ("all", trial.view)[: 1 + options.by_view]:
                        samples[landmark, trial.half, view].append(sample)
    rows = [
        [*group, *cells] for group, some in sorted(samples.items()) if len(some) > 1 for cells in fitted(group[0], some)
    ]
    print(markdown_table(HEADER, rows))
    return 0


def samples_of(trial: BenchTrial, model: Path) -> Iterator[tuple[str, Sample]]:
    truth, seen = trial.truth, observed(trial, model).landmarks
    frames = min(len(seen.times), len(truth["time"]))
    camera, size = truth["camera"][:frames].astype(float), truth["size"]
    pixels = seen.image[:frames] * size - truth["pixel"][:frames]
    errors = pixels / float(truth["camera_matrix"][0, 0]) * camera[..., 2:] / trial.stature
    lateral = unit(camera[:, HIPS[0]] - camera[:, HIPS[1]])
    for landmark, segments in SEGMENTS.items():
        equations, wanted = [], []
        for side, outward in (("left", 1.0), ("right", -1.0)):
            place = index(f"{side}_{landmark}")[0]
            ends = (index(*(f"{side}_{name}" for name in segment)) for segment in segments)
            each = [segment_axes(camera[:, upper] - camera[:, lower], lateral) for upper, lower in ends]
            axes = np.concatenate(each, axis=1) * np.tile([1.0, 1.0, outward], len(each))[:, None]
            counts = (np.abs(errors[:, place]).max(axis=-1) < FARTHEST) & (seen.visibility[:frames, place] > VISIBLE)
            equations.append(axes[counts][..., :2].transpose(0, 2, 1).reshape(-1, axes.shape[1]))
            wanted.append(errors[counts][:, place].ravel())
        if sum(len(each) for each in wanted):
            yield landmark, (np.concatenate(equations), np.concatenate(wanted))


def fitted(landmark: str, samples: list[Sample]) -> Iterator[list[str]]:
    """Give the cells of a row for each segment."""
    weights = np.concatenate([np.full(len(wanted), len(wanted) ** -0.5) for _, wanted in samples])
    equations = np.concatenate([equations for equations, _ in samples]) * weights[:, None]
    wanted = np.concatenate([wanted for _, wanted in samples]) * weights
    trust = np.ones(len(wanted))
    for _ in range(6):
        offset = np.linalg.lstsq(equations * trust[:, None], wanted * trust, rcond=None)[0]
        left = np.abs(wanted - equations @ offset)
        trust = np.sqrt(np.minimum(1.0, HUBER * np.median(left) / np.maximum(left, 1e-12)))
    sizes = [f"{100 * np.sqrt((residual**2).sum() / (weights**2).sum()):.2f}" for residual in (wanted, left)]
    for (upper, lower), parts in zip(SEGMENTS[landmark], offset.reshape(-1, 3), strict=True):
        yield [str(len(samples)), *sizes, f"{upper} to {lower}", *(f"{100 * part:.2f}" for part in parts)]


if __name__ == "__main__":
    sys.exit(main())
