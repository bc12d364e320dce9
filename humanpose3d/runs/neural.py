"""Run the neural stages after the detection: get the model, process the whole trial, log what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from humanpose3d.errors import LoaderError, ModelLoadError
from humanpose3d.model_assets import ModelAssetError
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import ModelRecord, Stage, StageLog

if TYPE_CHECKING:
    from humanpose3d.kinematics.angles import JointAngles
    from humanpose3d.loaders.marker_augmenter import MarkerAugmenter
    from humanpose3d.loaders.motion_model import MotionModel
    from humanpose3d.model_assets.download.cold_path import BackgroundDownload
    from humanpose3d.pipeline.trajectories import Landmarks, Markers

__all__ = ["NeuralStages", "naming_the_stage"]

_ASSUMED_HEIGHT_M = 1.70
_ASSUMED_WEIGHT_KG = 70.0


@contextmanager
def naming_the_stage(name: str) -> Iterator[None]:
    """Prefix the message of an error of a model or library with the name of the stage."""
    try:
        yield
    except ModelAssetError as error:
        error.message = f"Stage {name!r}: {error.message}"
        raise
    except LoaderError as error:
        words = f"Stage {name!r}: {error}"
        error.args = (words, *error.args[1:])
        if isinstance(error, ImportError):
            error.msg = words
        raise


class NeuralStages:
    """The stages of one run that compute with a network, with model files from `models`."""

    def __init__(self, settings: Settings, models: BackgroundDownload, log: StageLog) -> None:
        self._settings, self._models, self._log = settings, models, log
        self._records: dict[Path, ModelRecord] = {}
        self._gru: MotionModel | MarkerAugmenter | None = None

    def refine(self, views: Sequence[Landmarks]) -> list[Landmarks]:
        """Correct the depth of the landmarks of one or more views: stages ``depth`` and ``refiner``."""
        if not self._settings.refine:
            for name in ("depth", "refiner"):
                self._log.skip(name, "switched off")
            return list(views)
        from humanpose3d.loaders import load_depth_refiner, load_main_refiner
        from humanpose3d.pipeline.refinement import correct_depth, refine_poses

        with self._stage("depth", "depth") as (_, path):
            depth = load_depth_refiner(path)
            corrections = [correct_depth(view, depth)[1] for view in views]
        with self._stage("refiner", "refiner") as (_, path):
            refiner = load_main_refiner(path)
            return [refine_poses(view, said, refiner) for view, said in zip(views, corrections, strict=True)]

    def follow_motion(self, landmarks: Landmarks) -> Landmarks:
        """Fill missing joints and damp jumps with the motion model, where it predicts well: stage ``motion``."""
        if not self._settings.motion:
            self._log.skip("motion", "switched off")
            return landmarks
        from humanpose3d.loaders import MotionModel
        from humanpose3d.pipeline.motion import apply_motion_model

        with self._stage("motion", "gru") as (stage, path):
            model, stage.reason = self._load_gru(path)
            if model is None:
                return landmarks
            if not isinstance(model, MotionModel):
                stage.reason = f"{path.name} is a marker augmenter, no motion model"
                return landmarks
            result = apply_motion_model(landmarks, model)
            stage.reason = result.reason
            stage.details = {"prediction_error_m": asdict(result.errors) if result.errors else None}
            return result.landmarks

    def augment(self, views: Sequence[Markers]) -> list[Markers]:
        """Add the anatomical markers to one or more sets of body markers: stage ``augment``."""
        if self._settings.augmenter == "none":
            self._log.skip("augment", "switched off")
            return list(views)
        from humanpose3d.pipeline.markers import augment_markers

        height, weight = self._settings.height, self._settings.weight
        with self._log.running("augment") as stage, naming_the_stage("augment"):
            augmenter = self._load_augmenter(stage)
            if augmenter is None:
                return list(views)
            assumed = [name for name, value in (("height_m", height), ("weight_kg", weight)) if value is None]
            height, weight = height or _ASSUMED_HEIGHT_M, weight or _ASSUMED_WEIGHT_KG
            stage.details = {"height_m": height, "weight_kg": weight, "assumed": assumed}
            return [augment_markers(view, augmenter, height=height, mass=weight) for view in views]

    def refine_angles(self, angles: JointAngles, landmarks: Landmarks) -> JointAngles:
        """Correct the joint angles that are defined: stage ``joint``."""
        if not self._settings.refine:
            self._log.skip("joint", "switched off")
            return angles
        from humanpose3d.loaders import load_joint_refiner
        from humanpose3d.pipeline.refinement import coco_poses, joint_visibility

        with self._stage("joint", "joint") as (_, path):
            refiner = load_joint_refiner(path)
            seen = np.nan_to_num(joint_visibility(coco_poses(landmarks).visibility))
            delta = refiner.refine(np.nan_to_num(angles.degrees), seen).delta
            return replace(angles, degrees=angles.degrees + delta)

    @contextmanager
    def _stage(self, name: str, model: str) -> Iterator[tuple[Stage, Path]]:
        with self._log.running(name) as stage, naming_the_stage(name):
            path = self._models.path(model)
            stage.models = [self._record(model, path)]
            yield stage, path

    def _record(self, model: str, path: Path) -> ModelRecord:
        """Describe a model file once, since that may take reading it."""
        if path not in self._records:
            self._records[path] = ModelRecord.of(model, path)
        return self._records[path]

    def _load_gru(self, path: Path) -> tuple[MotionModel | MarkerAugmenter | None, str | None]:
        """Load ``GRU.h5`` once; for a valid file that the pipeline cannot use, return None and the reason."""
        from humanpose3d.loaders import load_gru

        if self._gru is None:
            try:
                self._gru = load_gru(path)
            except ModelLoadError as error:
                return None, str(error)
        return self._gru, None

    def _load_augmenter(self, stage: Stage) -> MarkerAugmenter | None:
        reasons = []
        if self._settings.augmenter in ("auto", "gru"):
            from humanpose3d.loaders import MarkerAugmenter

            path = self._models.path("gru")
            stage.models = [self._record("gru", path)]
            model, reason = self._load_gru(path)
            if isinstance(model, MarkerAugmenter):
                return model
            reasons.append(reason or f"{path.name} is a motion model, no marker augmenter")
        if self._settings.augmenter in ("auto", "pose2sim"):
            from humanpose3d.loaders import load_pose2sim_augmenter
            from humanpose3d.loaders.pose2sim import pose2sim_model_files

            try:
                augmenter = load_pose2sim_augmenter()
            except LoaderError as error:
                if self._settings.augmenter == "pose2sim":
                    raise
                reasons.append(str(error))
            else:
                stage.models = [ModelRecord.of("pose2sim", file) for file in pose2sim_model_files()]
                return augmenter
        stage.reason = "; ".join(reasons)
        return None
