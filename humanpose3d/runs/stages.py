"""Run the stages after the detection in order, from the landmarks of a person to their movement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.events import analyse_movement
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.kinematics.validity.calibration import calibrated, lines_of, zeros_of
from humanpose3d.kinematics.validity.plausible import describe_implausible, without_implausible
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen, without_unseen_legs
from humanpose3d.model_assets.download.cold_path import BackgroundDownload
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.signals.lens import told_lens
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.runs.neural import NeuralStages
from humanpose3d.runs.people.detect import Seen
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoInfo

__all__ = ["Findings", "run_stages"]


class Findings(NamedTuple):
    """Results of the stages."""

    trial: Trial  # without files and record
    followed: Landmarks  # after the signal path: left and right as in all other results
    warnings: list[str]
    camera: dict[str, Any]  # as in run.json
    unseen: dict[str, str]  # why joints have no angles, by joint


def run_stages(
    seen: Seen, info: VideoInfo, folder: Path, settings: Settings, models: BackgroundDownload, log: StageLog
) -> Findings:
    """Refine, clean and augment the landmarks of one person, and compute angles and movement.

    `models` brings the models in the background; `folder` is for the results.

    Raises
    ------
    PipelineError
        A model cannot be loaded.
    humanpose3d.model_assets.ModelAssetError
        A model is missing and cannot be fetched; the message names the stage that needs it.
    """
    observation = seen.observation.in_life(settings.slow_motion_factor)
    landmarks = observation.landmarks
    neural = NeuralStages(settings, models, log)
    # Who is followed by a region of their own is never taken for somebody else.
    signals = replace(settings.signals, follow_person=False) if seen.followed else settings.signals
    refined, *mirrored = neural.refine([view for view in (landmarks, observation.mirrored) if view is not None])
    refined = neural.follow_motion(refined)
    size = (info.width, info.height)
    with log.running("signals") as stage:
        clean, report = process(
            refined,
            signals,
            size=size,
            lens=told_lens(settings.focal_length, info.focal_length_35mm, size),
            height=settings.height,
            mirrored=mirrored[0] if mirrored else None,
            colours=observation.colours,
            motion=observation.camera_motion,
        )
        stage.details = report.as_dict()
    with log.running("markers"):
        initial, body = markers_from_landmarks(landmarks), markers_from_landmarks(clean)
    # Also what was detected, so that angles before and after the signal path are defined alike.
    final, detected = neural.augment([body, initial])
    with log.running("angles"):
        raw_angles, angles = (joint_angles(each.times, each.names, each.positions) for each in (detected, final))
    # Of the cleaned landmarks, whose left and right are those of the angles.
    angles = neural.refine_angles(angles, clean)
    sight = sight_of_joints(clean.names, clean.image, clean.visibility)
    angles, implausible = without_implausible(without_unseen(angles, sight))
    with log.running("movement") as stage:
        stage.details = {"implausible_frames": implausible}
        movement = analyse_movement(
            final.names,
            without_unseen_legs(final.names, final.positions, final.times, sight),
            angles,
            cuts=report.cuts,
            lens=report.lens.source_of_bands,
            height_known=settings.height is not None,
            sides=report.sides(len(final.times)),
            spreads=report.spreads,
            camera_moves=report.still is False,
        )
        bands = measured_bands(anatomical=angles.anatomical)
        lines = lines_of(bands, movement)
        angles, raw_angles = calibrated(angles, lines), calibrated(raw_angles, zeros_of(bands))
        stage.details["calibration"] = {name: line._asdict() for name, line in lines.items()}
    warnings = [*report.warnings, *describe_implausible(implausible, len(angles.times))]
    camera = {
        "focal_length_35mm": report.lens.as_record(size),
        **observation.camera_motion.as_record(),
        "steadied": report.still is True and observation.camera_motion.still is False,
        **report.camera,
    }
    trial = Trial(
        video=info,
        landmarks=landmarks,
        markers=initial,
        final_markers=final,
        raw_angles=raw_angles,
        angles=angles,
        movement=movement,
        folder=folder,
    )
    return Findings(trial, clean, warnings, camera, sight.reasons)
