"""How near to the truth OpenSim's inverse kinematics comes on the bench of trials, beside our own joint angles.

``python benchmarks/opensim_angles.py BENCH --models MODEL.task ... --real FOLDER --write`` needs OpenSim and Pose2Sim,
and the folder that ``scripts/make_trials.py`` makes. Scaling and solving a trial takes about five seconds on one
processor; what was solved is cached in the bench. The bands of OpenSim's angles are fitted as ``bands.py`` fits ours,
on the development half alone, which also decides which angles are the nearer ones, by joint and view. ``--write``
writes both to the table that the package ships.

The body markers are solved, and once more with the anatomical markers of Pose2Sim's augmenter. The truth is made of
joint centres, and so are our angles that OpenSim's are compared with, before any calibration.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "humanpose3d" / "kinematics" / "validity" / "bands_opensim.json"
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

import numpy as np  # noqa: E402
from bands import FLOORS, fitted_by_movement, in_usual_spreads, report, usual_spreads, write_table  # noqa: E402
from support.deviations import Deviation, real_deviations, rendered_deviations  # noqa: E402
from support.measuring import markdown_table  # noqa: E402
from support.repeatability import KINDS, repeats_of, share_of  # noqa: E402
from support.solutions import Solver  # noqa: E402
from support.trials import DETECTIONS, BenchTrial, read_with_walkers  # noqa: E402

from humanpose3d.kinematics.validity.bands import Bands, bands_of_table  # noqa: E402
from humanpose3d.opensim.installed import require_opensim  # noqa: E402

JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "trunk")
WHAT = ("curve", "range")
MARKERS = ("body", "anatomical")
SECTORS = ("side", "oblique", "front", "back")
FEWEST = 5
"""Trials in a view, with which a choice is made at all."""
SOLUTIONS = "opensim"
"""Folder in the bench for what was solved."""
SOURCE = (
    "95 % of the errors of OpenSim's angles on the development half of {trials} rendered trials with exact truth lie "
    "within 1.96 times this ({models}; benchmarks/opensim_angles.py), or it is the error of four real cameras where "
    "that is larger"
)


class Pair(NamedTuple):
    """Deviations of our angles and of OpenSim's in one trial, as one pose model saw it."""

    ours: list[Deviation]
    theirs: list[Deviation]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of rendered trials")
    parser.add_argument("--models", type=Path, nargs="+", required=True, metavar="TASK", help="pose models")
    parser.add_argument("--real", type=Path, help="folder with cam01.mp4 to cam04.mp4 and reference.npz")
    parser.add_argument(
        "--solutions", type=Path, help=f"folder for what was solved (default: {SOLUTIONS} in the bench)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side (default 1)")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(PROJECT)}")
    options = parser.parse_args()
    require_opensim()
    trials, table = read_with_walkers(options.bench), {}
    for kind in MARKERS:
        solver = Solver(options.solutions or options.bench / SOLUTIONS, kind == "anatomical")
        with ProcessPoolExecutor(options.jobs) as pool:
            jobs = [pool.submit(compared, trial, model, solver) for model in options.models for trial in trials]
            pairs = [job.result() for job in jobs]
        theirs = [each for pair in pairs for each in pair.theirs]
        for model in options.models if options.real else ():
            for camera in range(4):
                theirs += real_deviations(options.real, camera, model, options.bench / DETECTIONS, solver)
        table[kind] = measured(trials, pairs, theirs, [model.stem for model in options.models])
        for what in WHAT:
            print(f"{kind} markers, {what}:\n\n{comparison(pairs, what)}\n")
        print(f"nearer: {table[kind]['nearer']}\n\n{report(bands_of_table(table[kind]), theirs)}")
    if options.write:
        write_table(TABLE, table)
    return 0


def measured(
    trials: Sequence[BenchTrial], pairs: Sequence[Pair], theirs: Sequence[Deviation], models: Sequence[str]
) -> dict[str, Any]:
    """Return what the package ships of OpenSim's angles, see :class:`humanpose3d.kinematics.validity.bands.Bands`."""
    usual = usual_spreads(theirs)
    uncertainties, walking = fitted_by_movement([in_usual_spreads(each, usual) for each in theirs])
    bands = Bands("", {}, uncertainties, walking=walking, least=FLOORS, usual_spreads=usual)
    repeats = {kind: repeats_of(kind, "development", theirs, trials, bands) for kind in KINDS}
    return {
        "source": SOURCE.format(trials=len(trials), models=", ".join(models)),
        "delay": {},
        "nearer": nearer(pairs),
        "repeatability": {kind: share_of(some) for kind, some in repeats.items() if some},
        "least": FLOORS,
        "usual_spreads": usual,
        "standard_uncertainty": uncertainties,
        "walking": walking,
    }


def compared(trial: BenchTrial, model: Path, solver: Solver) -> Pair:
    """Compare both kinds of angles with the truth of a rendered trial."""
    ours = rendered_deviations(trial, model, lambda _markers, own, _height: own)  # and no numbers, which take as long
    return Pair(ours, rendered_deviations(trial, model, solver))


def nearer(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    """Return the views in which OpenSim's flexion of a joint is nearer to the truth, on the development half.

    It is where the mean over the trials of its error less ours is below zero by more than its standard error.
    """
    found = defaultdict(list)
    for joint in JOINTS:
        for sector in SECTORS:
            differences = by_trial(pairs, "curve", joint, sector, "development")
            less = [float(np.mean([theirs - ours for ours, theirs in some])) for some in differences.values()]
            if len(less) >= FEWEST and np.mean(less) < -np.std(less, ddof=1) / np.sqrt(len(less)):
                found[joint].append(sector)
    return dict(found)


def by_trial(
    pairs: Sequence[Pair], what: str, joint: str, sector: str, half: str
) -> Mapping[str, list[tuple[float, float]]]:
    """Return root mean square errors of ours and of OpenSim's, degrees, by trial: one pair for each pose model."""
    found = defaultdict(list)
    for pair in pairs:
        errors = [
            [each.error for each in some if each.name == f"{what} {joint} flex" and each.place.startswith(sector)]
            for some in pair
        ]
        if all(errors) and pair.ours[0].half == half:
            ours, theirs = (float(np.sqrt(np.mean(np.square(some)))) for some in errors)
            found[pair.ours[0].trial].append((ours, theirs))
    return found


def comparison(pairs: Sequence[Pair], what: str) -> str:
    """Table of the mean errors of both, and in how many trials OpenSim's is the smaller one."""
    rows = []
    for half in ("development", "test"):
        for sector in SECTORS:
            errors = [by_trial(pairs, what, joint, sector, half) for joint in JOINTS]
            cells = [_cell([np.mean(some, axis=0) for some in each.values()]) for each in errors]
            rows.append([half, sector, str(max(map(len, errors))), *cells])
    return markdown_table(("half", "from", "trials", *JOINTS), rows)


def _cell(errors: Sequence[np.ndarray]) -> str:
    if not errors:
        return "–"
    ours, theirs = np.transpose(errors)
    return f"{ours.mean():.1f} / {theirs.mean():.1f} ({int((theirs < ours).sum())} of {len(errors)})"


if __name__ == "__main__":
    sys.exit(main())
