"""How near to the truth OpenSim's inverse kinematics comes on the bench of trials, beside our own joint angles.

``python benchmarks/opensim_angles.py BENCH MODEL.task`` needs OpenSim and Pose2Sim, and the folder that
``scripts/make_trials.py`` makes. Compared is the flexion of each joint, as the body markers define it. A trial takes
about five seconds on one processor.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials  # noqa: E402

from humanpose3d.kinematics.angles import joint_angles  # noqa: E402
from humanpose3d.kinematics.rotations import FloatArray, within  # noqa: E402
from humanpose3d.opensim.errors import OpenSimError  # noqa: E402
from humanpose3d.opensim.installed import find_model_files, require_opensim  # noqa: E402
from humanpose3d.opensim.inverse_kinematics import scale_and_solve  # noqa: E402
from humanpose3d.pipeline.markers import markers_from_landmarks  # noqa: E402
from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.signals.settings import SignalSettings  # noqa: E402

COORDINATES = {
    "hip": "hip_flexion",
    "knee": "knee_angle",
    "ankle": "ankle_angle",
    "shoulder": "arm_flex",
    "elbow": "elbow_flex",
}
EDGE = 3  # frames, at either end, in which no filter is settled
LEAST_INSIDE = 0.8  # of the landmarks of a trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("model", type=Path, help="pose model, .task")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th trial")
    options = parser.parse_args()
    require_opensim()
    found = defaultdict(list)
    for trial in read_trials(options.bench)[:: options.every]:
        truth = trial.truth
        if truth["persons"].max() > 1 or truth["inside"].mean() < LEAST_INSIDE:
            continue
        try:
            errors, rms = compare(trial, options.model)
        except OpenSimError as error:
            print(f"{trial.name}: {error}", file=sys.stderr)
            continue
        print(f"{trial.name}: markers {1000 * rms:.0f} mm", file=sys.stderr, flush=True)
        found[trial.half, trial.view].append((errors, rms))
    rows = [
        [
            *group,
            str(len(trials)),
            *(cell([errors[joint] for errors, _ in trials]) for joint in COORDINATES),
            f"{1000 * np.mean([rms for _, rms in trials]):.0f}",
        ]
        for group, trials in sorted(found.items())
    ]
    print(markdown_table(("half", "from", "trials", *COORDINATES, "markers, mm"), rows))
    return 0


def cell(errors: list[tuple[float, float]]) -> str:
    """Return the mean of ours, that of OpenSim, and in how many trials OpenSim's is the smaller one."""
    ours, theirs = np.transpose(errors)
    return f"{np.nanmean(ours):.1f} / {np.nanmean(theirs):.1f} ({int((theirs < ours).sum())})"


def compare(trial: BenchTrial, model: Path) -> tuple[dict[str, tuple[float, float]], float]:
    """Return the root mean square errors of both ways, degrees, by joint; and how far the model is off the markers."""
    seen = observed(trial, model)
    width, height = trial.truth["size"].tolist()
    clean, _ = process(
        seen.landmarks, SignalSettings(), size=(width, height), height=trial.stature, colours=seen.colours
    )
    markers = markers_from_landmarks(clean)
    ours = joint_angles(markers.times, markers.names, markers.positions)
    with tempfile.TemporaryDirectory() as folder:
        solution = scale_and_solve(
            Path(folder), "trial", markers.names, markers.times, markers.positions, find_model_files(False),
            height=trial.stature,
        )  # fmt: skip
    rows = np.abs(markers.times[:, np.newaxis] - solution.motion.times).argmin(axis=0)
    frames = min(len(markers.times), len(trial.truth["time"]))
    rows = rows[(rows >= EDGE) & (rows < frames - EDGE)]
    motion = dict(zip(solution.motion.names, solution.motion.values.T, strict=True))
    times = {time: i for i, time in enumerate(np.round(solution.motion.times, 6))}
    at = [times[time] for time in np.round(markers.times[rows], 6)]
    errors = {}
    for joint, coordinate in COORDINATES.items():
        true = [trial.truth["angles"][rows, ours.names.index(f"{joint}_{side}"), 0] for side in "RL"]
        own = [ours[f"{joint}_{side}"][rows, 0] for side in "RL"]
        their = [motion[f"{coordinate}_{side.lower()}"][at] for side in "RL"]
        errors[joint] = (root_mean_square(own, true), root_mean_square(their, true))
    return errors, solution.rms


def root_mean_square(values: list[FloatArray], true: list[FloatArray]) -> float:
    return float(np.sqrt(np.nanmean(within(np.concatenate(values) - np.concatenate(true), 0) ** 2)))


if __name__ == "__main__":
    sys.exit(main())
