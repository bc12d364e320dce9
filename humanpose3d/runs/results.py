"""Write the result files of a trial: they appear together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from humanpose3d.formats.angles_csv import write_angles_csv
from humanpose3d.formats.atomic import replaced_by, replacing
from humanpose3d.formats.landmarks_csv import write_landmarks_csv
from humanpose3d.formats.mot import write_mot
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.opensim import opensim_coordinates
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, Markers
from humanpose3d.runs.output import RECORD_NAME, explained_write_errors, output_folder
from humanpose3d.runs.record import write_record

__all__ = ["ResultFiles", "result_files"]


@contextmanager
def result_files(folder: Path, stem: str) -> Iterator[ResultFiles]:
    """Yield a writer whose files appear in `folder` when the block ends, and not if it raises.

    Raises
    ------
    OutputError
        The files cannot be written.
    """
    angles_folder = folder / "joint_angles"
    with output_folder(angles_folder), explained_write_errors(folder), ExitStack() as files:
        # Opened first, so it is moved into place last: where run.json is, the set is complete.
        record = files.enter_context(replacing(folder / RECORD_NAME))
        yield ResultFiles(files, folder, stem, angles_folder, record)


class ResultFiles:
    """Writes the results of one trial.

    Attributes
    ----------
    paths : dict of str to Path
        The files, by their content.
    """

    def __init__(self, files: ExitStack, folder: Path, stem: str, angles_folder: Path, record: TextIO) -> None:
        self.paths: dict[str, Path] = {}
        self._files = files
        self._folder = folder
        self._stem = stem
        self._angles_folder = angles_folder
        self._record = record

    @property
    def names(self) -> dict[str, str]:
        """The files so far, relative to the folder."""
        return {what: path.relative_to(self._folder).as_posix() for what, path in self.paths.items()}

    def landmarks(self, landmarks: Landmarks) -> None:
        """Write ``<video>_landmarks.csv``."""
        arrays = (landmarks.times, landmarks.world, landmarks.image, landmarks.visibility)
        self._add("landmarks", "landmarks.csv", lambda file, _: write_landmarks_csv(file, landmarks.names, *arrays))

    def markers(self, kind: str, markers: Markers, rate: float) -> None:
        """Write ``<video>_initial.trc`` or ``<video>_final.trc``."""

        def write(file: TextIO, path: Path) -> None:
            write_trc(file, markers.names, markers.times, markers.positions, rate=rate, title=path.name)

        self._add(f"{kind}_markers", f"{kind}.trc", write)

    def angles(self, angles: JointAngles, raw: JointAngles, hip: FloatArray) -> None:
        """Write ``joint_angles/<joint>.csv``, all joints in one table, the same raw, and an OpenSim motion file."""
        for i, joint in enumerate(JOINT_NAMES):
            path = self._angles_folder / f"{joint}.csv"
            file = self._files.enter_context(replacing(path))
            write_angles_csv(file, [joint], angles.times, angles.degrees[:, i : i + 1])
            self.paths[f"joint_angles/{joint}"] = path
        self._table("joint_angles", angles)
        self._table("joint_angles_raw", raw)
        names, values = opensim_coordinates(angles, hip)
        if names:
            self._add(
                "motion",
                "joint_angles.mot",
                lambda file, path: write_mot(file, names, angles.times, values, title=path.stem),
            )

    def _table(self, what: str, angles: JointAngles) -> None:
        self._add(
            what, f"{what}.csv", lambda file, _: write_angles_csv(file, JOINT_NAMES, angles.times, angles.degrees)
        )

    def place(self, what: str, ending: str) -> Path:
        """Return a path to write one more file to; it is moved to ``<video>_<ending>`` with the others."""
        path = self._folder / f"{self._stem}_{ending}"
        self.paths[what] = path
        return self._files.enter_context(replaced_by(path))

    def place_report(self) -> Path:
        """Return a path to write ``report.html`` to."""
        self.paths["report"] = self._folder / "report.html"
        return self._files.enter_context(replaced_by(self.paths["report"]))

    def record(self, build: Callable[[dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
        """Write ``run.json``, made by `build` from the names of all files; return its content."""
        self.paths["run"] = self._folder / RECORD_NAME
        content = build(self.names)
        write_record(self._record, content)
        return content

    def _add(self, what: str, ending: str, write: Callable[[TextIO, Path], None]) -> None:
        path = self._folder / f"{self._stem}_{ending}"
        write(self._files.enter_context(replacing(path)), path)
        self.paths[what] = path
