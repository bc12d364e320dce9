"""The one module that wires the stages together and knows the file system."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.events import analyse_movement
from humanpose3d.kinematics.feet import collapsed_feet, describe_collapsed_feet, without_ankles
from humanpose3d.loaders._torch import choose_device
from humanpose3d.loaders.pose2sim import pose2sim_model_files
from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.background import BackgroundDownload
from humanpose3d.model_assets.digests import digest_file
from humanpose3d.pipeline.detection import Observation, ProgressCallback, observe
from humanpose3d.pipeline.errors import NobodyDetectedError
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.models import require_models
from humanpose3d.pipeline.neural import NeuralStages, naming_the_stage
from humanpose3d.pipeline.output import output_folder, refuse_foreign_results
from humanpose3d.pipeline.pictures import write_pictures
from humanpose3d.pipeline.record import build_record
from humanpose3d.pipeline.results import result_files
from humanpose3d.pipeline.settings import Settings
from humanpose3d.pipeline.signals.identity import describe_others
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.stage_log import ModelRecord, StageLog
from humanpose3d.pipeline.trajectories import Landmarks, sampling_rate
from humanpose3d.pipeline.trial import Trial
from humanpose3d.pipeline.video import VideoReader

__all__ = ["run_pipeline"]

# A single frame has no rate of its own, and a file may not declare one.
_FALLBACK_RATE_HZ = 30.0


def run_pipeline(
    video: str | Path,
    *,
    height: float | None = None,
    weight: float | None = None,
    output: str | Path | None = None,
    refine: bool = True,
    motion: bool = True,
    augmenter: str = "auto",
    device: str = "auto",
    signals: SignalSettings | None = None,
    quality: str = "normal",
    slow_motion_factor: float = 1.0,
    overlay: bool = True,
    command: str | None = None,
    progress: ProgressCallback | None = None,
) -> Trial:
    """Turn a video of one person into 3D markers and joint angles on disk.

    What can be refused cheaply is refused first: settings, then the video, then the output folder, then the models,
    then the device. Models that later stages need arrive in the background, while landmarks are detected. The files
    appear together at the end, or not at all.

    Parameters
    ----------
    video : path
        Any file that FFmpeg reads.
    height, weight : float, optional
        Of the person, in metres and kilograms.
    output : path, optional
        Folder for the results; by default ``<video>_humanpose3d`` in the current folder, where ``<video>`` is the
        file's name without its ending.
    refine : bool
        Whether the depth, joint and main refiner networks correct what was seen.
    motion : bool
        Whether the motion model may fill dropped joints and damp jumps; it is used only where it predicts the
        trial's next frames better than constant velocity.
    augmenter : {"auto", "gru", "pose2sim", "none"}
        What adds the 43 anatomical markers; ``"auto"`` takes what is there.
    device : {"auto", "cpu", "cuda", "mps"}
        Where the networks compute.
    signals : SignalSettings, optional
        The steps from raw landmarks to movement; by default those that lower the error.
    quality : {"normal", "high"}
        ``"high"`` also detects in the mirrored frames and averages, which takes twice as long.
    slow_motion_factor : float
        How many times slower than life the video plays; times in the results are those of life.
    overlay : bool
        Whether to write ``<video>_overlay.mp4``, the video with the skeleton drawn into it.
    command : str, optional
        The command line that asked for this run, to be told in ``run.json`` and the report.
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
        output=None if output is None else Path(output),
        refine=refine,
        motion=motion,
        augmenter=augmenter,
        device=device,
        signals=signals or SignalSettings(),
        quality=quality,
        slow_motion_factor=slow_motion_factor,
        overlay=overlay,
    )
    log = StageLog()
    with VideoReader(video) as reader, output_folder(settings.folder_for(video)) as folder:
        _, digest = digest_file(video)
        refuse_foreign_results(folder, digest)
        require_models(settings.needed_models)
        if settings.device not in ("auto", "cpu") and settings.later_models:
            choose_device(settings.device)
        if settings.augmenter == "pose2sim":
            with naming_the_stage("augment"):
                pose2sim_model_files()
        detector = get_model_path("mediapipe")
        with BackgroundDownload(settings.later_models) as models:
            seen = _detect(reader, detector, settings, log, progress)
            landmarks = seen.landmarks
            _refuse_empty(landmarks, video)
            neural = NeuralStages(settings, models, log)
            refined, *mirrored = neural.refine([view for view in (landmarks, seen.mirrored) if view is not None])
            refined = neural.follow_motion(refined)
            with log.running("signals") as notes:
                clean, report = process(
                    refined,
                    settings.signals,
                    size=(reader.info.width, reader.info.height),
                    height=settings.height,
                    mirrored=mirrored[0] if mirrored else None,
                    colours=seen.colours,
                )
                notes.details = report.as_dict()
            others = describe_others(seen.others_at, clean)
            with log.running("markers"):
                initial, body = markers_from_landmarks(landmarks), markers_from_landmarks(clean)
            # Also what was detected, so that angles before and after the signal path are defined alike.
            final, detected = neural.augment([body, initial])
            with log.running("angles"):
                raw_angles = joint_angles(detected.times, detected.names, detected.positions)
                angles = joint_angles(final.times, final.names, final.positions)
            feet = collapsed_feet(initial.names, initial.positions)
            raw_angles, angles = (without_ankles(each, feet) for each in (raw_angles, angles))
            angles = neural.refine_angles(angles, landmarks)
            with log.running("movement"):
                movement = analyse_movement(final.names, final.positions, angles)

        rate = sampling_rate(landmarks.times) or reader.info.nominal_rate or _FALLBACK_RATE_HZ
        with result_files(folder, video.stem) as files:
            with log.running("write"):
                files.landmarks(landmarks)
                files.markers("initial", initial, rate)
                files.markers("final", final, rate)
                files.angles(angles, raw_angles, final["Hip"])

            def describe(outputs: dict[str, str]) -> dict[str, Any]:
                return build_record(
                    video=video,
                    video_sha256=digest,
                    info=reader.info,
                    skipped_frames=reader.skipped_frames,
                    settings=settings,
                    log=log,
                    landmarks=landmarks,
                    movement=movement,
                    notes=[*([others] if others else []), *report.warnings, *describe_collapsed_feet(feet)],
                    command=command,
                    outputs=outputs,
                )

            trial = Trial(
                video=reader.info,
                landmarks=landmarks,
                markers=initial,
                final_markers=final,
                raw_angles=raw_angles,
                angles=angles,
                movement=movement,
                folder=folder,
                outputs=files.paths,
                record=describe(files.names),
            )
            write_pictures(trial, video, settings, files, log)
            record = files.record(describe)
    return replace(trial, record=record)


def _detect(
    reader: VideoReader, model: Path, settings: Settings, log: StageLog, progress: ProgressCallback | None
) -> Observation:
    with ExitStack() as stack, log.running("detect") as notes:
        detector = stack.enter_context(load_pose_landmarker(model))
        mirror = stack.enter_context(load_pose_landmarker(model)) if settings.quality == "high" else None
        people = stack.enter_context(load_pose_landmarker(model, people=2))
        notes.device, notes.models = detector.device, (ModelRecord.of("mediapipe", model),)
        seen = observe(
            reader.frames(),
            detector,
            mirror_detector=mirror,
            people_detector=people,
            total=reader.info.declared_frames,
            progress=progress,
        )
    return seen.in_life(settings.slow_motion_factor)


def _refuse_empty(landmarks: Landmarks, video: Path) -> None:
    if not landmarks.detected.any():
        raise NobodyDetectedError(
            f"Nobody was detected in the {len(landmarks.times)} frames of {video}; "
            "the whole person should be in the picture, well lit, and not too small."
        )
