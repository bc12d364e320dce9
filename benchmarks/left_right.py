"""How often the legs are exchanged on the bench of trials: as detected, repaired, and where nothing says so.

``python benchmarks/left_right.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes, with
its walkers. A frame counts as exchanged where knees, ankles and feet are clearly nearer to the true places of the other
side. Trials with several people, or with a person who is not wholly in the picture, are left out.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials, read_with_walkers  # noqa: E402

from humanpose3d.pipeline.signals.body import BODY, LEGS, MIRRORED  # noqa: E402
from humanpose3d.pipeline.signals.depth_prior.prior import clearness_of_legs, exchanged_legs  # noqa: E402
from humanpose3d.pipeline.signals.identity.left_right import repair_swaps, undecided_legs  # noqa: E402
from humanpose3d.pipeline.signals.identity.person import follow_person  # noqa: E402
from humanpose3d.pipeline.trajectories import Landmarks  # noqa: E402

CLEARLY = 0.3  # sizes of the person, of all landmarks of the legs together
HEADER = (
    "half", "trials", "from", "number", "as detected, %", "repaired without the network, %", "repaired, %",
    "said to be undecided, %", "exchanged and not said, %",
)  # fmt: skip


class Counted(NamedTuple):
    """Frames of one trial."""

    all: int
    detected: int
    without_network: int
    repaired: int
    undecided: int
    unsaid: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    options = parser.parse_args()
    of_bench = {trial.name for trial in read_trials(options.bench)}
    groups: dict[tuple[str, str, str], list[Counted]] = defaultdict(list)
    for trial in read_with_walkers(options.bench):
        if trial.truth["persons"].max() == 1 and trial.truth["inside"][:, BODY].mean() > 0.95:
            group = (trial.half, "bench" if trial.name in of_bench else "walkers", trial.view)
            groups[group] += [counted(trial, model) for model in options.models]
    rows = [[*group, str(len(some)), *cells(some)] for group, some in sorted(groups.items())]
    print(markdown_table(HEADER, rows))
    return 0


def counted(trial: BenchTrial, model: Path) -> Counted:
    seen = observed(trial, model)
    width, height = trial.truth["size"].tolist()
    size, aspect = (width, height), width / height
    detected, _ = follow_person(seen.landmarks, aspect, seen.colours)
    alone, _ = repair_swaps(detected, aspect)
    repaired, _ = repair_swaps(detected, aspect, lambda given: exchanged_legs(given, size, network=trial.network))
    undecided = undecided_legs(repaired, aspect, clearness_of_legs(repaired, size, network=trial.network))
    before, without_network, wrong = (exchanged(each, trial.truth) for each in (detected, alone, repaired))
    undecided = undecided[: len(wrong)]
    frames = (before, without_network, wrong, undecided, wrong & ~undecided)
    return Counted(len(wrong), *(int(each.sum()) for each in frames))


def exchanged(landmarks: Landmarks, truth: dict[str, np.ndarray]) -> np.ndarray:
    """Return the frames (T,) in which the legs are clearly exchanged."""
    frames = min(len(landmarks.times), len(truth["time"]))
    true = truth["pixel"][:frames].astype(float)
    body = true[:, BODY] - true[:, BODY].mean(axis=1, keepdims=True)
    person = np.sqrt((body**2).sum(axis=2).mean(axis=1))
    found = landmarks.image[:frames] * truth["size"]
    own, other = (np.linalg.norm(found[:, legs] - true[:, LEGS], axis=2).sum(axis=1) for legs in (LEGS, MIRRORED[LEGS]))
    return np.asarray(own - other > CLEARLY * person)


def cells(some: list[Counted]) -> list[str]:
    frames, *counts = np.sum(some, axis=0)
    return [f"{100 * count / frames:.1f}" for count in counts]


if __name__ == "__main__":
    sys.exit(main())
