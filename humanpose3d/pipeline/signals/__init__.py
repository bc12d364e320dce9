"""Signal processing of landmarks: one pure function for each step, called in order by :mod:`.process`.

This folder never uses a network or a video. Names are imported on first use (PEP 562), so that importing the
settings does not import NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humanpose3d.pipeline.signals.filtering.gaps import fill_gaps
    from humanpose3d.pipeline.signals.filtering.outliers import remove_outliers
    from humanpose3d.pipeline.signals.filtering.smoothing import smooth
    from humanpose3d.pipeline.signals.fit.bone_lengths import constant_bones
    from humanpose3d.pipeline.signals.fit.reprojection import reproject
    from humanpose3d.pipeline.signals.identity.left_right import repair_swaps
    from humanpose3d.pipeline.signals.identity.person import follow_person, torso_colour
    from humanpose3d.pipeline.signals.mirrored import average_with_mirrored, unmirrored
    from humanpose3d.pipeline.signals.process import SignalReport
    from humanpose3d.pipeline.signals.scale import scale_to_height
    from humanpose3d.pipeline.signals.settings import SignalSettings
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
    "constant_bones": "fit.bone_lengths",
    "fill_gaps": "filtering.gaps",
    "follow_person": "identity.person",
    "remove_outliers": "filtering.outliers",
    "repair_swaps": "identity.left_right",
    "reproject": "fit.reprojection",
    "scale_to_height": "scale",
    "smooth": "filtering.smoothing",
    "stand_upright": "upright",
    "torso_colour": "identity.person",
    "unmirrored": "mirrored",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
