"""The joint refiner: a whole trial of joint angles in, better ones out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from humanpose3d.loaders._torch import as_frames, choose_device, require_device, run_in_batches
from humanpose3d.loaders.networks.coco import FloatArray

if TYPE_CHECKING:
    import torch

    from humanpose3d.loaders.networks.joint_network import JointNetwork

__all__ = ["JointRefinement", "JointRefiner", "load_joint_refiner"]


@dataclass(frozen=True, eq=False)
class JointRefinement:
    """What the joint network says of T frames; float32. A frame whose input has a NaN is NaN.

    Attributes
    ----------
    refined : ndarray, shape (T, 12, 3)
        The angles, degrees.
    delta : ndarray, shape (T, 12, 3)
        The correction in them, degrees.
    """

    refined: FloatArray
    delta: FloatArray


class JointRefiner:
    """A loaded joint network; :func:`load_joint_refiner` makes one."""

    def __init__(self, network: JointNetwork, device: torch.device) -> None:
        self._network = network.to(device)
        self._device = device

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda`` or ``mps``."""
        return self._device.type

    def refine(self, angles: npt.ArrayLike, visibility: npt.ArrayLike | None) -> JointRefinement:
        """Correct the joint angles of a trial; each frame for itself, without limits and without wrapping.

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
        given = as_frames("angles", angles, (12, 3))
        seen = None if visibility is None else as_frames("visibility", visibility, (12,), len(given))
        delta = run_in_batches(self._network, (given, seen), self._device).delta
        return JointRefinement(refined=given + delta, delta=delta)


def load_joint_refiner(path: Path | None = None, *, device: str = "auto") -> JointRefiner:
    """Load the joint network.

    Parameters
    ----------
    path : Path, optional
        A ``best_joint_model.pth``; None asks the resolver for the model ``joint``, which fetches it on first use.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute; "auto" takes CUDA where there is one, else the processor.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a joint network.
    LoaderError
        There is no such device, or torch is not installed.
    """
    require_device(device)
    from humanpose3d.loaders.checkpoint import CheckpointFile, load_network

    file = CheckpointFile.open("joint", path)
    chosen = choose_device(device)
    from humanpose3d.loaders.networks.joint_network import JointNetwork, plan_joint_network

    return JointRefiner(load_network(file, plan_joint_network, JointNetwork), chosen)
