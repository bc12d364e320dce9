"""The depth refiner: a whole trial of 3D poses in, poses with better depth out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders._torch import as_frames, choose_device, require_device, run_in_batches
from humanpose3d.loaders.networks.coco import LIMBS, FloatArray, torso_scale

if TYPE_CHECKING:
    import torch

    from humanpose3d.loaders.networks.depth_network import DepthNetwork

__all__ = ["DepthRefinement", "DepthRefiner", "load_depth_refiner"]


@dataclass(frozen=True, eq=False)
class DepthRefinement:
    """What the depth network says of T frames; float32. A frame whose input has a NaN is NaN, save its `scale`.

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
        Length of the trunk in metres; 1 where it is no plausible one.
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

    def __init__(self, network: DepthNetwork, device: torch.device) -> None:
        self._network = network.to(device)
        self._device = device

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda`` or ``mps``."""
        return self._device.type

    def refine(
        self,
        poses: npt.ArrayLike,
        visibility: npt.ArrayLike | None,
        image: npt.ArrayLike | None,
    ) -> DepthRefinement:
        """Correct the depth of a trial; each frame for itself.

        Parameters
        ----------
        poses : array_like, shape (T, 17, 3)
            Metres, COCO's order; origin mid-hip, y up, z away from the camera.
        visibility : array_like, shape (T, 17), or None
            0 to 1; None means that all was seen.
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
        frames = len(pose)
        seen = np.ones(pose.shape[:2], np.float32) if visibility is None else visibility
        seen = as_frames("visibility", seen, (17,), frames)
        scale = torso_scale(pose)
        unit = scale[:, None, None]
        out = run_in_batches(
            self._network, (pose / unit, seen, as_frames("image", image, (17, 2), frames)), self._device
        )
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


def load_depth_refiner(path: Path | None = None, *, device: str = "auto") -> DepthRefiner:
    """Load the depth network.

    Parameters
    ----------
    path : Path, optional
        A ``best_depth_model.pth``; None asks the resolver for the model ``depth``, which fetches it on first use.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute; "auto" takes CUDA where there is one, else the processor.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a depth network.
    LoaderError
        There is no such device, or torch is not installed.
    """
    require_device(device)
    from humanpose3d.loaders.checkpoint import CheckpointFile, load_network

    file = CheckpointFile.open("depth", path)
    chosen = choose_device(device)
    from humanpose3d.loaders.networks.depth_network import DepthNetwork, plan_depth_network

    parents, children = zip(*LIMBS, strict=True)
    constants = {"limb_predictor.parent_indices": parents, "limb_predictor.child_indices": children}
    return DepthRefiner(load_network(file, plan_depth_network, DepthNetwork, constants), chosen)
