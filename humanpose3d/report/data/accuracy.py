"""Standard uncertainties of joint angles, measured against a multi-camera reference."""

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.report.data.content import FloatArray

__all__ = ["AngleErrors", "measured_angle_errors"]


@dataclass(frozen=True, eq=False)
class AngleErrors:
    """Standard uncertainties of angles.

    Attributes
    ----------
    degrees : ndarray, shape (12, 3)
        By joint, and flexion, abduction and rotation; NaN where it was not measured.
    source : str
        Where they come from.
    """

    degrees: FloatArray
    source: str


def measured_angle_errors() -> AngleErrors:
    """Return what ``benchmarks/accuracy.py --write`` measured: the angles between limbs, which are flexions."""
    measured = json.loads((files("humanpose3d.report") / "assets" / "angle_errors.json").read_text(encoding="utf-8"))
    degrees = np.full((len(JOINT_NAMES), len(ANGLE_NAMES)), np.nan)
    for i, joint in enumerate(JOINT_NAMES):
        degrees[i, ANGLE_NAMES.index("flex")] = measured["flex_rmse_deg"].get(joint.partition("_")[0], np.nan)
    return AngleErrors(degrees, measured["source"])
