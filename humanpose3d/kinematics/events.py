"""Classify the movement of a trial as walking, repeated or other; find its events and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.mid_hip.numbers import hip_numbers
from humanpose3d.kinematics.quantities import NotMeasured, Quantity, of_unknown_scale
from humanpose3d.kinematics.repetitions import Repetition, find_repetitions
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import longest_part
from humanpose3d.kinematics.validity.bands import Bands, measured_bands
from humanpose3d.kinematics.validity.sides import SURE, Sides
from humanpose3d.kinematics.validity.spreads import Spreads
from humanpose3d.kinematics.view import View, view_of
from humanpose3d.kinematics.walking.gait import HeelStrike, ToeOff, find_gait
from humanpose3d.kinematics.walking.numbers import gait_numbers

__all__ = ["Movement", "analyse_movement"]


@dataclass(frozen=True)
class Movement:
    """The movement of a trial."""

    kind: Literal["walking", "repeated", "other"]
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why it was not taken for each of the other two kinds, one sentence each."""
    numbers: Mapping[str, Quantity] = field(default_factory=dict)
    """Of walking, see :func:`~humanpose3d.kinematics.walking.numbers.gait_numbers`; else of jumps, sitting and standing
    still, see :func:`~humanpose3d.kinematics.mid_hip.numbers.hip_numbers`."""
    heel_strikes: tuple[HeelStrike, ...] = ()
    toe_offs: tuple[ToeOff, ...] = ()
    repetitions: tuple[Repetition, ...] = ()
    leading: str = ""
    """The angle by which repetitions were told apart."""
    on_belt: bool | None = None
    """Whether a person who walks stays in place, as on a treadmill; None of other movements."""
    view: View | None = None
    lens: str = ""
    """Source of the focal length, ``given``, ``metadata`` or ``assumed``; nothing where it was estimated."""
    height_known: bool = True
    """Whether the person's height was given; else lengths and speeds are those of an average body."""
    sides: Sides = SURE
    """How surely left and right were told apart."""
    spreads: Spreads = field(default_factory=dict)
    """How uncertain the depth prior was of each limb."""
    camera_moves: bool = False
    """Whether the camera moves so that the way of the person cannot be told."""

    def scaled(self, numbers: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
        """Return numbers with the uncertainty of the scale, where the height is not known."""
        return numbers if self.height_known else of_unknown_scale(numbers)


def analyse_movement(
    names: Sequence[str],
    positions: FloatArray,
    angles: JointAngles,
    *,
    bands: Bands | None = None,
    cuts: Sequence[float] = (),
    lens: str = "",
    height_known: bool = True,
    sides: Sides = SURE,
    spreads: Spreads | None = None,
    camera_moves: bool = False,
) -> Movement:
    """Classify the movement of a trial, and measure it.

    Walking is tried first, because walking is repeated too; then repeated movement. What fits neither of the two
    rules (see :func:`~humanpose3d.kinematics.walking.gait.find_gait` and
    :func:`~humanpose3d.kinematics.repetitions.find_repetitions`) is ``other``, and nothing is counted. Of a video that
    was cut, only the longest part is looked at: what comes before a cut and after it need not be one movement.

    Parameters
    ----------
    names : sequence of M str
        Markers; the body markers of shoulders, hips, knees, ankles, heels and toes are used.
    positions : ndarray, shape (T, M, 3)
        Metres, x to the camera's right, y up, z towards the camera, at `angles.times`.
    angles : JointAngles
    bands : Bands, optional
        Uncertainties; by default those measured.
    cuts : sequence of float
        Times of the first frames after a cut of the video, in seconds.
    lens : str
    height_known : bool
    sides : Sides
    spreads : mapping
    camera_moves : bool
        As of :class:`Movement`.
    """
    bands = bands or measured_bands()
    part = longest_part(angles.times, cuts)
    angles = replace(angles, times=angles.times[part], degrees=angles.degrees[part])
    positions = positions[part]
    markers = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    view = view_of(markers)
    plain = Movement(
        "other",
        view=view,
        lens=lens,
        height_known=height_known,
        sides=sides,
        spreads=spreads or {},
        camera_moves=camera_moves,
    )
    gait = find_gait(angles.times, markers)
    if not isinstance(gait, NotMeasured):
        numbers = gait_numbers(gait, view, bands, lens=lens, sides=sides, spreads=spreads, camera_moves=camera_moves)
        return replace(
            plain,
            kind="walking",
            numbers=plain.scaled(numbers),
            heel_strikes=gait.heel_strikes,
            toe_offs=gait.toe_offs,
            on_belt=gait.prints.on_belt,
        )
    plain = replace(
        plain, numbers=plain.scaled(hip_numbers(angles.times, markers, view, bands.during("other", spreads)))
    )
    found = find_repetitions(angles, bands.ranges(view))
    if isinstance(found, NotMeasured):
        return replace(plain, reasons={"walking": gait.reason, "repeated": found.reason})
    return replace(
        plain,
        kind="repeated",
        reasons={"walking": gait.reason},
        repetitions=found.each,
        leading=found.leading,
    )
