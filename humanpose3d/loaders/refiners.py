"""The three refiners: correct the depth, the joint angles and the final poses of a trial, each frame independently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.checkpoint import load_network
from humanpose3d.loaders.networks.coco import FloatArray, mid_hip, torso_scale
from humanpose3d.loaders.networks.depth_network import DepthNetwork, plan_depth_network
from humanpose3d.loaders.networks.joint_network import JointNetwork, plan_joint_network
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, plan_refiner_network
from humanpose3d.threads import map_in_threads

_FRAMES_AT_A_TIME = 96  # few enough for the caches

Output = TypeVar("Output", bound="tuple[Any, ...]")


@dataclass(frozen=True, eq=False)
class DepthRefinement:
    """Output of the depth network for T frames; float32. A frame with NaN in its input is NaN, except its `scale`."""

    refined: FloatArray
    """Shape (T, 17, 3): the poses, metres, in the axes of the input."""
    delta: FloatArray
    """Shape (T, 17, 3): the correction in units of `scale`: ``refined = poses + delta * scale``."""
    azimuth: FloatArray
    """Shape (T,): predicted direction of view around the person, degrees, 0 to 360."""
    elevation: FloatArray
    """Shape (T,): predicted direction of view above the horizontal, degrees, -30 to 30."""
    limb_directions: FloatArray | None
    """Shape (T, 14, 3): unit vectors from parent to child of :data:`~humanpose3d.loaders.networks.coco.LIMBS`; None
    where the model does not predict them."""
    torso_lengths: FloatArray
    """Shape (T, 4): shoulder width, hip width, left and right side of the trunk, in units of `scale`."""
    confidence: FloatArray
    """Shape (T, 17): 0 to 1."""
    scale: FloatArray
    """Shape (T,): length of the trunk in metres; 1 where it is implausible."""


@dataclass(frozen=True, eq=False, repr=False)
class DepthRefiner:
    """A loaded depth network; :func:`load_depth_refiner` makes one."""

    network: DepthNetwork

    def refine(
        self, poses: npt.ArrayLike, visibility: npt.ArrayLike | None, image: npt.ArrayLike | None
    ) -> DepthRefinement:
        """Correct the depth of a trial.

        Parameters
        ----------
        poses : array_like, shape (T, 17, 3)
            Metres, COCO's order; origin mid-hip, y up, z away from the camera.
        visibility : array_like, shape (T, 17), or None
            0 to 1; None means that all keypoints were seen.
        image : array_like, shape (T, 17, 2)
            The same keypoints in the picture, as fractions of its width (from the left) and height (from the top).

        Raises
        ------
        ValueError
            An array does not have its shape, or `image` is None: the network cannot do without the 2D pose.
        """
        if image is None:
            raise ValueError("The depth network needs the 2D pose: image must have the shape (T, 17, 2), not be None")
        pose = _as_frames("poses", poses, (17, 3))
        seen = _as_visibility(visibility, 17, len(pose))
        scale = torso_scale(pose)
        unit = scale[:, None, None]
        out = _compute_frames(self.network, (pose / unit, seen, _as_frames("image", image, (17, 2), len(pose))))
        return DepthRefinement(refined=pose + out.delta * unit, scale=scale, **out._asdict())


def load_depth_refiner(path: Path | None = None) -> DepthRefiner:
    """Load the depth network.

    Parameters
    ----------
    path : Path, optional
        A ``best_depth_model.pth``; None asks the resolver for the model ``depth``, which fetches it on first use.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a depth network.
    """
    return DepthRefiner(load_network("depth", path, plan_depth_network, DepthNetwork))


@dataclass(frozen=True, eq=False)
class JointRefinement:
    """Output of the joint network for T frames; float32. A frame with NaN in its input is NaN."""

    refined: FloatArray
    """Shape (T, 12, 3): the angles, degrees."""
    delta: FloatArray
    """Shape (T, 12, 3): the correction, included in `refined`, degrees."""


@dataclass(frozen=True, eq=False, repr=False)
class JointRefiner:
    """A loaded joint network; :func:`load_joint_refiner` makes one."""

    network: JointNetwork

    def refine(self, angles: npt.ArrayLike, visibility: npt.ArrayLike | None) -> JointRefinement:
        """Correct the joint angles of a trial, without limits and without wrapping.

        Parameters
        ----------
        angles : array_like, shape (T, 12, 3)
            Flexion, abduction and rotation in degrees of the joints in the order of
            :data:`~humanpose3d.loaders.networks.coco.JOINT_ANGLES`.
        visibility : array_like, shape (T, 12), or None
            Of each joint, 0 to 1, the lowest among the keypoints in
            :data:`~humanpose3d.loaders.networks.coco.VISIBILITY_SOURCES`. The network was trained with it; None
            leaves it out, which is not the same as ones.

        Raises
        ------
        ValueError
            An array does not have its shape.
        """
        given = _as_frames("angles", angles, (12, 3))
        seen = None if visibility is None else _as_visibility(visibility, 12, len(given))
        delta = _compute_frames(self.network, (given, seen)).delta
        return JointRefinement(refined=given + delta, delta=delta)


def load_joint_refiner(path: Path | None = None) -> JointRefiner:
    """Load the joint network: ``best_joint_model.pth``, the model ``joint``; as :func:`load_depth_refiner`."""
    return JointRefiner(load_network("joint", path, plan_joint_network, JointNetwork))


@dataclass(frozen=True, eq=False)
class MainRefinement:
    """Output of the refiner for T frames; float32. A frame with NaN in its input is NaN."""

    refined: FloatArray
    """Shape (T, 17, 3): the poses, metres, in the axes and about the origin of the input."""
    depth_weights: FloatArray
    """Shape (T, 17): the share of the depth network's correction; the three weights add up to 1."""
    joint_weights: FloatArray
    """Shape (T, 17): the share of no correction."""
    residual_weights: FloatArray
    """Shape (T, 17): the share of the refiner's own correction."""
    confidence: FloatArray
    """Shape (T, 17): 0 to 1."""


@dataclass(frozen=True, eq=False, repr=False)
class MainRefiner:
    """A loaded refiner; :func:`load_main_refiner` makes one."""

    network: RefinerNetwork

    def refine(self, poses: npt.ArrayLike, visibility: npt.ArrayLike | None, depth: DepthRefinement) -> MainRefinement:
        """Weight the depth network's correction of a trial and add to it.

        The joint network's outputs, which the refiner has inputs for, are taken as zero: they always were in
        training.

        Parameters
        ----------
        poses : array_like, shape (T, 17, 3)
            The poses that the depth network was given: metres, y up, z away from the camera.
        visibility : array_like, shape (T, 17), or None
            0 to 1; None means that all keypoints were seen.
        depth : DepthRefinement
            Output of :meth:`DepthRefiner.refine` for these poses.

        Raises
        ------
        ValueError
            An array does not have its shape.
        """
        pose = _as_frames("poses", poses, (17, 3), len(depth.delta))
        seen = _as_visibility(visibility, 17, len(pose))
        origin, unit = mid_hip(pose), depth.scale[:, None, None]
        said = (depth.delta, depth.confidence, depth.limb_directions, depth.azimuth, depth.elevation)
        out = _compute_frames(self.network, ((pose - origin) / unit, seen, *said))
        return MainRefinement(**{**out._asdict(), "refined": out.refined * unit + origin})


def load_main_refiner(path: Path | None = None) -> MainRefiner:
    """Load the refiner: ``best_main_refiner.pth``, the model ``refiner``; as :func:`load_depth_refiner`."""
    return MainRefiner(load_network("refiner", path, plan_refiner_network, RefinerNetwork))


def _as_frames(name: str, values: npt.ArrayLike, shape: tuple[int, ...], frames: int | None = None) -> FloatArray:
    """Return `values` as float32 without gaps, or raise ValueError if they are not `frames` arrays of one shape."""
    array = np.ascontiguousarray(values, np.float32)
    if array.ndim != 1 + len(shape) or array.shape[1:] != shape or (frames is not None and len(array) != frames):
        wanted = ", ".join(map(str, ("T" if frames is None else frames, *shape)))
        raise ValueError(f"{name} must have the shape ({wanted}{',' if not shape else ''}), not {np.shape(values)}")
    return array


def _as_visibility(values: npt.ArrayLike | None, keypoints: int, frames: int) -> FloatArray:
    """Return visibilities, shape (T, keypoints); None means that all keypoints were seen."""
    if values is None:
        return np.ones((frames, keypoints), np.float32)
    return _as_frames("visibility", values, (keypoints,), frames)


def _compute_frames(network: Callable[..., Output], inputs: Sequence[FloatArray | None]) -> Output:
    """Return the output of a network for all frames, computed in batches, so that memory stays bounded.

    The network takes `inputs`, whose first axis is frames, or None; it returns a named tuple of such.
    """
    frames = next(len(array) for array in inputs if array is not None)
    parts = [slice(start, start + _FRAMES_AT_A_TIME) for start in range(0, max(frames, 1), _FRAMES_AT_A_TIME)]

    def compute(part: slice) -> Output:
        with np.errstate(all="ignore"):  # a frame with NaN or infinite input is NaN, without a warning
            return network(*(None if array is None else array[part] for array in inputs))

    results = map_in_threads(compute, parts)
    joined: Any = (None if outputs[0] is None else np.concatenate(outputs) for outputs in zip(*results, strict=True))
    return type(results[0])(*joined)
