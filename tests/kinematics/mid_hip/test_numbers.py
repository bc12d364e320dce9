"""Numbers of jumps, seats and sway: only of what happens, and only where the view carries them."""

import numpy as np
import pytest
from standing_person import STANDING, at, person

from humanpose3d.kinematics.mid_hip.numbers import HIP_NUMBERS, hip_numbers
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.validity.bands import LARGEST, Bands, measured_bands
from humanpose3d.kinematics.view import View

TIMES = np.arange(0, 5, 1 / 30)
SIDE, FRONT = View(90.0, 5.0), View(0.0, 5.0)


def sitting() -> dict[str, np.ndarray]:
    share = np.interp(TIMES, [0, 1, 2, 3.5, 4.5], [0, 0, 1, 1, 0])
    return person(at(STANDING - 0.38 * share, 0.4 * share))


def test_only_what_happens_has_numbers():
    assert set(hip_numbers(TIMES, sitting(), SIDE, measured_bands())) == {"seat_height", "seat_rise"}
    still = person(at(STANDING + 1e-4 * np.sin(TIMES)))
    assert hip_numbers(TIMES, still, SIDE, measured_bands()) == {}
    assert hip_numbers(TIMES, {}, SIDE, measured_bands()) == {}


def test_each_number_has_the_band_of_its_view():
    bands = Bands("", {}, {"seat_height": {"side, near": 0.02}, "seat_rise": {"side, near": 1.0}})
    found = hip_numbers(TIMES, sitting(), SIDE, bands)
    assert found["seat_height"] == Measured(pytest.approx(0.52, abs=0.01), 0.02, "m")
    assert isinstance(found["seat_rise"], NotMeasured)
    assert found["seat_rise"].reason.startswith("too uncertain from the left side")
    unseen = hip_numbers(TIMES, sitting(), FRONT, bands)["seat_height"]
    assert unseen == NotMeasured("never tested from the front; film from the side")


def test_all_of_them_were_measured():
    for name in HIP_NUMBERS:
        assert name in LARGEST
        assert measured_bands().uncertainties[name]["side, near"] > 0
