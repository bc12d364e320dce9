"""From raw landmarks to movement: one pure function for each step; the module ``process`` takes them in order.

Names are imported on first use (PEP 562), so that the settings can be had without NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humanpose3d.pipeline.signals.bone_lengths import constant_bones
    from humanpose3d.pipeline.signals.gaps import fill_gaps
    from humanpose3d.pipeline.signals.identity import follow_person, torso_colour
    from humanpose3d.pipeline.signals.mirrored import average_with_mirrored, unmirrored
    from humanpose3d.pipeline.signals.outliers import remove_outliers
    from humanpose3d.pipeline.signals.process import SignalReport
    from humanpose3d.pipeline.signals.reprojection import reproject
    from humanpose3d.pipeline.signals.scale import scale_to_height
    from humanpose3d.pipeline.signals.settings import SignalSettings
    from humanpose3d.pipeline.signals.smoothing import smooth
    from humanpose3d.pipeline.signals.swap_repair import repair_swaps
    from humanpose3d.pipeline.signals.upright import stand_upright

__all__ = [
    "SignalReport",
    "SignalSettings",
    "average_with_mirrored",
    "constant_bones",
    "fill_gaps",
    "follow_person",
    "remove_outliers",
    "repair_swaps",
    "reproject",
    "scale_to_height",
    "smooth",
    "stand_upright",
    "torso_colour",
    "unmirrored",
]

_MODULE_OF = {
    "SignalReport": "process",
    "SignalSettings": "settings",
    "average_with_mirrored": "mirrored",
    "constant_bones": "bone_lengths",
    "fill_gaps": "gaps",
    "follow_person": "identity",
    "remove_outliers": "outliers",
    "repair_swaps": "swap_repair",
    "reproject": "reprojection",
    "scale_to_height": "scale",
    "smooth": "smoothing",
    "stand_upright": "upright",
    "torso_colour": "identity",
    "unmirrored": "mirrored",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
