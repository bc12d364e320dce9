"""One loader for each neural model. A loader asks the resolver for a path and never fetches anything itself.

The :mod:`.refiners` compute with :mod:`.networks`, whose files :mod:`.checkpoint` reads. :mod:`.gru` makes a
:mod:`.motion_model` or a :mod:`.marker_augmenter` of ``GRU.h5`` with :mod:`.keras`; :mod:`.pose2sim` finds another
marker augmenter. :mod:`.pose_landmarker` is MediaPipe's.

Names are imported on first use (PEP 562): ``import humanpose3d.loaders`` loads no heavy library, and
neither does naming a loader; only calling one does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humanpose3d.loaders.gru import UnsupportedModelError, load_gru
    from humanpose3d.loaders.marker_augmenter import MarkerAugmenter
    from humanpose3d.loaders.motion_model import MotionModel
    from humanpose3d.loaders.pose2sim import load_pose2sim_augmenter
    from humanpose3d.loaders.pose_landmarker import (
        PoseDetection,
        PoseFinder,
        PoseLandmarker,
        load_pose_finder,
        load_pose_landmarker,
    )
    from humanpose3d.loaders.refiners import (
        DepthRefinement,
        DepthRefiner,
        JointRefinement,
        JointRefiner,
        MainRefinement,
        MainRefiner,
        load_depth_refiner,
        load_joint_refiner,
        load_main_refiner,
    )

__all__ = [
    "DepthRefinement",
    "DepthRefiner",
    "JointRefinement",
    "JointRefiner",
    "MainRefinement",
    "MainRefiner",
    "MarkerAugmenter",
    "MotionModel",
    "PoseDetection",
    "PoseFinder",
    "PoseLandmarker",
    "UnsupportedModelError",
    "load_depth_refiner",
    "load_gru",
    "load_joint_refiner",
    "load_main_refiner",
    "load_pose2sim_augmenter",
    "load_pose_finder",
    "load_pose_landmarker",
]

_MODULE_OF = {
    "MarkerAugmenter": "marker_augmenter",
    "MotionModel": "motion_model",
    "UnsupportedModelError": "gru",
    "load_gru": "gru",
    "load_pose2sim_augmenter": "pose2sim",
    **dict.fromkeys(
        ("PoseDetection", "PoseFinder", "PoseLandmarker", "load_pose_finder", "load_pose_landmarker"), "pose_landmarker"
    ),
}
"""All that is not in :mod:`.refiners`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, 'refiners')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
