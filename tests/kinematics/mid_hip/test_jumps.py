"""Jump height by the hips and by flight time, of people who fly as long as told."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from standing_person import STANDING, at, person

from humanpose3d.kinematics.mid_hip.jumps import find_jumps
from humanpose3d.kinematics.mid_hip.posture import posture_of

G = 9.81
FLIGHT = 0.5
TIMES = np.arange(0, 3, 1 / 60)
SMOOTH = butter(2, 6 / 0.8, fs=60, output="sos")


def smoothed(markers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """As the signal path does."""
    return {name: sosfiltfilt(SMOOTH, track, axis=0) for name, track in markers.items()}


def flying(times: np.ndarray, off: float = 1.2) -> np.ndarray:
    air = np.clip(times - off, 0, FLIGHT)
    return G / 2 * air * (FLIGHT - air)


def jumps(markers):
    return find_jumps(posture_of(TIMES, markers))


def test_a_jump_is_as_high_as_it_lasts():
    """Crouch, fly from stretched legs and toes, land on them, and stand again."""
    tiptoe = 0.08 * np.interp(TIMES, [0.9, 1.2, 1.7, 2.0], [0, 1, 1, 0])
    crouch = -0.3 * np.interp(TIMES, [0.5, 0.8, 1.1, 1.75, 1.95, 2.4], [0, 1, 0, 0, 1, 0])
    fly = flying(TIMES)
    found = jumps(smoothed(person(at(STANDING + tiptoe + crouch + fly), fly + 0.5 * tiptoe)))
    assert len(found) == 1
    assert found[0].top == pytest.approx(1.2 + FLIGHT / 2, abs=0.04)
    assert found[0].rise == pytest.approx(G * FLIGHT**2 / 8 + 0.08, abs=0.01)
    assert found[0].height_of_flight == pytest.approx(G * FLIGHT**2 / 8, abs=0.03)


def test_who_climbs_a_step_has_not_jumped():
    step = 0.2 * np.clip((TIMES - 1) / 0.5, 0, 1)
    down = 0.2 * np.clip((TIMES - 2) / 0.5, 0, 1)
    assert jumps(smoothed(person(at(STANDING + step - down), step - down))) == []


def test_who_never_stands_has_no_height_to_rise_from():
    hops = np.abs(0.2 * np.sin(2 * np.pi * TIMES))
    assert jumps(smoothed(person(at(STANDING + hops), hops))) == []


def test_a_jump_that_the_recording_cuts_off_does_not_count():
    assert jumps(smoothed(person(at(STANDING + flying(TIMES, 2.7)), flying(TIMES, 2.7)))) == []


def test_who_stands_does_not_jump():
    assert jumps(person(at(STANDING + 1e-3 * np.sin(TIMES)))) == []
