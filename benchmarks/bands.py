"""Measure how far each number and curve is off in each view, and write the table that the package ships.

``python benchmarks/bands.py BENCH --models MODEL.task ... --real FOLDER --write`` needs the folder that
``scripts/make_trials.py`` makes, with its walkers: in the bench itself all walk alike, and the bands would be too
narrow for those who do not. What pose models see is cached there (``support/trials.py``); after that it takes about
ten minutes on two processors. Uncertainties are fitted on the development half alone; the printed table
says how often 95 % bands hold on either half, and how wide they are.

``--real`` names the folder with the four cameras of ``singleperson/`` (see ``accuracy.py``): where their angles are
worse than the rendered ones in the same view and movement, their error counts.
"""

import argparse
import json
import math
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from scipy.stats import t  # noqa: E402

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "humanpose3d" / "kinematics" / "validity" / "bands.json"
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.calibration import fitted_lines, fitted_zeros, from_zero, on_line  # noqa: E402
from support.deviations import (  # noqa: E402
    CURVE_SAMPLES,
    Deviation,
    real_deviations,
    rendered_deviations,
    uncertainty_of,
)
from support.measuring import markdown_table  # noqa: E402
from support.repeatability import KINDS, Repeat, repeats_of, share_of  # noqa: E402
from support.solutions import Anatomical  # noqa: E402
from support.trials import DETECTIONS, BenchTrial, read_with_walkers  # noqa: E402

from humanpose3d.kinematics.mid_hip.numbers import HIP_NUMBERS  # noqa: E402
from humanpose3d.kinematics.validity.bands import EVENTS, LARGEST, PLACES, Bands  # noqa: E402
from humanpose3d.kinematics.validity.spreads import LIMBS, Spreads, limb_of, uncertainty_factor  # noqa: E402

Values = Mapping[tuple[str, str], list[Deviation]]
Rows = Mapping[str, dict[str, float]]

FLOORS = {
    "cadence": 0.5,
    "stride_time": 0.01,
    "step_time": 0.014,
    "step_length": 0.01,
    "stride_length": 0.02,
    "walking_speed": 0.02,
    "step_width": 0.02,
    "foot_progression": 2.0,
    "stance": 1.3,
    "double_support": 1.8,
    "jump_height_hips": 0.01,
    "jump_height_flight": 0.01,
    "seat_height": 0.01,
    "seat_rise": 0.01,
    "sway_ap": 0.3,
    "sway_ml": 0.3,
    "range": 1.0,
    "maximum": 1.0,
    "minimum": 1.0,
    "curve": 1.0,
}
"""Least standard uncertainty: at 30 frames a second a strike falls between two frames, which is 0.01 s for one of them
0.014 s for the time between two, or 1.3 % of a stride. That of the step width is twice what the development half says:
those who walk there set every foot alike, and people do not."""
HALVES = ("development", "test", "real")
FEWEST = 5
"""Trials in a view; with fewer, those of the views that are most like it count as well."""
FEWEST_OVER_GROUND = 3
"""The same over ground: there the lens decides, which matters little from the side and all from the front."""
SEEN_ALIKE = {sector: pair for pair in (("side", "oblique"), ("front", "back")) for sector in pair}
"""Heights count from both views of a pair: from the front the rise from a seat is part depth, and nobody is seen to
jump. Sway counts from the view itself."""
ALIKE = {
    "side, near": ("side, far",),
    "side, far": ("side, near",),
    "oblique, near": ("oblique, far",),
    "oblique, far": ("oblique, near",),
    "front": ("back",),
    "back": ("front",),
}
SOURCE = (
    "95 % of the errors on the development half of {trials} rendered trials with exact truth lie within 1.96 times "
    "this ({models}; benchmarks/bands.py), or it is the error of four real cameras where that is larger"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of rendered trials")
    parser.add_argument("--models", type=Path, nargs="+", required=True, metavar="TASK", help="pose models")
    parser.add_argument("--real", type=Path, help="folder with cam01.mp4 to cam04.mp4 and reference.npz")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side (default 1)")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(PROJECT)}")
    options = parser.parse_args()
    trials = read_with_walkers(options.bench)
    deviations, others = measured(options, trials)
    lines, zeros = fitted_lines(deviations), fitted_zeros(others)
    others = [from_zero(each, zeros) for each in others]
    left = [on_line(each, lines) for each in deviations]
    bands = replace(fitted_table(deviations, left), calibration=lines)
    anatomical = replace(fitted_table(others, others), zeros=zeros)
    repeats = {
        half: {kind: repeats_of(kind, half, left, trials, bands) for kind in KINDS} for half in ("development", "test")
    }
    table = {
        "source": SOURCE.format(trials=len(trials), models=", ".join(model.stem for model in options.models)),
        "delay": delays(deviations),
        "repeatability": {kind: share_of(some) for kind, some in repeats["development"].items()},
        "least": bands.least,
        "usual_spreads": bands.usual_spreads,
        **_tables(bands),
        "anatomical": _tables(anatomical),
    }
    print(f"events are found late by parts of a stride: {table['delay']}\n")
    print(report(bands, left))
    print(f"the same of angles of anatomical markers\n\n{report(anatomical, others)}")
    for kind, share in table["repeatability"].items():
        counts = [f"{half}: {_within(some[kind], share)}" for half, some in repeats.items()]
        print(f"a change of a {kind} is within {share:g} of independent errors; {'; '.join(counts)}")
    if options.write:
        write_table(TABLE, table)
    return 0


def fitted_table(deviations: Sequence[Deviation], left: Sequence[Deviation]) -> Bands:
    """Return all uncertainties: those of walking from what its calibration leaves of the deviations."""
    usual = usual_spreads(deviations)
    walking = fitted([in_usual_spreads(each, usual) for each in left if each.walking])
    rows = at_least(fitted_by_movement([in_usual_spreads(each, usual) for each in deviations])[0], walking)
    return Bands("", {}, rows, walking=walking, least=FLOORS, usual_spreads=usual)


def usual_spreads(deviations: Iterable[Deviation]) -> dict[str, float]:
    """Return the median spread of each limb in the trials of the development half."""
    found: dict[str, set[tuple[str, float]]] = {limb: set() for limb in LIMBS}
    for each in deviations:
        if each.half == "development" and not math.isnan(each.spread):
            found[limb_of(each.name)].add((each.trial, each.spread))
    return {limb: rounded(float(np.median([spread for _, spread in some]))) for limb, some in found.items()}


def in_usual_spreads(each: Deviation, usual: Spreads) -> Deviation:
    """Return the deviation as it would be with the usual spread: errors grow with it."""
    return each._replace(error=each.error / uncertainty_factor(each.spread, usual[limb_of(each.name)]))


def _tables(bands: Bands) -> dict[str, Any]:
    return {
        "standard_uncertainty": bands.uncertainties,
        "walking": bands.walking,
        "calibration": bands.calibration,
        "zeros": bands.zeros,
    }


def measured(options: argparse.Namespace, trials: Sequence[BenchTrial]) -> tuple[list[Deviation], list[Deviation]]:
    """Return the deviations with body markers, and with anatomical ones, as each of the pose models sees the trials."""
    jobs: list[tuple[Any, ...]] = [(rendered_deviations, trial, model) for model in options.models for trial in trials]
    if options.real:
        cameras = [(options.real, camera, model) for model in options.models for camera in range(4)]
        jobs += [(real_deviations, *camera, options.bench / DETECTIONS) for camera in cameras]
    with ProcessPoolExecutor(options.jobs) as pool:
        pairs = list(pool.map(_with_either_markers, *zip(*((job[0], job[1:]) for job in jobs), strict=True)))
    body, anatomical = ([each for pair in pairs for each in pair[kind]] for kind in (0, 1))
    return body, anatomical


def _with_either_markers(
    compare: Callable[..., list[Deviation]], given: tuple[Any, ...]
) -> tuple[list[Deviation], list[Deviation]]:
    anatomical = compare(*given, Anatomical())  # first: then the signals are not processed again for the others
    return compare(*given), anatomical


def write_table(path: Path, table: Mapping[str, Any]) -> None:
    """Write JSON with a line for each row, so that a difference can be read."""
    rows = re.sub(r"[{\[][^{}\[\]]*[}\]]", lambda row: " ".join(row.group().split()), json.dumps(table, indent=2))
    path.write_text(rows + "\n", encoding="utf-8", newline="\n")


def delays(deviations: Sequence[Deviation]) -> dict[str, dict[str, float]]:
    """Return by which part of a stride events are found late, in the median of each sector."""
    found: dict[str, dict[str, list[float]]] = {event: defaultdict(list) for event in EVENTS}
    for each in deviations:
        if each.half == "development" and each.name in EVENTS:
            found[each.name][each.place.partition(",")[0]].append(each.error)
    return {event: {at: round(float(np.median(late)), 3) for at, late in row.items()} for event, row in found.items()}


def fitted(deviations: Sequence[Deviation]) -> Rows:
    """Return standard uncertainties by row and column of the table."""
    development, real = (_grouped(d for d in deviations if d.half == half) for half in ("development", "real"))
    rows: dict[str, dict[str, float]] = defaultdict(dict)
    for name in sorted({name for name, _ in development} - set(EVENTS)):
        for place in PLACES:
            if values := errors_at(development, name, place):
                rows[name][place] = rounded(max(standard_uncertainty(values), least(real, name, place)))
    return dict(rows)


def errors_at(development: Values, name: str, place: str) -> list[Deviation]:
    """Return the errors of a row in a place, and with too few trials those of the places that are most like it."""
    if name in HIP_NUMBERS:
        sector = place.partition(",")[0]
        own = {at.partition(",")[0]: some for (row, at), some in development.items() if row == name}
        if name.startswith("sway"):
            return list(own.get(sector, ()))
        return [d for at in SEEN_ALIKE[sector] for d in own.get(at, ())]
    fewest = FEWEST_OVER_GROUND if "over ground" in name else FEWEST
    values = list(development.get((name, place), ()))
    for other in ALIKE[place]:
        if len({d.trial for d in values}) < fewest:
            values += development.get((name, other), ())
    if len({d.trial for d in values}) < fewest:
        values = [d for (row, _), some in development.items() if row == name for d in some]
    return values


def fitted_by_movement(deviations: Sequence[Deviation]) -> tuple[Rows, Rows]:
    """Return the rows of all numbers, and those of angles in walking.

    Walking is the movement that is seen most, and most errors are smaller in it. Trials of each other movement are few,
    so walking counts there, too; and no row is less than that of walking, or than 95 % of its own errors in other
    movements. Size in pixels and visibility tell nothing more about the error once view, side and movement are known
    (correlation within 0.1); the spread of the depth prior does, and is taken out before.
    """
    walking = fitted([each for each in deviations if _of_angle(each.name) and each.walking])
    others = _grouped(d for d in deviations if d.half == "development" and not d.walking and _of_angle(d.name))
    rows = {name: dict(row) for name, row in fitted(deviations).items()}
    for name, row in rows.items():
        for place, uncertainty in row.items():
            errors = np.abs([d.error for d in others.get((name, place), ())])
            own = rounded(float(np.quantile(errors, 0.95)) / 1.96) if len(errors) else 0.0
            row[place] = max(uncertainty, own)
    return at_least(rows, walking), walking


def at_least(rows: Rows, others: Rows) -> Rows:
    """Return rows in which no uncertainty is less than in others."""
    return {
        name: {place: max(uncertainty, others.get(name, {}).get(place, 0.0)) for place, uncertainty in row.items()}
        for name, row in rows.items()
    }


def least(real: Values, name: str, place: str) -> float:
    """Return the least uncertainty: the floor, or what the real cameras say where one of them stands in the sector.

    They count together, as root mean square: four cameras are too few to tell views apart.
    """
    sector = place.partition(",")[0]
    errors = [d.error for (row, _), some in real.items() if row == name for d in some]
    seen = any(row == name and each.startswith(sector) for row, each in real)
    return max(math.sqrt(np.mean(np.square(errors))) if seen else 0.0, FLOORS[name.split()[0]])


def rounded(uncertainty: float) -> float:
    """Return three digits."""
    return float(f"{uncertainty:.3g}")


def standard_uncertainty(values: Sequence[Deviation]) -> float:
    """Return a 1.96th of what 95 % of the absolute errors lie within, with room for how few there are.

    The quantile is that of a conformal prediction (Vovk 2005): of n values the one of rank 0.95 (n + 1). The samples
    of one curve count as one value, because neighbours share their error. It is widened as Student's t is for as many
    values as there are trials: the two sides, and what two models see, are not independent.
    """
    trials = len({value.trial for value in values})
    errors = np.abs([d.error for d in values])
    curves = len(errors) / (CURVE_SAMPLES if values[0].name.startswith("curve") else 1)
    within = float(np.quantile(errors, min(1.0, 0.95 * (curves + 1) / curves)))
    return within / 1.96 * float(t.ppf(0.975, max(trials - 1, 1))) / 1.96


def report(bands: Bands, deviations: Sequence[Deviation]) -> str:
    """Table of the coverage on either half, and the half-width, of what is shown."""
    lines, covered = [], defaultdict(list)
    for movement in ("walking", "other"):
        own_bands = bands.during(movement)
        values: dict[tuple[str, str, str], list[tuple[Deviation, float]]] = defaultdict(list)
        for each in deviations:
            if each.name in own_bands.uncertainties and each.walking is (movement == "walking"):
                pair = each, uncertainty_of(each, own_bands)
                values[each.name, each.place, each.half].append(pair)
                covered[each.name.split()[0], each.half].append(pair)
        for name, row in own_bands.uncertainties.items():
            for place, uncertainty in row.items():
                halves = {half: values.get((name, place, half), []) for half in HALVES}
                if any(halves.values()):
                    shown = "yes" if uncertainty <= LARGEST.get(name.split()[0], math.inf) else "no"
                    widths = [1.96 * own for _, own in halves["test"]]
                    width = f"{np.median(widths):.3g}" if widths else "–"
                    cells = map(_covered, halves.values())
                    lines.append([movement, name, place, *cells, f"{1.96 * uncertainty:.3g}", width, shown])
    for kind in FLOORS:
        limit = LARGEST.get(kind, math.inf)
        of_halves = ([pair for pair in covered[kind, half] if pair[1] <= limit] for half in HALVES)
        lines.append(["", f"every {kind} that is shown", "", *map(_covered, of_halves), "", "", ""])
    columns = ("half-width, usual spread", "median of test", "shown")
    return markdown_table(("movement", "number", "place", *HALVES, *columns), lines)


def _covered(pairs: Iterable[tuple[Deviation, float]]) -> str:
    holds = [abs(each.error) <= 1.96 * uncertainty for each, uncertainty in pairs]
    return f"{100 * np.mean(holds):.0f} % of {len(holds)}" if holds else "–"


def _of_angle(name: str) -> bool:
    return name.split()[0] in KINDS


def _within(repeats: Sequence[Repeat], share: float) -> str:
    pairs = len({repeat.trials for repeat in repeats})
    return f"{100 * np.mean([repeat.share <= 1.96 * share for repeat in repeats]):.0f} % of {pairs} pairs of trials"


def _grouped(deviations: Iterable[Deviation]) -> Values:
    groups: dict[tuple[str, str], list[Deviation]] = defaultdict(list)
    for each in deviations:
        groups[each.name, each.place].append(each)
    return groups


if __name__ == "__main__":
    sys.exit(main())
