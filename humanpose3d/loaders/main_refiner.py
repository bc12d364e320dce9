"""The main refiner: combine the poses of a trial and the depth network's output to the final poses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from humanpose3d.errors import explained_imports
from humanpose3d.loaders.networks.coco import FloatArray, mid_hip
from humanpose3d.loaders.networks.frames import as_frames, as_visibility, compute_frames

if TYPE_CHECKING:
    from humanpose3d.loaders.depth_refiner import DepthRefinement
    from humanpose3d.loaders.networks.refiner_network import RefinerNetwork

__all__ = ["MainRefinement", "MainRefiner", "load_main_refiner"]


@dataclass(frozen=True, eq=False)
class MainRefinement:
    """Output of the refiner for T frames; float32. A frame with NaN in its input is NaN.

    Attributes
    ----------
    refined : ndarray, shape (T, 17, 3)
        The poses, metres, in the axes and about the origin of the input.
    depth_weights, joint_weights, residual_weights : ndarray, shape (T, 17)
        Shares of the depth network's correction, of no correction, and of the refiner's own; they add up to 1.
    confidence : ndarray, shape (T, 17)
        0 to 1.
    """

    refined: FloatArray
    depth_weights: FloatArray
    joint_weights: FloatArray
    residual_weights: FloatArray
    confidence: FloatArray


class MainRefiner:
    """A loaded refiner; :func:`load_main_refiner` makes one."""

    def __init__(self, network: RefinerNetwork) -> None:
        self._network = network

    def refine(self, poses: npt.ArrayLike, visibility: npt.ArrayLike | None, depth: DepthRefinement) -> MainRefinement:
        """Weight the depth network's correction of a trial and add to it, each frame independently.

        The joint network's outputs, which the refiner has inputs for, are taken as zero: they always were in
        training.

        Parameters
        ----------
        poses : array_like, shape (T, 17, 3)
            The poses that the depth network was given: metres, y up, z away from the camera.
        visibility : array_like, shape (T, 17), or None
            0 to 1; None means that all keypoints were seen.
        depth : DepthRefinement
            Output of :meth:`.DepthRefiner.refine` for these poses.

        Raises
        ------
        ValueError
            An array does not have its shape.
        """
        pose = as_frames("poses", poses, (17, 3), len(depth.delta))
        seen = as_visibility(visibility, 17, len(pose))
        origin, unit = mid_hip(pose), depth.scale[:, None, None]
        said = (depth.delta, depth.confidence, depth.limb_directions, depth.azimuth, depth.elevation)
        out = compute_frames(self._network, ((pose - origin) / unit, seen, *said))
        return MainRefinement(
            refined=out.refined * unit + origin,
            depth_weights=out.depth_weights,
            joint_weights=out.joint_weights,
            residual_weights=out.residual_weights,
            confidence=out.confidence,
        )


def load_main_refiner(path: Path | None = None) -> MainRefiner:
    """Load the refiner.

    Parameters
    ----------
    path : Path, optional
        A ``best_main_refiner.pth``; None asks the resolver for the model ``refiner``, which fetches it on first use.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a refiner.
    LoaderError
        A Python package is not installed.
    """
    with explained_imports("numpy"):
        from humanpose3d.loaders.checkpoint import load_network
        from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, plan_refiner_network

    return MainRefiner(load_network("refiner", path, plan_refiner_network, RefinerNetwork.read))
