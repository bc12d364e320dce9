"""How near to the truth the estimated focal length comes on the bench of trials, on either half, by view.

``python benchmarks/lens.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes, and one pose
model or more. A trial counts where it has one person. The focal length that a run without metadata would use is
compared with the true one: the estimate, or what is usual where the person is not seen from the side.
``accuracy_on_trials.py``, with and without ``--without estimate_lens``, tells what that does to the pose.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials  # noqa: E402

from humanpose3d.pipeline.signals.lens import ASSUMED, Lens  # noqa: E402
from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.signals.settings import SignalSettings  # noqa: E402

UP_TO_THE_LENS = SignalSettings(reproject=False, smooth=False, upright=False)
NEAR = 0.25  # of the true focal length
HEADER = ("half", "trials", "number", "estimated", "within 25 %", "usual so", "RMS, %", "usual, %", "band holds")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    options = parser.parse_args()
    groups: dict[tuple[str, str], list[tuple[float, Lens]]] = defaultdict(list)
    for model in options.models:
        for trial in read_trials(options.bench):
            if trial.truth["persons"].max() == 1:
                found = trial.parameters["lens"], used(trial, model)
                for group in groups_of(trial):
                    groups[trial.half, group].append(found)
    rows = [[*group, *cells(found)] for group, found in sorted(groups.items())]
    print(markdown_table(HEADER, rows))
    return 0


def used(trial: BenchTrial, model: Path) -> Lens:
    seen = observed(trial, model)
    width, height = trial.truth["size"].tolist()
    return process(seen.landmarks, UP_TO_THE_LENS, size=(width, height), colours=seen.colours)[1].lens


def groups_of(trial: BenchTrial) -> list[str]:
    walks = trial.kind == "walk" or (trial.parameters["movement"]["recording"] and "walk" in trial.name)
    return ["all", f"from: {trial.view}", *(["walking", f"walking, from: {trial.view}"] if walks else [])]


def cells(found: Sequence[tuple[float, Lens]]) -> list[str]:
    true = np.log([focal_length for focal_length, _ in found])
    error = np.log([lens.focal_length for _, lens in found]) - true
    usual = np.log(ASSUMED.focal_length) - true
    spread = np.array([lens.spread for _, lens in found])
    within, usual_within = (np.abs(np.expm1(each)) <= NEAR for each in (error, usual))
    rms, usual_rms = (100 * np.sqrt((each**2).mean()) for each in (error, usual))
    return [
        str(len(found)),
        str(sum(lens.source == "estimated" for _, lens in found)),
        f"{100 * within.mean():.0f} %",
        f"{100 * usual_within.mean():.0f} %",
        f"{rms:.0f}",
        f"{usual_rms:.0f}",
        f"{100 * (np.abs(error) <= 1.96 * spread).mean():.0f} %",
    ]


if __name__ == "__main__":
    sys.exit(main())
