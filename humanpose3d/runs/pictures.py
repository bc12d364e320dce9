"""Write the overlay video, the plots and the report of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.runs.trial import Trial, content_of
from humanpose3d.video.reader import VideoReader

if TYPE_CHECKING:
    from humanpose3d.report.data.verdict import Verdict
    from humanpose3d.runs.results import ResultFiles

__all__ = ["write_pictures"]


def write_pictures(
    trial: Trial, followed: Landmarks, video: Path, settings: Settings, files: ResultFiles, log: StageLog
) -> Verdict:
    """Draw the results of a trial, stages ``overlay``, ``plots`` and ``report``; return the verdict of the report.

    The overlay shows the landmarks as `followed`, so that its left and right are those of the other results.
    """
    from humanpose3d.report.data.verdict import judge
    from humanpose3d.report.html.report import write_report
    from humanpose3d.report.plots import write_angle_plot, write_cycle_plot

    overlay = _overlay(followed, video, settings, files, log)
    content = content_of(trial)
    with log.running("plots"):
        write_angle_plot(files.place("plot", "joint_angles.png"), content)
        if content.cycles:
            write_cycle_plot(files.place("cycle_plot", "joint_angles_per_cycle.png"), content)
    with log.running("report"):
        write_report(files.place_report(), content, overlay)
    return judge(content)


def _overlay(followed: Landmarks, video: Path, settings: Settings, files: ResultFiles, log: StageLog) -> Path | None:
    if not settings.overlay:
        log.skip("overlay", "switched off")
        return None
    from humanpose3d.report.overlay import LONG_SIDE, write_overlay

    with log.running("overlay"), VideoReader(video, cores_left=0) as reader:  # decoding limits its speed
        target = files.place("overlay", "overlay.mp4")
        frames = reader.yuv_frames(LONG_SIDE)
        write_overlay(target, frames, followed, slow_motion_factor=settings.slow_motion_factor)
    return target
