"""One loader for each neural model. A loader asks the resolver for a path and never fetches anything itself.

:mod:`.depth_refiner`, :mod:`.joint_refiner` and :mod:`.main_refiner` compute with :mod:`.networks`, whose files
:mod:`.checkpoint` reads. :mod:`.gru` makes a :mod:`.motion_model` or a :mod:`.marker_augmenter` of ``GRU.h5`` with
:mod:`.keras`; :mod:`.pose2sim` finds another marker augmenter. :mod:`.pose_landmarker` is MediaPipe's.

Names are imported on first use (PEP 562): ``import humanpose3d.loaders`` loads no heavy library, and
neither does naming a loader; only calling one does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humanpose3d.loaders.depth_refiner import DepthRefinement, DepthRefiner, load_depth_refiner
    from humanpose3d.loaders.gru import UnsupportedModelError, load_gru
    from humanpose3d.loaders.joint_refiner import JointRefinement, JointRefiner, load_joint_refiner
    from humanpose3d.loaders.main_refiner import MainRefinement, MainRefiner, load_main_refiner
    from humanpose3d.loaders.marker_augmenter import MarkerAugmenter
    from humanpose3d.loaders.motion_model import MotionModel
    from humanpose3d.loaders.pose2sim import load_pose2sim_augmenter
    from humanpose3d.loaders.pose_landmarker import PoseDetection, PoseLandmarker, load_pose_landmarker

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
    "PoseLandmarker",
    "UnsupportedModelError",
    "load_depth_refiner",
    "load_gru",
    "load_joint_refiner",
    "load_main_refiner",
    "load_pose2sim_augmenter",
    "load_pose_landmarker",
]

_MODULE_OF = {
    "DepthRefinement": "depth_refiner",
    "DepthRefiner": "depth_refiner",
    "load_depth_refiner": "depth_refiner",
    "JointRefinement": "joint_refiner",
    "JointRefiner": "joint_refiner",
    "load_joint_refiner": "joint_refiner",
    "MainRefinement": "main_refiner",
    "MainRefiner": "main_refiner",
    "load_main_refiner": "main_refiner",
    "MarkerAugmenter": "marker_augmenter",
    "MotionModel": "motion_model",
    "UnsupportedModelError": "gru",
    "load_gru": "gru",
    "load_pose2sim_augmenter": "pose2sim",
    "PoseDetection": "pose_landmarker",
    "PoseLandmarker": "pose_landmarker",
    "load_pose_landmarker": "pose_landmarker",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
