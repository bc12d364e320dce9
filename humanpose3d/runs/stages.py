"""Run the stages in order, from the frames of a video to its movement."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from humanpose3d.errors import NobodyDetectedError
from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.events import analyse_movement
from humanpose3d.kinematics.validity.plausible import (
    collapsed_feet,
    describe_collapsed_feet,
    describe_implausible,
    without_ankles,
    without_implausible,
)
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen
from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.download.cold_path import BackgroundDownload
from humanpose3d.pipeline.detection import Observation, ProgressCallback, observe
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.signals.identity.person import describe_others
from humanpose3d.pipeline.signals.lens import told_lens
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.runs.neural import NeuralStages
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import ModelRecord, StageLog
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader

__all__ = ["Findings", "run_stages"]


class Findings(NamedTuple):
    """Results of the stages."""

    trial: Trial  # without files and record
    followed: Landmarks  # after the signal path: left and right as in all other results
    warnings: list[str]
    camera: dict[str, Any]  # as in run.json


def run_stages(
    reader: VideoReader, settings: Settings, log: StageLog, progress: ProgressCallback | None = None
) -> Findings:
    """Detect, refine, clean and augment landmarks, and compute angles and movement.

    Models that later stages need are downloaded in the background, while landmarks are detected.

    Raises
    ------
    PipelineError
        Nobody is in the video, or a model cannot be loaded.
    humanpose3d.model_assets.ModelAssetError
        A model is missing and cannot be fetched; the message names the stage that needs it.
    """
    detector = get_model_path("mediapipe")
    with BackgroundDownload(settings.later_models) as models:
        seen = _detect(reader, detector, settings, log, progress)
        landmarks = seen.landmarks
        neural = NeuralStages(settings, models, log)
        refined, *mirrored = neural.refine([view for view in (landmarks, seen.mirrored) if view is not None])
        refined = neural.follow_motion(refined)
        size = (reader.info.width, reader.info.height)
        with log.running("signals") as stage:
            clean, report = process(
                refined,
                settings.signals,
                size=size,
                lens=told_lens(settings.focal_length, reader.info.focal_length_35mm, size),
                height=settings.height,
                mirrored=mirrored[0] if mirrored else None,
                colours=seen.colours,
                motion=seen.camera_motion,
            )
            stage.details = report.as_dict()
        with log.running("markers"):
            initial, body = markers_from_landmarks(landmarks), markers_from_landmarks(clean)
        # Also what was detected, so that angles before and after the signal path are defined alike.
        final, detected = neural.augment([body, initial])
        feet = collapsed_feet(initial.names, initial.positions)
        with log.running("angles"):
            raw_angles, angles = (
                without_ankles(joint_angles(each.times, each.names, each.positions), feet) for each in (detected, final)
            )
        angles = neural.refine_angles(angles, landmarks)
        sight = sight_of_joints(landmarks.names, landmarks.image, landmarks.visibility)
        angles, implausible = without_implausible(without_unseen(angles, sight))
        with log.running("movement") as stage:
            stage.details = {"implausible_frames": implausible}
            movement = analyse_movement(final.names, final.positions, angles, cuts=report.cuts)
    others = describe_others(seen.others_at, clean)
    warnings = [*([others] if others else []), *report.warnings, *describe_collapsed_feet(feet)]
    warnings += describe_implausible(implausible, len(angles.times))
    camera = {
        "focal_length_35mm": report.lens.as_record(size),
        **seen.camera_motion.as_record(),
        "steadied": report.still is True and seen.camera_motion.still is False,
        **report.camera,
    }
    trial = Trial(
        video=reader.info,
        landmarks=landmarks,
        markers=initial,
        final_markers=final,
        raw_angles=raw_angles,
        angles=angles,
        movement=movement,
        folder=settings.folder_for(reader.path),
    )
    return Findings(trial, clean, warnings, camera)


def _detect(
    reader: VideoReader, model: Path, settings: Settings, log: StageLog, progress: ProgressCallback | None
) -> Observation:
    with ExitStack() as stack, log.running("detect") as stage:
        detector = stack.enter_context(load_pose_landmarker(model))
        mirror = stack.enter_context(load_pose_landmarker(model)) if settings.quality == "high" else None
        people = stack.enter_context(load_pose_landmarker(model, people=2))
        stage.models = [ModelRecord.of("mediapipe", model)]
        seen = observe(
            reader.frames(),
            detector,
            mirror_detector=mirror,
            people_detector=people,
            total=reader.info.declared_frames,
            progress=progress,
        )
    if not seen.landmarks.detected.any():
        raise NobodyDetectedError(
            f"Nobody was detected in the {len(seen.landmarks.times)} frames of {reader.path}; "
            "the whole person should be in the picture, well lit, and not too small."
        )
    return seen.in_life(settings.slow_motion_factor)
