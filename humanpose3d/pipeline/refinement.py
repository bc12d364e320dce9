"""Refine landmarks with the depth network and the main refiner.

The networks get their inputs as in training: 13 landmarks in COCO's order, its eyes and ears left at the
detector's origin with visibility 0, the picture's coordinates always beside them.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.networks.coco import KEYPOINTS, VISIBILITY_SOURCES, mid_hip
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks, y_up

if TYPE_CHECKING:
    from humanpose3d.loaders.refiners import DepthRefinement, DepthRefiner, MainRefiner

__all__ = ["CocoPoses", "coco_poses", "correct_depth", "joint_visibility", "refine_poses"]

_NOT_GIVEN = ("left_eye", "right_eye", "left_ear", "right_ear")
_GIVEN = [i for i, name in enumerate(KEYPOINTS) if name not in _NOT_GIVEN]
_SOURCES = [LANDMARK_NAMES.index(KEYPOINTS[i]) for i in _GIVEN]


def _carriers() -> list[int]:
    """Return for each landmark the keypoint whose correction it takes: the nearest on the same part of the body."""
    parts = {"heel": "ankle", "foot_index": "ankle", "pinky": "wrist", "index": "wrist", "thumb": "wrist"}
    carriers = []
    for name in LANDMARK_NAMES:
        side, _, part = name.partition("_")
        carrier = f"{side}_{parts.get(part, part)}"
        carriers.append(KEYPOINTS.index(carrier if carrier in KEYPOINTS and carrier not in _NOT_GIVEN else "nose"))
    return carriers


_CARRIERS = _carriers()


@dataclass(frozen=True, eq=False)
class CocoPoses:
    """The 17 keypoints of COCO, as the networks take them; eyes and ears are not given."""

    poses: FloatArray
    """Shape (T, 17, 3), metres; origin mid-hip; MediaPipe's axes after half a turn about x."""
    visibility: FloatArray
    """Shape (T, 17), 0 to 1."""
    image: FloatArray
    """Shape (T, 17, 2), fractions of the image's width and height."""
    complete: npt.NDArray[np.bool_]
    """Shape (T,): whether everything is known of the 13 keypoints that are given."""


def coco_poses(landmarks: Landmarks) -> CocoPoses:
    """Take COCO's keypoints from MediaPipe's landmarks."""
    world, image, visibility = (
        _spread(values[:, _SOURCES]) for values in (landmarks.world, landmarks.image, landmarks.visibility)
    )
    known = np.concatenate([world, image, visibility[..., None]], axis=-1)
    return CocoPoses(
        poses=y_up(world - mid_hip(world)),
        visibility=visibility,
        image=image,
        complete=np.isfinite(known).all(axis=(1, 2)),
    )


def correct_depth(landmarks: Landmarks, depth: "DepthRefiner") -> "tuple[Landmarks, DepthRefinement]":
    """Correct the world coordinates of all landmarks with the depth network.

    The 13 landmarks that the networks know are corrected by them. The others move with the nearest of these, so that
    feet, hands and face keep their shape: heel and toes with the ankle, fingers with the wrist, eyes, ears and mouth
    with the nose. Frames in which anything is unknown of the 13 stay as they are. Returned is also the network's output
    for the frames in which all is known, as :func:`refine_poses` takes it.
    """
    given = coco_poses(landmarks)
    frames = given.complete
    correction = depth.refine(given.poses[frames], given.visibility[frames], given.image[frames])
    return _moved(landmarks, given, correction.refined), correction


def refine_poses(landmarks: Landmarks, correction: "DepthRefinement", refiner: "MainRefiner") -> Landmarks:
    """Correct the world coordinates of all landmarks with the main refiner, given the depth network's output.

    The landmarks are as detected, as in training, not as :func:`correct_depth` returned them; `correction` is what it
    returned for them. Landmarks and frames that the network does not know are treated as there.
    """
    given = coco_poses(landmarks)
    frames = given.complete
    refined = refiner.refine(given.poses[frames], given.visibility[frames], correction).refined
    return _moved(landmarks, given, refined)


def joint_visibility(visibility: FloatArray) -> FloatArray:
    """Return the visibility of each joint, shape (T, 12), the lowest among its keypoints, whose shape is (T, 17).

    The joints are in the order of :data:`humanpose3d.loaders.networks.coco.JOINT_ANGLES`.
    """
    return np.stack([visibility[:, list(sources)].min(axis=1) for sources in VISIBILITY_SOURCES], axis=1)


def _moved(landmarks: Landmarks, given: CocoPoses, refined: npt.NDArray[np.float32]) -> Landmarks:
    """Move all landmarks of the complete frames as their keypoints were moved."""
    world = landmarks.world.copy()
    world[given.complete] += y_up(refined - given.poses[given.complete])[:, _CARRIERS]
    return replace(landmarks, world=world)


def _spread(given: FloatArray) -> FloatArray:
    """Put the values of the 13 given keypoints among zeros for the others."""
    spread = np.zeros((len(given), len(KEYPOINTS), *given.shape[2:]))
    spread[:, _GIVEN] = given
    return spread
