"""Read the content of a report from the files of a run."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from humanpose3d.formats.angles_csv import read_angles_csv
from humanpose3d.formats.events_csv import read_events_csv
from humanpose3d.formats.landmarks_csv import read_landmarks_csv
from humanpose3d.formats.mot import read_mot
from humanpose3d.formats.trc import read_trc
from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.opensim import angles_of_coordinates
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.data.content import FloatArray, Provenance, ReportContent
from humanpose3d.report.data.corrections import changes_of, corrected_movement, recorded_events
from humanpose3d.report.data.gather import gather_content, seen_positions
from humanpose3d.report.errors import ReportError

__all__ = ["FolderContent", "FolderResults", "content_from_folder", "content_of_results", "movement_of", "read_results"]

_RECORD = "run.json"
_AGAIN = "run the video again, or name a folder that 'humanpose3d run' wrote"


class FolderContent(NamedTuple):
    """What was read from a folder of results, and the overlay video, where there is one."""

    content: ReportContent
    overlay: Path | None


class FolderResults(NamedTuple):
    """What was read from a folder of results, before anything is computed from it."""

    name: str  # of the video, without its ending
    record: dict[str, Any]
    files: dict[str, Path]  # that are there, by their content
    landmarks: Landmarks | None
    initial: Markers
    final: Markers
    raw_angles: JointAngles | None
    angles: JointAngles
    opensim_angles: JointAngles | None = None


def content_from_folder(folder: Path) -> FolderContent:
    """Read the results in a folder that ``humanpose3d run`` wrote.

    Events that a person has changed in ``events.csv`` take the place of those found.

    Raises
    ------
    ReportError
        There are no results, or they are damaged.
    """
    found = read_results(folder)
    with _explained(folder):
        content = content_of_results(found)
    return FolderContent(content, _overlay_of(content.provenance, folder / f"{found.name}_overlay.mp4"))


def content_of_results(found: FolderResults) -> ReportContent:
    """Return the content of the report, see :func:`content_from_folder`."""
    movement, corrections = movement_of(found)
    content = gather_content(
        found.name,
        initial=found.initial,
        final=found.final,
        landmarks=found.landmarks,
        raw_angles=found.raw_angles,
        angles=found.angles,
        opensim=found.opensim_angles,
        movement=movement,
        record=found.record,
    )
    return replace(content, corrections=corrections)


def movement_of(found: FolderResults) -> tuple[Movement, tuple[str, ...]]:
    """Find the movement in the files again, with the events that a person has changed, and say what was changed.

    Raises
    ------
    ReportError
        The events cannot be read, or do not fit together.
    """
    names, angles = found.final.names, found.angles
    positions = seen_positions(found.final, found.landmarks)
    provenance = Provenance(found.record)
    movement = analyse_movement(
        names,
        positions,
        angles,
        cuts=provenance.cuts,
        lens=provenance.lens,
        height_known=provenance.height_known,
        sides=provenance.sides(len(found.final.times)),
        spreads=provenance.spreads,
        camera_moves=provenance.camera_moves,
    )
    path = found.files.get("events")
    if path is None:
        return movement, ()
    try:
        given = read_events_csv(path)
        if not (changes := changes_of(recorded_events(found.record), given)):
            return movement, ()
        return corrected_movement(movement, given, names, positions, angles, measured_bands()), tuple(changes)
    except ValueError as error:
        raise ReportError(
            f"The events in {path} cannot be used ({error}); "
            "correct them, or remove the file to use those that were found."
        ) from error


def read_results(folder: Path) -> FolderResults:
    """Read the files in a folder that ``humanpose3d run`` wrote.

    The initial markers must be there. Without final markers the initial ones count as final, without an angles CSV of
    all joints the angles are computed from the markers, and without landmarks there are none.

    Raises
    ------
    ReportError
        There are no results, or they are damaged.
    """
    record = _read_record(folder)
    files = _files_in(folder, Provenance(record).outputs)
    if "initial_markers" not in files:
        raise ReportError(f"{folder} holds no initial markers (a .trc file that {_RECORD} names); {_AGAIN}.")
    name = files["initial_markers"].name.removesuffix("_initial.trc")
    with _explained(folder):
        landmarks = _read_landmarks(files["landmarks"]) if "landmarks" in files else None
        times = landmarks.times if landmarks else None
        initial = _read_markers(files["initial_markers"], times)
        final = _read_markers(files["final_markers"], times) if "final_markers" in files else initial
        angles = joint_angles(final.times, final.names, final.positions)
        if (degrees := _read_degrees(files.get("joint_angles"), len(final.times))) is not None:
            angles = replace(angles, degrees=degrees)
        raw_angles = None
        if (degrees := _read_degrees(files.get("joint_angles_raw"), len(initial.times))) is not None:
            raw_angles = replace(joint_angles(initial.times, initial.names, initial.positions), degrees=degrees)
        solved = _read_solution(files.get(f"opensim/{name}_ik.mot"), angles)
    return FolderResults(name, record, files, landmarks, initial, final, raw_angles, angles, solved)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, IndexError, OSError) as error:
        raise ReportError(f"The results in {folder} cannot be read ({error}); {_AGAIN}.") from error


def _overlay_of(provenance: Provenance, path: Path) -> Path | None:
    """Return the overlay video if it is there and of this run, not left by an earlier one."""
    skipped = any(stage.get("name") == "overlay" and stage.get("status") == "skipped" for stage in provenance.stages)
    return path if path.is_file() and not skipped else None


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / _RECORD
    if not path.is_file():
        raise ReportError(f"{folder} holds no results: there is no {_RECORD} in it; {_AGAIN}.")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read ({error}); {_AGAIN}.") from error
    if not isinstance(record, dict):
        raise ReportError(f"{path} is no record of a run; {_AGAIN}.")
    return record


def _files_in(folder: Path, outputs: Mapping[str, Any]) -> dict[str, Path]:
    """Find the files that the record names; only such as lie in the folder itself or below it."""
    root = folder.resolve()
    found = {}
    for key, name in outputs.items():
        path = folder / str(name)
        if path.is_file() and path.resolve().is_relative_to(root):
            found[key] = path
    return found


def _read_markers(path: Path, times: FloatArray | None) -> Markers:
    """Read markers; frames without any, which have no row in the file, are put back where all `times` are known."""
    table = read_trc(path)
    if times is None:
        times, positions = table.times, table.positions
    else:
        positions = np.full((len(times), len(table.names), 3), np.nan)
        positions[table.frames] = table.positions
    unknown = np.full(positions.shape[:2], np.nan)  # a TRC file has no visibility
    return Markers(times, table.names, positions, unknown)


def _read_landmarks(path: Path) -> Landmarks:
    table = read_landmarks_csv(path)
    return Landmarks(table.times, table.world, table.image, table.visibility, table.names)


def _read_solution(path: Path | None, own: JointAngles) -> JointAngles | None:
    """Read the inverse kinematics of OpenSim, where there is one, as angles at the times of `own`."""
    if path is None:
        return None
    motion = read_mot(path)
    return angles_of_coordinates(motion.names, motion.times, motion.values, own)


def _read_degrees(path: Path | None, frames: int) -> FloatArray | None:
    """Read the angles of all joints, in the order of the joints; None where the file is not about all of them."""
    if path is None:
        return None
    table = read_angles_csv(path)
    if not set(JOINT_NAMES) <= set(table.joints) or len(table.times) != frames:
        return None
    return table.degrees[:, [table.joints.index(joint) for joint in JOINT_NAMES]]
