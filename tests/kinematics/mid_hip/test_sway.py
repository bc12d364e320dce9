"""Sway, of people who sway as told."""

import numpy as np
import pytest
from standing_person import STANDING, at, person

from humanpose3d.kinematics.mid_hip.posture import posture_of
from humanpose3d.kinematics.mid_hip.sway import SHORTEST_S, find_sway

TIMES = np.arange(0, 12, 1 / 30)


def swaying(times: np.ndarray, turned: float = 0.0) -> dict[str, np.ndarray]:
    """Markers of a person who sways by 5 mm forward and back and 2 mm sideways, both as root mean squares."""
    still = person(at(np.full(len(times), STANDING)))
    moves = np.sqrt(2) * np.stack(
        [0.002 * np.sin(2 * np.pi * 0.5 * times), 1e-4 * np.sin(times), 0.005 * np.cos(2 * np.pi * 0.25 * times)],
        axis=1,
    )
    cos, sin = np.cos(turned), np.sin(turned)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return {name: (track + moves) @ turn.T for name, track in still.items()}


@pytest.mark.parametrize("turned", [0.0, 1.0])
def test_sway_is_told_in_the_axes_of_the_person(turned):
    found = find_sway(posture_of(TIMES, swaying(TIMES, turned)))
    assert found.ap == pytest.approx(5.0, abs=0.2)
    assert found.ml == pytest.approx(2.0, abs=0.2)


def test_a_short_stand_tells_no_sway():
    times = TIMES[TIMES < SHORTEST_S - 1]
    assert find_sway(posture_of(times, swaying(times))) is None
