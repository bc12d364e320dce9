"""The joint refiner: correct the joint angles of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from humanpose3d.errors import explained_imports
from humanpose3d.loaders.networks.coco import FloatArray
from humanpose3d.loaders.networks.frames import as_frames, compute_frames

if TYPE_CHECKING:
    from humanpose3d.loaders.networks.joint_network import JointNetwork

__all__ = ["JointRefinement", "JointRefiner", "load_joint_refiner"]


@dataclass(frozen=True, eq=False)
class JointRefinement:
    """Output of the joint network for T frames; float32. A frame with NaN in its input is NaN.

    Attributes
    ----------
    refined : ndarray, shape (T, 12, 3)
        The angles, degrees.
    delta : ndarray, shape (T, 12, 3)
        The correction, included in `refined`, degrees.
    """

    refined: FloatArray
    delta: FloatArray


class JointRefiner:
    """A loaded joint network; :func:`load_joint_refiner` makes one."""

    def __init__(self, network: JointNetwork) -> None:
        self._network = network

    def refine(self, angles: npt.ArrayLike, visibility: npt.ArrayLike | None) -> JointRefinement:
        """Correct the joint angles of a trial, each frame independently, without limits and without wrapping.

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
        delta = compute_frames(self._network, (given, seen)).delta
        return JointRefinement(refined=given + delta, delta=delta)


def load_joint_refiner(path: Path | None = None) -> JointRefiner:
    """Load the joint network.

    Parameters
    ----------
    path : Path, optional
        A ``best_joint_model.pth``; None asks the resolver for the model ``joint``, which fetches it on first use.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, damaged, or would run code.
    ModelLoadError
        It cannot be read, or is not the checkpoint of a joint network.
    LoaderError
        A Python package is not installed.
    """
    with explained_imports("numpy"):
        from humanpose3d.loaders.checkpoint import load_network
        from humanpose3d.loaders.networks.joint_network import JointNetwork, plan_joint_network

    return JointRefiner(load_network("joint", path, plan_joint_network, JointNetwork.read))
