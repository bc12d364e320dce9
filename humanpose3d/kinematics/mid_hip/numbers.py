"""Numbers of jumps, of sitting and of standing still, each with its uncertainty or the reason why it is missing."""

from collections.abc import Mapping

from humanpose3d.kinematics.mid_hip.jumps import find_jumps
from humanpose3d.kinematics.mid_hip.posture import Posture, posture_of
from humanpose3d.kinematics.mid_hip.seats import find_seat
from humanpose3d.kinematics.mid_hip.sway import SHORTEST_S, find_sway
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.validity.bands import Bands
from humanpose3d.kinematics.view import View

__all__ = ["HIP_NUMBERS", "hip_numbers"]

HIP_NUMBERS = ("jump_height_hips", "jump_height_flight", "seat_height", "seat_rise", "sway_ap", "sway_ml")


def hip_numbers(
    times: FloatArray,
    markers: Mapping[str, FloatArray],
    view: View | None,
    bands: Bands,
    shortest_stand: float = SHORTEST_S,
) -> dict[str, Quantity]:
    """Return what of :data:`HIP_NUMBERS` happens: nothing of a jump where nobody jumps.

    ``jump_height_hips`` and ``jump_height_flight`` are of the highest jump, by the hips and by the time in the air;
    ``seat_height`` is that of mid-hip above the floor and ``seat_rise`` from there to standing, all in metres;
    ``sway_ap`` and ``sway_ml`` are forward and back, and sideways, in millimetres.

    Parameters
    ----------
    times : ndarray, shape (T,)
    markers : mapping of str to ndarray, shape (T, 3)
        Body markers in the world, metres, y up.
    view : View, optional
    bands : Bands
    shortest_stand : float
        Seconds; sway is that of a longer time.
    """
    posture = posture_of(times, markers)
    found = {} if posture is None else _values(posture, shortest_stand)
    return {name: _quantity(name, value, view, bands) for name, value in found.items()}


def _values(posture: Posture, shortest_stand: float) -> dict[str, float | NotMeasured]:
    values: dict[str, float | NotMeasured] = {}
    if jumps := find_jumps(posture):
        highest = max(jumps, key=lambda jump: jump.rise)
        values |= {"jump_height_hips": highest.rise, "jump_height_flight": highest.height_of_flight}
    if seat := find_seat(posture):
        never = NotMeasured("the person never stands still in the recording")
        values |= {"seat_height": seat.height, "seat_rise": never if seat.rise is None else seat.rise}
    if sway := find_sway(posture, shortest_stand):
        values |= {"sway_ap": sway.ap, "sway_ml": sway.ml}
    return values


def _quantity(name: str, value: float | NotMeasured, view: View | None, bands: Bands) -> Quantity:
    if isinstance(value, NotMeasured):
        return value
    unit = "mm" if name.startswith("sway") else "m"
    return bands.too_uncertain(name, view) or Measured(value, bands.uncertainty(name, view), unit)
