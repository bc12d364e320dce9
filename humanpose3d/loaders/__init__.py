"""One loader for each neural model; each asks the resolver for a path and nothing else.

Names are imported on first use (PEP 562): ``import humanpose3d.loaders`` loads no heavy library, and
neither does naming a loader; only calling one does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humanpose3d.loaders.pose_landmarker import PoseDetection, PoseLandmarker, load_pose_landmarker

__all__ = ["PoseDetection", "PoseLandmarker", "load_pose_landmarker"]

_MODULE_OF = {
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
