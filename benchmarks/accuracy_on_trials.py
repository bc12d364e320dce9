"""How near to the truth the signal path comes on the bench of trials, on either half, by view, movement and lens.

``python benchmarks/accuracy_on_trials.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes,
and one pose model or more. Compared are the frames with the whole person in the picture, of trials with one person.
Detection takes minutes for each model and is kept in the bench; the rest takes about a minute.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
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
HEADER = ("trials", "seen, %", "knee", "hip", "elbow", "ankle", "PA, mm", "bone, %")
WIDE, LONG = 0.75, 1.3  # focal lengths in longer sides of the picture; a telephone's main lens lies between


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
        print(f"{model.name}, root mean square errors in degrees:", end="\n\n")
        found = [(trial, each) for trial in trials for each in accuracy(trial, model, settings)]
        print(table(found, ("movement", "from"), lambda trial: (made_or_recorded(trial), trial.view)), end="\n\n")
        print(table(found, ("movement",), lambda trial: (trial.kind,)), end="\n\n")
        print(table(found, ("lens",), lambda trial: (lens(trial),)), end="\n\n")
    return 0


def made_or_recorded(trial: BenchTrial) -> str:
    return "recorded" if trial.kind == "recorded" else "made"


def lens(trial: BenchTrial) -> str:
    focal_length = trial.parameters["lens"]
    return "wide" if focal_length < WIDE else "long" if focal_length > LONG else "usual"


def table(
    found: list[tuple[BenchTrial, Accuracy]], names: tuple[str, ...], group_of: Callable[[BenchTrial], tuple[str, ...]]
) -> str:
    groups: dict[tuple[str, ...], list[Accuracy]] = defaultdict(list)
    for trial, each in found:
        groups[(trial.half, *group_of(trial))].append(each)
    rows = []
    for group, members in sorted(groups.items()):
        mean = Accuracy.mean(members)
        rows.append([*group, str(len(members)), *(f"{getattr(mean, measure):.1f}" for measure in SHOWN)])
    return markdown_table(("half", *names, *HEADER), rows)


def accuracy(trial: BenchTrial, model: Path, settings: SignalSettings) -> Iterator[Accuracy]:
    """Yield the accuracy of a trial, if it has one person, who is whole in the picture for a while."""
    truth = trial.truth
    if truth["persons"].max() > 1:
        return
    seen = observed(trial, model)
    width, height = truth["size"].tolist()
    given = {"size": (width, height), "height": trial.stature, "colours": seen.colours, "network": trial.network}
    found, _ = process(seen.landmarks, settings, **given)
    frames = min(len(found.times), len(truth["time"]))
    chosen = truth["inside"][:frames, COMPARED].all(axis=1)
    chosen[:EDGE] = chosen[frames - EDGE :] = False
    if chosen.sum() >= LEAST_FRAMES:
        world, times = found.world[:frames][chosen], found.times[:frames][chosen]
        yield Accuracy.of(world, truth["camera"][:frames][chosen].astype(np.float64), times)


if __name__ == "__main__":
    sys.exit(main())
