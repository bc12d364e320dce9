"""How near to the truth floor, path and speed come on the bench of trials, on either half.

``python benchmarks/positions.py BENCH MODEL.task`` needs the folder that ``scripts/make_trials.py`` makes. Compared are
trials with one person, with the height given and the lens as each run finds it, or with ``--true-lens`` as it was.
Detection takes minutes for each model and is kept in the bench; the rest takes about three minutes for each half.

tilt, floor
    Between the true vertical and the one found, degrees; of the lowest foot above the floor, mm. Medians.
path
    Root mean square distance of mid-hip from the truth, in the world of each, mm.
sliding
    Share of steps over which a foot that stands moves by more than 2 cm against the ground, in per cent: the toe,
    level, from 20 to 80 % of the true contact, where the whole foot is in the picture. A treadmill's belt moves evenly.
speed
    Of the hips where a person walks over ground: error in per cent, median and the 90th percentile of its size.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.deviations import NO_BANDS  # noqa: E402
from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials  # noqa: E402

from humanpose3d.kinematics.angles import joint_angles  # noqa: E402
from humanpose3d.kinematics.events import analyse_movement  # noqa: E402
from humanpose3d.kinematics.quantities import Measured  # noqa: E402
from humanpose3d.pipeline.markers import markers_from_landmarks  # noqa: E402
from humanpose3d.pipeline.signals.lens import Lens  # noqa: E402
from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, y_up  # noqa: E402

HIPS, SOLES = [23, 24], [29, 30, 31, 32]
TOES = {"l": 31, "r": 32}
STANDING = np.linspace(0.2, 0.8, 9)  # of a contact
SLIDES = 0.02
MEASURES = ("tilt", "floor", "path", "sliding", "speed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("model", type=Path, help="pose model, .task")
    parser.add_argument("--half", choices=("development", "test"), help="only this half")
    parser.add_argument("--true-lens", action="store_true", help="tell each run the focal length")
    options = parser.parse_args()
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for trial in read_trials(options.bench, options.half):
        if trial.truth["persons"].max() > 1 or trial.kind == "lie":
            continue
        for measure, value in measured(trial, options.model, options.true_lens):
            found[trial.half, trial.view, measure].append(value)
            found[trial.half, "all", measure].append(value)
    groups = sorted({key[:2] for key in found})
    rows = [[*group, *(cell(measure, found.get((*group, measure), [])) for measure in MEASURES)] for group in groups]
    header = ("half", "from", "tilt, °", "floor, mm", "path, mm", "sliding, %", "speed, %: median; 9 of 10 within")
    print(markdown_table(header, rows))
    return 0


def cell(measure: str, values: list[float]) -> str:
    if not values:
        return "–"
    if measure == "sliding":
        return f"{100 * np.mean(np.array(values) > SLIDES):.0f} of {len(values)}"
    if measure == "speed":
        return f"{np.median(values):+.1f}; {np.percentile(np.abs(values), 90):.1f} ({len(values)})"
    return f"{np.median(np.abs(values)):.3g}"


def measured(trial: BenchTrial, model: Path, true_lens: bool) -> Iterator[tuple[str, float]]:
    truth, seen = trial.truth, observed(trial, model)
    width, height = truth["size"].tolist()
    lens = Lens(float(truth["focal_length"]), 0.0, "given") if true_lens else None
    given = {"colours": seen.colours, "lens": lens, "network": trial.network}
    clean, report = process(seen.landmarks, size=(width, height), height=trial.stature, **given)
    frames = min(len(clean.times), len(truth["time"]))
    world, true = y_up(clean.world)[:frames], truth["world"][:frames].astype(float)
    inside = truth["inside"][:frames].all(axis=1) & np.isfinite(world[:, [*HIPS, *SOLES]]).all(axis=(1, 2))
    if not inside.any() or report.camera["tilt_deg"] is None:
        return
    yield "tilt", report.camera["tilt_deg"] - float(np.degrees(np.arccos(truth["rotation"][1, 1] * -1)))
    if report.camera["height_m"] is None:
        return
    lowest = world[inside][:, SOLES, 1].min(axis=1) - true[inside][:, SOLES, 1].min(axis=1)
    yield "floor", 1e3 * float(np.median(lowest))
    off = (world - true)[inside][:, HIPS].mean(axis=1)
    yield "path", 1e3 * float(np.sqrt(np.mean(np.sum((off - off.mean(axis=0)) ** 2, axis=1))))
    if trial.kind == "walk":
        yield from (("sliding", slide) for slide in slides(truth, clean.times[:frames], world, inside))
    yield from speed(trial, clean)


def slides(truth: dict[str, FloatArray], times: FloatArray, world: FloatArray, inside: FloatArray) -> list[float]:
    """Return how far each toe moves level against the ground while it stands, metres."""
    stances = []
    for side, toe in TOES.items():
        for strike in truth[f"heel_strike_{side}"]:
            later = truth[f"toe_off_{side}"][truth[f"toe_off_{side}"] > strike]
            at = strike + STANDING * (later[0] - strike) if len(later) else np.array([np.inf])
            there = (times >= strike) & (times <= at[-1])
            if times[0] <= at[0] and at[-1] <= times[-1] and inside[there].all():
                stances.append((at, np.stack([np.interp(at, times, world[:, toe, axis]) for axis in (0, 2)], axis=1)))
    belt = np.zeros(2)
    if stances and truth["belt"]:
        belt = np.mean([np.polyfit(at - at[0], places, 1)[0] for at, places in stances], axis=0)
    return [float(np.linalg.norm(np.ptp(places - belt * (at - at[0])[:, None], axis=0))) for at, places in stances]


def speed(trial: BenchTrial, clean: Landmarks) -> Iterator[tuple[str, float]]:
    """Yield the error of the walking speed of a person who walks over ground, per cent."""
    markers = markers_from_landmarks(clean)
    angles = joint_angles(markers.times, markers.names, markers.positions)
    movement = analyse_movement(markers.names, markers.positions, angles, bands=NO_BANDS)
    number = movement.numbers.get("walking_speed")
    if not trial.truth["belt"] and trial.truth["speed"] and isinstance(number, Measured):
        yield "speed", 100 * (number.value / float(trial.truth["speed"]) - 1)


if __name__ == "__main__":
    sys.exit(main())
