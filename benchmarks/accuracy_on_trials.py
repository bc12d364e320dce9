"""How near to the truth the signal path comes on the bench of trials, by half, movement and view.

``python benchmarks/accuracy_on_trials.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes,
and one pose model or more. Compared are the frames with the whole person in the picture, of trials with one person.
Detection takes minutes for each model and is kept in the bench; the rest takes about a minute.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.accuracy_metrics import COMPARED, Accuracy  # noqa: E402
from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials  # noqa: E402

from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings  # noqa: E402

# Distances are compared in the camera's axes, in which the truth is.
DEFAULT = SignalSettings(upright=False)
EDGE = 3  # frames, at either end, in which no filter is settled
LEAST_FRAMES = 10
SHOWN = ("seen", "knee", "hip", "elbow", "ankle", "pa", "bone")
HEADER = ("half", "movement", "from", "trials", "seen, %", "knee", "hip", "elbow", "ankle", "PA, mm", "bone, %")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    parser.add_argument("--without", nargs="+", default=[], choices=STEPS, help="steps of the signal path to leave out")
    options = parser.parse_args()
    settings = replace(DEFAULT, **dict.fromkeys(options.without, False))
    trials = read_trials(options.bench)
    missing = [model for model in options.models if not model.is_file()]
    if not trials or missing:
        print(f"No trials in {options.bench}." if not trials else f"{missing[0]} is missing.", file=sys.stderr)
        return 2
    for model in options.models:
        print(
            f"{model.name}, root mean square errors in degrees:\n", table(trials, model, settings), sep="\n", end="\n\n"
        )
    return 0


def table(trials: list[BenchTrial], model: Path, settings: SignalSettings) -> str:
    groups: dict[tuple[str, str, str], list[Accuracy]] = defaultdict(list)
    for trial in trials:
        kind = "recorded" if trial.kind == "recorded" else "made"
        groups[trial.half, kind, trial.view].extend(accuracy(trial, model, settings))
    rows = []
    for group, found in sorted(groups.items()):
        if found:
            mean = Accuracy.mean(found)
            rows.append([*group, str(len(found)), *(f"{getattr(mean, measure):.1f}" for measure in SHOWN)])
    return markdown_table(HEADER, rows)


def accuracy(trial: BenchTrial, model: Path, settings: SignalSettings) -> Iterator[Accuracy]:
    """Yield the accuracy of a trial, if it has one person, who is whole in the picture for a while."""
    truth = trial.truth
    if truth["persons"].max() > 1:
        return
    seen = observed(trial, model)
    width, height = truth["size"].tolist()
    found, _ = process(seen.landmarks, settings, size=(width, height), height=trial.stature, colours=seen.colours)
    frames = min(len(found.times), len(truth["time"]))
    chosen = truth["inside"][:frames, COMPARED].all(axis=1)
    chosen[:EDGE] = chosen[frames - EDGE :] = False
    if chosen.sum() >= LEAST_FRAMES:
        world, times = found.world[:frames][chosen], found.times[:frames][chosen]
        yield Accuracy.of(world, truth["camera"][:frames][chosen].astype(np.float64), times)


if __name__ == "__main__":
    sys.exit(main())
