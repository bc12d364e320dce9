"""Run the pipeline on one video: check input and settings, run the stages, write the results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from humanpose3d.errors import InvalidSettingError
from humanpose3d.loaders.pose2sim import pose2sim_model_files
from humanpose3d.model_assets.disk.files import digest_file
from humanpose3d.pipeline.detection import ProgressCallback
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import sampling_rate
from humanpose3d.report.data.verdict import judge
from humanpose3d.runs.exports.export import require_packages, write_exports
from humanpose3d.runs.exports.opensim import OwnModel
from humanpose3d.runs.models import require_models
from humanpose3d.runs.neural import naming_the_stage
from humanpose3d.runs.numbers import angle_numbers
from humanpose3d.runs.output import output_folder, refuse_foreign_results
from humanpose3d.runs.record import build_record
from humanpose3d.runs.results import result_files, write_pictures
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.runs.stages import run_stages
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoInfo, VideoReader

__all__ = ["run_pipeline"]

# A single frame has no rate of its own, and a file may not declare one.
_FALLBACK_RATE_HZ = 30.0


def run_pipeline(
    video: str | Path,
    *,
    height: float | None = None,
    weight: float | None = None,
    focal_length: float | None = None,
    output: str | Path | None = None,
    refine: bool = True,
    motion: bool = True,
    augmenter: str = "auto",
    signals: SignalSettings | None = None,
    quality: str = "normal",
    slow_motion_factor: float = 1.0,
    overlay: bool = True,
    formats: Sequence[str] = (),
    osim: str | Path | None = None,
    osim_markers: str | Path | None = None,
    blur_faces: bool = False,
    subject: str | None = None,
    date: str | None = None,
    task: str | None = None,
    side: str | None = None,
    note: str | None = None,
    command: str | None = None,
    progress: ProgressCallback | None = None,
) -> Trial:
    """Turn a video of one person into 3D markers and joint angles on disk.

    Cheap checks come first: settings, the video, the output folder, the models. Models that later stages need are
    downloaded in the background, while landmarks are detected. The files appear together at the end, or not at all.

    Parameters
    ----------
    video : path
        Any file that FFmpeg reads.
    height, weight : float, optional
        Of the person, in metres and kilograms.
    focal_length : float, optional
        Of the camera, in millimetres in terms of 35 mm film, for the picture as it is (after zoom and cropping). By
        default what the file states, or an estimate from the trial.
    output : path, optional
        Folder for the results; by default ``<video>_humanpose3d`` in the current folder, where ``<video>`` is the
        file's name without its ending.
    refine : bool
        Whether the depth, joint and main refiner networks correct what was seen.
    motion : bool
        Whether the motion model may fill dropped joints and damp jumps; it is used only where it predicts the
        trial's next frames better than constant velocity.
    augmenter : {"auto", "gru", "pose2sim", "none"}
        What adds the 43 anatomical markers; ``"auto"`` takes what is available.
    signals : SignalSettings, optional
        The steps from raw landmarks to movement; by default those that lower the error.
    quality : {"normal", "high"}
        ``"high"`` also detects in the mirrored frames and averages, which takes twice as long.
    slow_motion_factor : float
        How many times slower than real time the video plays; times in the results are those of the real movement.
    overlay : bool
        Whether to write ``<video>_overlay.mp4``, the video with the skeleton drawn into it.
    formats : sequence of {"c3d", "xlsx", "opensim"}
        Further files to write, for other programs: ``<video>.c3d``, ``<video>.xlsx``, and a folder ``opensim`` with a
        scaled model and its inverse kinematics.
    osim, osim_markers : path, optional
        Another model for OpenSim than Pose2Sim's, and its markers with the names of ours.
    blur_faces : bool
        Whether the face of the person is blurred in the overlay video, and so in the report.
    subject, date, task, side, note : str, optional
        For the head of the report: a name or code, the day of the recording (``2026-11-28``), what was done, the side
        that matters (``left``, ``right`` or ``both``), and a remark.
    command : str, optional
        The command line of this run, recorded in ``run.json`` and the report.
    progress : callable, optional
        Called with (frames done, frames in all or None) after each frame.

    Returns
    -------
    Trial
        The results, also written as ``<video>_landmarks.csv``, ``<video>_initial.trc``, ``<video>_final.trc``,
        ``joint_angles/<joint>.csv``, ``<video>_joint_angles.csv``, ``<video>_joint_angles.mot``,
        ``<video>_joint_angles.png``, ``<video>_overlay.mp4``, ``report.html`` and ``run.json``.

    Raises
    ------
    PipelineError
        Bad settings or input, nobody in the video, output that cannot be written, a model that cannot be loaded.
    humanpose3d.model_assets.ModelAssetError
        A model is missing and cannot be fetched; the message names the stage that needs it.
    """
    video = Path(video)
    settings = Settings(
        height=height,
        weight=weight,
        focal_length=focal_length,
        output=None if output is None else Path(output),
        refine=refine,
        motion=motion,
        augmenter=augmenter,
        signals=signals or SignalSettings(),
        quality=quality,
        slow_motion_factor=slow_motion_factor,
        overlay=overlay,
        formats=tuple(formats),
        osim=None if osim is None else Path(osim),
        osim_markers=None if osim_markers is None else Path(osim_markers),
        blur_faces=blur_faces,
        subject=subject,
        date=date,
        task=task,
        side=side,
        note=note,
    )
    log = StageLog()
    with VideoReader(video) as reader, output_folder(settings.folder_for(video)) as folder:
        _, digest = digest_file(video)
        refuse_foreign_results(folder, digest)
        _refuse_what_can_not_run(settings, reader.info)
        found = run_stages(reader, settings, log, progress)
        notes = list(found.warnings)
        describe = partial(
            build_record,
            video=video,
            video_sha256=digest,
            info=reader.info,
            skipped_frames=reader.skipped_frames,
            settings=settings,
            log=log,
            landmarks=found.trial.landmarks,
            movement=found.trial.movement,
            camera=found.camera,
            notes=notes,
            command=command,
        )
        rate = sampling_rate(found.trial.landmarks.times) or reader.info.nominal_rate or _FALLBACK_RATE_HZ
        with result_files(folder, video.stem) as files:
            with log.running("write"):
                files.arrays(found.trial, rate)
            trial = replace(found.trial, outputs=files.paths, record=describe(outputs=files.names))
            notes += write_exports(trial, settings, files, log)
            content = write_pictures(trial, found.followed, video, settings, files, log, describe)
            describe = partial(
                describe,
                verdict=judge(content).as_record(),
                angles=angle_numbers(trial.angles, trial.movement, content),
            )
            record = files.record(lambda outputs: describe(outputs=outputs))
    return replace(trial, record=record)


def _refuse_what_can_not_run(settings: Settings, info: VideoInfo) -> None:
    """Raise before the detection if the video cannot carry a setting, or this machine lacks a model or package."""
    signals, rate = settings.signals, (info.nominal_rate or math.inf) * settings.slow_motion_factor
    if signals.smooth and signals.cutoff_hz != SignalSettings.cutoff_hz and signals.cutoff_hz >= rate / 2:
        raise InvalidSettingError(
            f"The cut-off frequency (--cutoff) must be less than half of the frame rate, {rate / 2:g} Hz at {rate:g} "
            f"frames/s, not {signals.cutoff_hz:g}; to leave out the filter use --without smooth."
        )
    require_packages(settings.formats, OwnModel(settings.osim, settings.osim_markers))
    require_models(settings.needed_models)
    if settings.augmenter == "pose2sim":
        with naming_the_stage("augment"):
            pose2sim_model_files()
