"""Long curves, thinned."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from humanpose3d.report.figures.thinning import thinned

values_with_gaps = arrays(
    np.float64,
    st.integers(1, 600),
    elements=st.one_of(st.floats(-180, 180), st.just(np.nan)),
)


@given(values=values_with_gaps, most=st.integers(8, 200))
def test_no_more_samples_stay_than_allowed_and_their_order_is_kept(values: np.ndarray, most: int) -> None:
    kept = thinned(values, most)
    assert 1 <= len(kept) <= max(most, len(values) if len(values) <= most else most)
    assert (np.diff(kept) > 0).all()
    assert kept.min() >= 0
    assert kept.max() < len(values)


@given(values=values_with_gaps, most=st.integers(8, 200))
def test_the_peaks_and_the_ends_stay(values: np.ndarray, most: int) -> None:
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) == 0:
        return
    kept = thinned(values, most)
    assert np.nanmax(values[kept]) == np.nanmax(values)
    assert np.nanmin(values[kept]) == np.nanmin(values)
    assert {finite[0], finite[-1]} <= set(kept.tolist())


@given(values=values_with_gaps, most=st.integers(8, 200))
def test_no_line_is_drawn_over_a_gap(values: np.ndarray, most: int) -> None:
    kept = thinned(values, most)
    for one, other in itertools.pairwise(kept.tolist()):
        if np.isfinite(values[[one, other]]).all():
            assert np.isfinite(values[one:other]).all()


@given(values=values_with_gaps)
def test_a_short_curve_stays_as_it_is(values: np.ndarray) -> None:
    np.testing.assert_array_equal(thinned(values, 600), np.arange(len(values)))


def test_ten_minutes_keep_every_peak_of_a_walk() -> None:
    times = np.arange(0, 600, 1 / 30)
    values = 30 * np.sin(2 * np.pi * times / 60) ** 2
    spike = 7777
    values[spike] = 90
    kept = thinned(values, 2000)
    assert len(kept) <= 2000
    assert spike in kept
    shown = np.interp(times, times[kept], values[kept])
    away = np.abs(np.arange(len(values)) - spike) > 100
    assert np.abs(shown - values)[away].max() < 1.0


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        thinned(np.zeros(100), 7)
