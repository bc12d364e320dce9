"""The result of a run: arrays, files and record of one trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from humanpose3d.errors import explained_imports
from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, Markers
from humanpose3d.report.data.content import Provenance
from humanpose3d.report.style import printable
from humanpose3d.video.reader import VideoInfo

if TYPE_CHECKING:
    import pandas

    from humanpose3d.report.data.content import ReportContent

__all__ = ["Trial", "content_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """Results of one run, which :func:`~humanpose3d.runs.load.load_trial` opens again from its files.

    Attributes
    ----------
    video : VideoInfo
        The input.
    landmarks : Landmarks
        As detected, left and right too.
    markers : Markers
        22 body markers made from the landmarks as detected.
    final_markers : Markers
        The same after all stages, and the anatomical markers where they could be added.
    raw_angles, angles : JointAngles
        Of the markers as detected, and of `final_markers` after the joint refiner and the calibration; both are made
        from the same kinds of markers.
    movement : Movement
        The kind of movement, its events and numbers.
    opensim_angles : JointAngles, optional
        Of OpenSim's model, where its inverse kinematics were solved (``--opensim``).
    folder : Path
        Where the results were written.
    outputs : mapping of str to Path
        The files, by their content: ``landmarks``, ``initial_markers``, ``final_markers``,
        ``joint_angles`` (all in one table), ``joint_angles_raw``, ``joint_angles/<joint>``, ``motion``,
        ``events``, ``overlay``, ``plot``, ``cycle_plot``, ``report``, ``run``.
    record : mapping
        The content of ``run.json``: versions, input, models, settings, stages, timings, warnings.
    """

    video: VideoInfo
    landmarks: Landmarks
    markers: Markers
    final_markers: Markers
    raw_angles: JointAngles
    angles: JointAngles
    movement: Movement
    folder: Path
    outputs: Mapping[str, Path] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    opensim_angles: JointAngles | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings on the quality of this trial, one sentence each."""
        return tuple(self.record.get("warnings", ()))

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The verdict, as in ``run.json``: ``level``, ``reasons``, ``parts`` by joint and plane, and ``advice``."""
        return dict(self.record.get("verdict") or {})

    @property
    def events(self) -> dict[str, FloatArray]:
        """The events of the movement by name, each the times (s) at which it happened, shape (N,), in order.

        ``heel_strike_R``, ``heel_strike_L``, ``toe_off_R`` and ``toe_off_L`` of walking; ``repetition_start``,
        ``repetition_turn`` and ``repetition_end`` of a repeated movement; empty where there was none.
        """
        movement = self.movement
        times: dict[str, list[float]] = {
            f"{event}_{side}": [each.time for each in found if each.side == side]
            for event, found in (("heel_strike", movement.heel_strikes), ("toe_off", movement.toe_offs))
            for side in ("R", "L")
        }
        for moment in ("start", "turn", "end"):
            times[f"repetition_{moment}"] = [getattr(each, moment) for each in movement.repetitions]
        return {name: np.array(sorted(each), np.float64) for name, each in times.items()}

    def __repr__(self) -> str:
        """Show it in one line, as ``<Trial walk.mp4: 120 frames in 3.97 s, walking, usable, in walk_humanpose3d>``."""
        name = Provenance(self.record).input.get("name") or self.folder.name
        frames, level = len(self.landmarks.times), self.verdict.get("level", "")
        seconds = float(self.landmarks.times[-1] - self.landmarks.times[0])
        level = {"with care": "usable with care"}.get(level, level)
        about = [f"{frames} frames in {seconds:.2f} s", self.movement.kind, level]
        return printable(f"<Trial {name}: {', '.join(filter(None, about))}, in {self.folder}>")

    def to_dataframe(self) -> pandas.DataFrame:
        """Return times, final markers and joint angles as one table, a row a frame.

        Columns are ``time_s``, ``<marker>_x_m`` (y, z), and ``<joint>_flex_deg`` (abd, rot); missing is NaN.

        Raises
        ------
        PackageImportError
            pandas is not installed.
        """
        with explained_imports("pandas", extra="dataframe"):
            import pandas
        columns: dict[str, FloatArray] = {"time_s": self.final_markers.times}
        for i, marker in enumerate(self.final_markers.names):
            columns |= {f"{marker}_{axis}_m": self.final_markers.positions[:, i, k] for k, axis in enumerate("xyz")}
        for i, joint in enumerate(self.angles.names):
            columns |= {f"{joint}_{angle}_deg": self.angles.degrees[:, i, k] for k, angle in enumerate(ANGLE_NAMES)}
        return pandas.DataFrame(columns)

    def _repr_html_(self) -> str:
        """Show the report in a notebook: the skeleton in 3D, the numbers, the curves."""
        from humanpose3d.report.html.report import notebook_html

        overlay = self.outputs.get("overlay")
        there = overlay if overlay is not None and overlay.is_file() else None
        return notebook_html(content_of(self), there)


def content_of(trial: Trial) -> ReportContent:
    """Return the content of the report of a trial, with the measured errors of the angles."""
    from humanpose3d.report.data.gather import gather_content

    return gather_content(
        PurePath(Provenance(trial.record).input.get("name") or trial.folder.name).stem,
        initial=trial.markers,
        final=trial.final_markers,
        landmarks=trial.landmarks,
        raw_angles=trial.raw_angles,
        angles=trial.angles,
        opensim=trial.opensim_angles,
        movement=trial.movement,
        record=trial.record,
    )
