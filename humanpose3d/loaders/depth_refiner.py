"""The depth refiner: correct the depth of the 3D poses of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from humanpose3d.errors import explained_imports
from humanpose3d.loaders.networks.coco import FloatArray, torso_scale
from humanpose3d.loaders.networks.frames import as_frames, as_visibility, compute_frames

if TYPE_CHECKING:
    from humanpose3d.loaders.networks.depth_network import DepthNetwork

__all__ = ["DepthRefinement", "DepthRefiner", "load_depth_refiner"]


@dataclass(frozen=True, eq=False)
class DepthRefinement:
    """Output of the depth network for T frames; float32. A frame with NaN in its input is NaN, except its `scale`.

    Attributes
    ----------
    refined : ndarray, shape (T, 17, 3)
        The poses, metres, in the axes of the input.
    delta : ndarray, shape (T, 17, 3)
        The correction in units of `scale`: ``refined = poses + delta * scale``.
    azimuth : ndarray, shape (T,)
        Predicted direction of view around the person, degrees, 0 to 360.
    elevation : ndarray, shape (T,)
        Predicted direction of view above the horizontal, degrees, -30 to 30.
    limb_directions : ndarray, shape (T, 14, 3), or None
        Unit vectors from parent to child of :data:`~humanpose3d.loaders.networks.coco.LIMBS`; None where the model
        does not predict them.
    torso_lengths : ndarray, shape (T, 4)
        Shoulder width, hip width, left and right side of the trunk, in units of `scale`.
    confidence : ndarray, shape (T, 17)
        0 to 1.
    scale : ndarray, shape (T,)
        Length of the trunk in metres; 1 where it is implausible.
    """

    refined: FloatArray
    delta: FloatArray
    azimuth: FloatArray
    elevation: FloatArray
    limb_directions: FloatArray | None
    torso_lengths: FloatArray
    confidence: FloatArray
    scale: FloatArray


class DepthRefiner:
    """A loaded depth network; :func:`load_depth_refiner` makes one."""

    def __init__(self, network: DepthNetwork) -> None:
        self._network = network

    def refine(
        self,
        poses: npt.ArrayLike,
        visibility: npt.ArrayLike | None,
        image: npt.ArrayLike | None,
    ) -> DepthRefinement:
        """Correct the depth of a trial, each frame independently.

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
        pose = as_frames("poses", poses, (17, 3))
        seen = as_visibility(visibility, 17, len(pose))
        scale = torso_scale(pose)
        unit = scale[:, None, None]
        out = compute_frames(self._network, (pose / unit, seen, as_frames("image", image, (17, 2), len(pose))))
        return DepthRefinement(
            refined=pose + out.delta * unit,
            delta=out.delta,
            azimuth=out.azimuth,
            elevation=out.elevation,
            limb_directions=out.limb_directions,
            torso_lengths=out.torso_lengths,
            confidence=out.confidence,
            scale=scale,
        )


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
    LoaderError
        A Python package is not installed.
    """
    with explained_imports("numpy"):
        from humanpose3d.loaders.checkpoint import load_network
        from humanpose3d.loaders.networks.depth_network import DepthNetwork, plan_depth_network

    return DepthRefiner(load_network("depth", path, plan_depth_network, DepthNetwork.read))
