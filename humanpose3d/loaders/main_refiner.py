"""The main refiner: a trial and what the depth network says of it in, the final poses out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders._torch import as_frames, choose_device, require_device, run_in_batches
from humanpose3d.loaders.networks.coco import FloatArray, mid_hip

if TYPE_CHECKING:
    import torch

    from humanpose3d.loaders.depth_refiner import DepthRefinement
    from humanpose3d.loaders.networks.refiner_network import RefinerNetwork

__all__ = ["MainRefinement", "MainRefiner", "load_main_refiner"]


@dataclass(frozen=True, eq=False)
class MainRefinement:
    """What the refiner says of T frames; float32. A frame whose input has a NaN is NaN.

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

    def __init__(self, network: RefinerNetwork, device: torch.device) -> None:
        self._network = network.to(device)
        self._device = device

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda`` or ``mps``."""
        return self._device.type

    def refine(self, poses: npt.ArrayLike, visibility: npt.ArrayLike | None, depth: DepthRefinement) -> MainRefinement:
        """Weigh the depth network's correction of a trial and add to it; each frame for itself.

        The joint network's outputs, which the refiner has inputs for, are taken as zero: they always were in
        training.

        Parameters
        ----------
        poses : array_like, shape (T, 17, 3)
            The poses that the depth network was given: metres, y up, z away from the camera.
        visibility : array_like, shape (T, 17), or None
            0 to 1; None means that all was seen.
        depth : DepthRefinement
            What :meth:`.DepthRefiner.refine` made of them.

        Raises
        ------
        ValueError
            An array does not have its shape.
        """
        pose = as_frames("poses", poses, (17, 3), len(depth.delta))
        seen = np.ones(pose.shape[:2], np.float32) if visibility is None else visibility
        seen = as_frames("visibility", seen, (17,), len(pose))
        origin, unit = mid_hip(pose), depth.scale[:, None, None]
        said = (depth.delta, depth.confidence, depth.limb_directions, depth.azimuth, depth.elevation)
        out = run_in_batches(self._network, ((pose - origin) / unit, seen, *said), self._device)
        return MainRefinement(
            refined=out.refined * unit + origin,
            depth_weights=out.depth_weights,
            joint_weights=out.joint_weights,
            residual_weights=out.residual_weights,
            confidence=out.confidence,
        )


def load_main_refiner(path: Path | None = None, *, device: str = "auto") -> MainRefiner:
    """Load the refiner.

    Parameters
    ----------
    path : Path, optional
        A ``best_main_refiner.pth``; None asks the resolver for the model ``refiner``, which fetches it on first use.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute; "auto" takes CUDA where there is one, else the processor.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a refiner.
    LoaderError
        There is no such device, or torch is not installed.
    """
    require_device(device)
    from humanpose3d.loaders.checkpoint import CheckpointFile, load_network

    file = CheckpointFile.open("refiner", path)
    chosen = choose_device(device)
    from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, plan_refiner_network

    return MainRefiner(load_network(file, plan_refiner_network, RefinerNetwork), chosen)
