"""Run the stages in order, from the frames of a video to its movement."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.errors import NobodyDetectedError
from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.validity.feet import collapsed_feet, describe_collapsed_feet, without_ankles
from humanpose3d.kinematics.validity.plausible import describe_implausible, without_implausible
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen
from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.download.background import BackgroundDownload
from humanpose3d.pipeline.detection import Observation, ProgressCallback, observe
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.signals.identity.person import describe_others
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.runs.neural import NeuralStages
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import ModelRecord, StageLog
from humanpose3d.video.reader import VideoReader

__all__ = ["Findings", "run_stages"]


@dataclass(frozen=True, eq=False)
class Findings:
    """Results of the stages; the fields are those of :class:`~humanpose3d.runs.trial.Trial`, and `followed`.

    Attributes
    ----------
    followed : Landmarks
        The person's landmarks after the signal path: left and right as in all other results.
    """

    landmarks: Landmarks
    followed: Landmarks
    markers: Markers
    final_markers: Markers
    raw_angles: JointAngles
    angles: JointAngles
    movement: Movement
    warnings: Sequence[str]


def run_stages(
    reader: VideoReader, settings: Settings, log: StageLog, progress: ProgressCallback | None = None
) -> Findings:
    """Detect, refine, clean and augment landmarks, and compute angles and movement.

    Models that later stages need are downloaded in the background, while landmarks are detected.

    Parameters
    ----------
    reader : VideoReader
        At its first frame.
    settings : Settings
    log : StageLog
        Records each stage.
    progress : callable, optional
        Called with (frames done, frames in all or None) after each frame.

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
        with log.running("movement") as notes:
            notes.details = {"implausible_frames": implausible}
            movement = analyse_movement(final.names, final.positions, angles)
    others = describe_others(seen.others_at, clean)
    warnings = [*([others] if others else []), *report.warnings, *describe_collapsed_feet(feet)]
    warnings += describe_implausible(implausible, len(angles.times))
    return Findings(landmarks, clean, initial, final, raw_angles, angles, movement, warnings)


def _detect(
    reader: VideoReader, model: Path, settings: Settings, log: StageLog, progress: ProgressCallback | None
) -> Observation:
    with ExitStack() as stack, log.running("detect") as notes:
        detector = stack.enter_context(load_pose_landmarker(model))
        mirror = stack.enter_context(load_pose_landmarker(model)) if settings.quality == "high" else None
        people = stack.enter_context(load_pose_landmarker(model, people=2))
        notes.models = (ModelRecord.of("mediapipe", model),)
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
