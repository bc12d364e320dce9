"""Write the results of a trial, as files and pictures: they appear together, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from humanpose3d.formats.angles_csv import write_angles_csv
from humanpose3d.formats.atomic import replaced_by, replacing
from humanpose3d.formats.events_csv import write_events_csv
from humanpose3d.formats.landmarks_csv import write_landmarks_csv
from humanpose3d.formats.mot import write_mot
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.opensim import opensim_coordinates
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.data.corrections import EVENTS_NAME, events_of
from humanpose3d.runs.output import RECORD_NAME, explained_write_errors, output_folder, read_record, remove_results
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.runs.trial import Trial, content_of
from humanpose3d.video.reader import VideoReader

if TYPE_CHECKING:
    from humanpose3d.report.data.content import ReportContent

__all__ = ["ResultFiles", "result_files", "write_pictures"]


@contextmanager
def result_files(folder: Path, stem: str, *, within: str = "joint_angles") -> Iterator[ResultFiles]:
    """Yield a writer whose files appear in `folder`, or `within` it, when the block ends, and not if it raises.

    Files of an earlier run that are not replaced are then removed: a folder shows one run.

    Raises
    ------
    OutputError
        The files cannot be written.
    """
    with output_folder(folder / within), explained_write_errors(folder), ExitStack() as files:
        # Opened first, so it is moved into place last: where run.json is, the set is complete.
        record = files.enter_context(replacing(folder / RECORD_NAME))
        earlier, results = read_record(folder), ResultFiles(files, folder, stem, record)
        yield results
    if earlier:
        with suppress(OSError):  # Windows removes no open file
            remove_results(folder, earlier, keep=results.paths.values())


class ResultFiles:
    """Writes the results of one trial into a folder; `paths` are its files, by their content."""

    def __init__(self, files: ExitStack, folder: Path, stem: str, record: TextIO) -> None:
        self.paths: dict[str, Path] = {}
        self.folder = folder
        self._files, self._stem, self._record = files, stem, record

    @property
    def names(self) -> dict[str, str]:
        """The files so far, and ``run.json``, relative to the folder."""
        names = {what: path.relative_to(self.folder).as_posix() for what, path in self.paths.items()}
        return {**names, "run": RECORD_NAME}

    def arrays(self, trial: Trial, rate: float) -> None:
        """Write landmarks, markers, angles (each joint, and all in one table), events, and an OpenSim motion file."""
        seen = trial.landmarks
        write_landmarks_csv(
            self._open("landmarks", self.named("landmarks.csv")),
            *(seen.names, seen.times, seen.world, seen.image, seen.visibility),
        )
        for kind, markers in (("initial", trial.markers), ("final", trial.final_markers)):
            name = self.named(f"{kind}.trc")
            file = self._open(f"{kind}_markers", name)
            write_trc(file, markers.names, markers.times, markers.positions, rate=rate, title=name)
        angles = trial.angles
        for i, joint in enumerate(JOINT_NAMES):
            file = self._open(f"joint_angles/{joint}", f"joint_angles/{joint}.csv")
            write_angles_csv(file, [joint], angles.times, angles.degrees[:, i : i + 1])
        for what, table in (("joint_angles", angles), ("joint_angles_raw", trial.raw_angles)):
            write_angles_csv(self._open(what, self.named(f"{what}.csv")), JOINT_NAMES, table.times, table.degrees)
        write_events_csv(self._open("events", EVENTS_NAME), events_of(trial.movement))
        names, values = opensim_coordinates(angles, trial.final_markers["Hip"])
        if names:
            file = self._open("motion", self.named("joint_angles.mot"))
            write_mot(file, names, angles.times, values, title=self.named("joint_angles"))

    def named(self, ending: str) -> str:
        """Return the name ``<video>_<ending>``."""
        return f"{self._stem}_{ending}"

    def place(self, what: str, name: str) -> Path:
        """Return a path to write one more file to; it is moved to its name with the others."""
        self.paths[what] = path = self.folder / name
        if path.parent != self.folder:
            self._files.enter_context(output_folder(path.parent))
        return self._files.enter_context(replaced_by(path))

    def record(self, build: Callable[[dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
        """Write ``run.json``, made by `build` from the names of all files; return its content."""
        self.paths["run"] = self.folder / RECORD_NAME
        content = build(self.names)
        json.dump(content, self._record, indent=2, ensure_ascii=False, allow_nan=False)
        self._record.write("\n")
        return content

    def _open(self, what: str, name: str) -> TextIO:
        self.paths[what] = self.folder / name
        return self._files.enter_context(replacing(self.paths[what]))


def write_pictures(
    trial: Trial,
    followed: Landmarks,
    video: Path,
    settings: Settings,
    files: ResultFiles,
    log: StageLog,
    describe: Callable[..., dict[str, Any]],
) -> ReportContent:
    """Draw the results of a trial, stages ``overlay``, ``plots`` and ``report``; return the content of the report.

    The overlay shows the landmarks as `followed`, so that its left and right are those of the other results. `describe`
    makes the record of ``outputs``; the report has it with all stages and files, its own among them.
    """
    from humanpose3d.report.html.report import write_report
    from humanpose3d.report.overlay import LONG_SIDE, write_overlay
    from humanpose3d.report.plots import write_angle_plot, write_cycle_plot

    overlay = None
    if settings.overlay:
        # No core is left to others: decoding limits the speed.
        with log.running("overlay"), VideoReader(video, **settings.section, cores_left=0) as reader:
            overlay = files.place("overlay", files.named("overlay.mp4"))
            frames = reader.yuv_frames(LONG_SIDE)
            # Also of what was detected before another person's frames were emptied.
            faces = (followed, trial.landmarks) if settings.blur_faces else ()
            write_overlay(overlay, frames, followed, slow_motion_factor=settings.slow_motion_factor, faces=faces)
    else:
        log.skip("overlay", "switched off")
    content = content_of(trial)
    with log.running("plots"):
        write_angle_plot(files.place("plot", files.named("joint_angles.png")), content)
        if content.cycles:
            write_cycle_plot(files.place("cycle_plot", files.named("joint_angles_per_cycle.png")), content)
    with log.running("report"):
        target = files.place("report", "report.html")
        record = describe(outputs=files.names)
        record["stages"].append({"name": "report", "status": "ran", "seconds": None})  # it ends when this is written
        content = replace(content, record=record)
        write_report(target, content, overlay)
    return content
