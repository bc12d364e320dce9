"""The process that runs OpenSim: ``python -m humanpose3d.opensim.worker JOB.json`` in the folder of its files.

It exits with 0 when all files are written. What it says about a failure is in the file ``failure.txt``.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from humanpose3d.opensim.scaling import Measurement, Pair, scale_factors
from humanpose3d.opensim.setup_files import TrialFiles, write_inverse_kinematics_setup, write_scaling_setup

__all__ = ["FAILURE", "main"]

FAILURE = "failure.txt"
_FEWEST = 6
"""Markers with which a pose can be found at all; what is worth something has many more."""

_JOINTS = {
    "Hip": "hip",
    "Knee": "walker_knee",
    "Ankle": "ankle",
    "Shoulder": "acromial",
    "Elbow": "elbow",
    "Wrist": "radius_hand",
}
"""The joint of Pose2Sim's model of which a body marker is the centre."""
_MIDDLES = {"Hip": "Hip", "Neck": "Shoulder"}


def main(job_file: str) -> int:
    """Do a job of :func:`humanpose3d.opensim.inverse_kinematics.scale_and_solve`."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that it ends at its next line when nobody listens any more
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    try:
        _scale_and_solve(job)
    except Exception as error:  # noqa: BLE001  (OpenSim raises RuntimeError, and others where it meets a strange file)
        Path(FAILURE).write_text(" ".join(str(error).split()), encoding="utf-8")
        return 1
    return 0


def _scale_and_solve(job: dict[str, Any]) -> None:
    import opensim

    opensim.Logger.removeFileSink()  # which it opens in every folder that it is imported in
    files = TrialFiles(job["stem"])
    here = Path()
    model, state = _load_model(opensim, job["model"], job["markers"])
    known = {marker.getName() for marker in model.getMarkerSet()}
    used = [name for name in job["tasks"] if name in known and name in job["seen"]]
    if len(used) < _FEWEST:
        raise ValueError(
            f"the model has {len(used)} of our markers, and it takes at least {_FEWEST}; "
            "--osim-markers names a file with them"
        )
    if job["joint_centres"]:
        _move_to_joint_centres(opensim, model, state)
    model.printToXML(files.generic_model)

    measurements = [Measurement(tuple(map(tuple, each["pairs"])), each["bodies"]) for each in job["measurements"]]
    person: dict[Pair, float] = {(first, second): length for first, second, length in job["lengths"]}
    places = {marker.getName(): marker.getLocationInGround(state).to_numpy() for marker in model.getMarkerSet()}
    lengths = {
        (first, second): float(sum((places[first] - places[second]) ** 2) ** 0.5)
        for first, second in person
        if first in places and second in places
    }
    bodies = [body.getName() for body in model.getBodySet()]
    factors = scale_factors(measurements, person, lengths, bodies)
    write_scaling_setup(Path(job["scaling"]), here, files, factors, mass=job["mass"], height=job["height"])
    opensim.ScaleTool(files.scaling_setup).run()  # returns False in any case
    if not Path(files.scaled_model).is_file():
        raise ValueError("the ScaleTool wrote no model")
    coordinates = [coordinate.getName() for coordinate in model.getCoordinateSet()]
    write_inverse_kinematics_setup(
        Path(job["inverse_kinematics"]),
        here,
        files,
        time_range=tuple(job["time_range"]),
        markers=used,
        coordinates=coordinates,
    )
    opensim.InverseKinematicsTool(files.inverse_kinematics_setup).run()


def _load_model(opensim: Any, path: str, markers: str) -> tuple[Any, Any]:
    try:
        model = opensim.Model(path)
        if markers != path:
            model.set_MarkerSet(opensim.MarkerSet(markers))
        return model, model.initSystem()
    except RuntimeError as error:
        raise ValueError(f"{path} with the markers in {markers} is no model that it can read ({error})") from error


def _move_to_joint_centres(opensim: Any, model: Any, state: Any) -> None:
    """Place body markers where the landmarks of our pose model are: in the centres of the model's joints.

    Those of Pose2Sim's file are where its own pose model sees them, up to 3 cm beside them; its neck is above the
    shoulders, where ours is between them.
    """
    joints = {joint.getName(): joint.getChildFrame().getPositionInGround(state) for joint in model.getJointSet()}
    centres = {
        f"{side}{name}": joints.get(f"{joint}_{side.lower()}") for name, joint in _JOINTS.items() for side in "RL"
    }
    for middle, name in _MIDDLES.items():
        right, left = centres[f"R{name}"], centres[f"L{name}"]
        if right is not None and left is not None:
            centres[middle] = opensim.Vec3(*((right.to_numpy() + left.to_numpy()) / 2))
    ground, markers = model.getGround(), model.getMarkerSet()
    for name, place in centres.items():
        if place is not None and markers.contains(name):
            marker = markers.get(name)
            marker.set_location(ground.findStationLocationInAnotherFrame(state, place, marker.getParentFrame()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
