"""Height of a seat, of people who sit as high as told."""

import numpy as np
import pytest
from standing_person import STANDING, at, person

from humanpose3d.kinematics.mid_hip.posture import posture_of
from humanpose3d.kinematics.mid_hip.seats import find_seat

TIMES = np.arange(0, 5, 1 / 30)
SEAT = 0.52
STANDS, SITS = [0, 1, 2, 3.5, 4.5], [0, 0, 1, 1, 0]


def seat_of(share: np.ndarray, back: float, lean: float = 0.0):
    hips = at(STANDING + (SEAT - STANDING) * share, back * share)
    return find_seat(posture_of(TIMES, person(hips, lean=lean)))


def test_a_seat_and_the_rise_from_it():
    found = seat_of(np.interp(TIMES, STANDS, SITS), back=0.4)
    assert found.height == pytest.approx(SEAT, abs=0.005)
    assert found.rise == pytest.approx(STANDING - SEAT, abs=0.005)


def test_a_squat_that_is_held_is_no_seat():
    """The trunk stays above the feet: there is nothing else to hold it."""
    assert seat_of(np.interp(TIMES, STANDS, SITS), back=0.35, lean=0.4) is None


def test_who_never_stands_has_a_seat_but_no_rise():
    found = seat_of(np.ones(len(TIMES)) + 0.001 * np.sin(TIMES), back=0.4)
    assert found.height == pytest.approx(SEAT, abs=0.005)
    assert found.rise is None
