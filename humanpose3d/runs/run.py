"""Run the pipeline on one video: check input and settings, run the stages, write the results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from humanpose3d.errors import InvalidSettingError
from humanpose3d.loaders.pose2sim import pose2sim_model_files
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.download.cold_path import BackgroundDownload
from humanpose3d.pipeline.detection import ProgressCallback
from humanpose3d.pipeline.detection.people import describe_people
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import sampling_rate
from humanpose3d.report.data.verdict import judge
from humanpose3d.report.language import DEFAULT
from humanpose3d.report.people import write_people
from humanpose3d.runs.exports.export import require_packages, write_exports
from humanpose3d.runs.exports.opensim import OwnModel
from humanpose3d.runs.models import require_models
from humanpose3d.runs.neural import naming_the_stage
from humanpose3d.runs.numbers import angle_numbers
from humanpose3d.runs.output import output_folder, refuse_foreign_results
from humanpose3d.runs.people.detect import Detected, Seen, detect
from humanpose3d.runs.record import build_record
from humanpose3d.runs.results import ResultFiles, result_files, write_pictures
from humanpose3d.runs.settings import PersonChoice, Settings
from humanpose3d.runs.stage_log import StageCallback, StageLog
from humanpose3d.runs.stages import run_stages
from humanpose3d.runs.trial import Trial
from humanpose3d.video.inputs import input_digest
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
    start: float = 0.0,
    end: float | None = None,
    rate: float | None = None,
    person: PersonChoice = None,
    formats: Sequence[str] = (),
    osim: str | Path | None = None,
    osim_markers: str | Path | None = None,
    blur_faces: bool = False,
    language: str = DEFAULT,
    subject: str | None = None,
    date: str | None = None,
    task: str | None = None,
    side: str | None = None,
    note: str | None = None,
    command: str | None = None,
    progress: ProgressCallback | None = None,
    stage: StageCallback | None = None,
) -> Trial:
    """Turn a video of a person into 3D markers and joint angles on disk.

    Cheap checks come first: settings, the video, the output folder, the models. Models that later stages need are
    downloaded in the background, while landmarks are detected. The files appear together at the end, or not at all.

    Parameters
    ----------
    video : path
        Any file that FFmpeg reads, or a folder of numbered pictures.
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
    start, end : float, optional
        The part of the video to use, in seconds as the video plays; times in the results count from its beginning.
    rate : float, optional
        Pictures per second, for a folder of pictures.
    person : int or tuple of float, optional
        Who is analysed: a number of the list that :func:`~humanpose3d.runs.people.everybody.list_people` gives; or x
        and y of a point in the picture, in pixels or fractions of its width and height, and the time, in seconds, at
        which they are there (by default the beginning). Without it, the one who is seen longest and largest.
    formats : sequence of {"c3d", "xlsx", "opensim"}
        Further files to write, for other programs: ``<video>.c3d``, ``<video>.xlsx``, and a folder ``opensim`` with a
        scaled model and its inverse kinematics.
    osim, osim_markers : path, optional
        Another model for OpenSim than Pose2Sim's, and its markers with the names of ours.
    blur_faces : bool
        Whether the face of the person is blurred in the overlay video, and so in the report.
    language : str
        Of the report, such as ``"de"``; ``run.json`` and the tables are the same in every language.
    subject, date, task, side, note : str, optional
        For the head of the report: a name or code, the day of the recording (``2026-11-28``), what was done, the side
        that matters (``left``, ``right`` or ``both``), and a remark.
    command : str, optional
        The command line of this run, recorded in ``run.json`` and the report.
    progress : callable, optional
        Called with (frames done, frames in all or None) after each frame.
    stage : callable, optional
        Called with the name of each stage as it begins; the first is ``models``, the wait for the pose model.

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
        start=start,
        end=end,
        rate=rate,
        person=person,
        formats=tuple(formats),
        osim=None if osim is None else Path(osim),
        osim_markers=None if osim_markers is None else Path(osim_markers),
        blur_faces=blur_faces,
        language=language,
        subject=subject,
        date=date,
        task=task,
        side=side,
        note=note,
    )
    with (
        prepared(Path(video), settings, command, progress, stage) as run,
        result_files(run.folder, run.stem) as files,
    ):
        (seen,) = run.detected.chosen
        return write_trial(run, seen, files)


class Run(NamedTuple):
    """A run after its detection."""

    video: Path
    sha256: str
    reader: VideoReader
    settings: Settings
    folder: Path
    command: str | None
    models: BackgroundDownload
    detected: Detected
    log: StageLog

    @property
    def stem(self) -> str:
        """What the names of the results begin with."""
        return self.video.stem


@contextmanager
def prepared(
    video: Path,
    settings: Settings,
    command: str | None,
    progress: ProgressCallback | None,
    stage: StageCallback | None,
) -> Iterator[Run]:
    """Check input, output and models, and run the detection, while models arrive in the background."""
    log = StageLog(stage)
    with VideoReader(video, **settings.section) as reader, output_folder(settings.folder_for(video)) as folder:
        digest = input_digest(video)
        refuse_foreign_results(folder, digest)
        _refuse_what_can_not_run(settings, reader.info)
        log.begun("models")
        model = get_model_path("mediapipe")
        with BackgroundDownload(settings.later_models) as models:
            detected = detect(reader, settings, model, log, progress)
            yield Run(video, digest, reader, settings, folder, command, models, detected, log)


def write_trial(run: Run, seen: Seen, files: ResultFiles) -> Trial:
    """Run the stages after the detection for one person, and write the results."""
    found = run_stages(seen, run.reader.info, files.folder, run.settings, run.models, run.log)
    several = describe_people(run.detected.people, seen.person) if run.settings.people == "one" else None
    notes = [*([several] if several else []), *found.warnings]
    describe = partial(
        build_record,
        video=run.video,
        video_sha256=run.sha256,
        info=run.reader.info,
        skipped_frames=run.reader.skipped_frames,
        settings=run.settings,
        log=run.log,
        landmarks=found.trial.landmarks,
        movement=found.trial.movement,
        camera=found.camera,
        unseen=found.unseen,
        notes=notes,
        command=run.command,
    )
    data_rate = sampling_rate(found.trial.landmarks.times) or run.reader.info.nominal_rate or _FALLBACK_RATE_HZ
    with run.log.running("write"):
        files.arrays(found.trial, data_rate)
        if several:
            write_people(files.place("people", "people.png"), run.detected.people, run.settings.language)
    trial = replace(found.trial, outputs=files.paths, record=describe(outputs=files.names))
    trial, about_exports = write_exports(trial, run.settings, files, run.log)
    notes += about_exports
    content = write_pictures(trial, found.followed, run.video, run.settings, files, run.log, describe)
    describe = partial(
        describe,
        verdict=judge(content).as_record(),
        angles=angle_numbers(content),
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
