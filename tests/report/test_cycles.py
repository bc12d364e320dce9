"""Curves over the gait cycle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.report.data.content import Cycle
from humanpose3d.report.data.cycles import PERCENT, cycles_of, mean_cycle, per_cycle


@given(period=st.floats(0.3, 5), start=st.floats(0, 1), cycles=st.integers(1, 8))
def test_a_periodic_curve_gives_the_same_curve_in_every_cycle(period: float, start: float, cycles: int) -> None:
    times = np.linspace(0, start + cycles * period, 200 * cycles)
    values = 30 * np.sin(2 * np.pi * (times - start) / period)
    cut = [Cycle(start + i * period, start + (i + 1) * period) for i in range(cycles)]
    curves = per_cycle(times, values, cut)
    np.testing.assert_allclose(curves, np.tile(30 * np.sin(2 * np.pi * PERCENT / 100), (cycles, 1)), atol=1.0)


def test_a_gap_stays_a_gap_and_its_cycle_is_not_averaged() -> None:
    times = np.linspace(0, 2, 201)
    values = np.where((times > 0.4) & (times < 0.6), np.nan, times % 1)
    curves = per_cycle(times, values, [Cycle(0, 1), Cycle(1, 2)])
    assert np.isnan(curves[0, 50])
    assert mean_cycle(curves).cycles == 1
    assert np.isnan(mean_cycle(curves).deviation).all()


def test_a_cycle_beyond_the_recording_is_not_invented() -> None:
    curves = per_cycle(np.linspace(0, 1, 11), np.ones(11), [Cycle(0.5, 1.5)])
    assert np.isfinite(curves[0, :51]).all()
    assert np.isnan(curves[0, 51:]).all()


def test_mean_and_deviation_are_those_of_the_cycles() -> None:
    average = mean_cycle(np.stack([np.full(101, 1.0), np.full(101, 3.0), np.full(101, 5.0)]))
    assert average.mean[0] == 3.0
    assert average.deviation[0] == pytest.approx(2.0)
    assert average.cycles == 3


def test_two_cycles_have_a_mean_and_no_deviation() -> None:
    average = mean_cycle(np.stack([np.full(101, 1.0), np.full(101, 3.0)]))
    assert (average.mean[0], average.cycles) == (2.0, 2)
    assert np.isnan(average.deviation).all()


def test_no_cycle_gives_an_empty_mean() -> None:
    assert mean_cycle(per_cycle(np.arange(3.0), np.ones(3), [])).cycles == 0


def test_each_side_has_its_own_cycles_and_repetitions_serve_both() -> None:
    right, left, both = Cycle(0, 1, "R"), Cycle(0.5, 1.5, "L"), Cycle(0, 2)
    assert cycles_of("hip_R", [right, left, both]) == [right, both]
    assert cycles_of("hip_L", [right, left, both]) == [left, both]
    assert cycles_of("pelvis", [right, left]) == [right]
    with pytest.raises(ValueError, match="tail"):
        cycles_of("tail", [right])


def test_a_cycle_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Cycle(1, 1)
