"""Compute the content of a report from the arrays of a trial: angles, movement and numbers."""

import shlex
from collections.abc import Mapping
from typing import Any

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.validity.bands import Bands, measured_bands, opensim_bands
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen_legs
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.data.angle_sets import angle_sets
from humanpose3d.report.data.content import Provenance, ReportContent
from humanpose3d.report.data.numbers import cycles_of_movement

__all__ = ["command_of", "gather_content", "seen_positions"]

_NUMBER_OPTIONS = {"height_m": "--height", "weight_kg": "--weight", "focal_length_35mm": "--focal-length"}
_OFF_OPTIONS = {"refine": "--no-refine", "motion": "--no-motion"}
_CHOICES = {"augmenter": "auto", "quality": "normal"}


def gather_content(
    name: str,
    *,
    initial: Markers,
    final: Markers,
    landmarks: Landmarks | None = None,
    raw_angles: JointAngles | None = None,
    angles: JointAngles | None = None,
    movement: Movement | None = None,
    bands: Bands | None = None,
    opensim: JointAngles | None = None,
    record: Mapping[str, Any] | None = None,
) -> ReportContent:
    """Compute everything that a report shows and that is not given.

    Markers are those before and after the signal path, y up, at the same times; angles are given where they are more
    than a function of the markers, such as after the joint refiner. Uncertainties (`bands`) are by default those
    measured. `opensim` has the angles of OpenSim's model. The other arguments are those of :class:`ReportContent`.
    """
    if raw_angles is None and len(initial.times) == len(final.times):
        raw_angles = joint_angles(initial.times, initial.names, initial.positions)
    angles = angles or joint_angles(final.times, final.names, final.positions)
    bands = bands or measured_bands(anatomical=angles.anatomical)
    unseen = _unseen(record or {}, landmarks)
    provenance = Provenance(record or {})
    cuts = provenance.cuts
    movement = movement or analyse_movement(
        final.names,
        seen_positions(final, landmarks),
        angles,
        bands=bands,
        cuts=cuts,
        lens=provenance.lens,
        height_known=provenance.height_known,
        sides=provenance.sides(len(final.times)),
        spreads=provenance.spreads,
        camera_moves=provenance.camera_moves,
    )
    bands = bands.during(movement.kind, movement.spreads)
    solved = None
    if opensim:
        solved = opensim, _opensim_bands(record or {}, angles).during(movement.kind, movement.spreads)
    sets = angle_sets(angles, solved, movement=movement, bands=bands, unseen=unseen, cuts=cuts)
    cycles, cycle_name = cycles_of_movement(movement)
    return ReportContent(
        name=name,
        times=final.times,
        raw_degrees=raw_angles.degrees if raw_angles else None,
        markers=final,
        landmarks=landmarks,
        movement=movement,
        view=movement.view,
        unseen=unseen,
        cycles=cycles,
        cycle_name=cycle_name,
        record=record or {},
        command=command_of(record or {}),
        **vars(sets[0]),
        angle_sets=sets if len(sets) > 1 else (),
    )


def seen_positions(final: Markers, landmarks: Landmarks | None) -> FloatArray:
    """Return the positions of the final markers, without the legs where the landmarks say that they were not seen."""
    if landmarks is None:
        return final.positions
    sight = sight_of_joints(landmarks.names, landmarks.image, landmarks.visibility)
    return without_unseen_legs(final.names, final.positions, final.times, sight)


def _unseen(record: Mapping[str, Any], landmarks: Landmarks | None) -> dict[str, str]:
    """Return why joints have no angles, by joint: as the run recorded it, which put left and right back.

    A record of an older version has nothing of it; then the landmarks tell, with left and right as detected.
    """
    if isinstance(known := record.get("unseen_joints"), Mapping):
        return {joint: str(known[joint]) for joint in JOINT_NAMES if joint in known}
    return sight_of_joints(landmarks.names, landmarks.image, landmarks.visibility).reasons if landmarks else {}


def _opensim_bands(record: Mapping[str, Any], angles: JointAngles) -> Bands:
    """Return the measured bands of OpenSim's angles; none for a model of the user's own, which was not measured."""
    if Provenance(record).details("opensim").get("own_model"):
        return Bands("not measured for a model of the user's own", {}, {})
    return opensim_bands(anatomical=angles.anatomical)


def command_of(record: Mapping[str, Any]) -> str:
    """Return the command line that reproduces the results; empty if the record has neither it nor the video.

    A record of an older version has no ``command``; the line is then built from the settings.

    Examples
    --------
    >>> command_of({"input": {"name": "my walk.mp4"}, "settings": {"height_m": 1.78, "refine": False}})
    "humanpose3d run 'my walk.mp4' --height 1.78 --no-refine"
    """
    if isinstance(given := record.get("command"), str):
        return given
    provenance = Provenance(record)
    name, settings = provenance.input.get("name"), provenance.settings
    if not name:
        return ""
    words = ["humanpose3d", "run", str(name)]
    for key, option in _NUMBER_OPTIONS.items():
        if settings.get(key) is not None:
            words += [option, f"{float(settings[key]):g}"]
    words += [option for key, option in _OFF_OPTIONS.items() if settings.get(key) is False]
    if settings.get("augmenter") == "none":
        words.append("--no-augment")
    for key, usual in _CHOICES.items():
        if settings.get(key, usual) not in (usual, "none"):
            words += [f"--{key}", str(settings[key])]
    if provenance.slow_motion_factor != 1:
        words += ["--slow-motion-factor", f"{provenance.slow_motion_factor:g}"]
    return shlex.join(words)
