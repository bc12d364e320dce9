from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bodies import marching, seen, without

from humanpose3d.pipeline.signals.filtering.smoothing import low_pass, smooth


def sine(hz: float, times: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * hz * times)[:, None]


@pytest.mark.parametrize("rate", [30.0, 60.0, 240.0])
@pytest.mark.parametrize(("hz", "gain"), [(1.0, 1.0), (6.0, 0.5), (12.0, 0.056)])
def test_the_gain_is_that_of_two_passes_and_there_is_no_lag(rate: float, hz: float, gain: float) -> None:
    times = np.arange(int(6 * rate)) / rate
    filtered, _ = low_pass(sine(hz, times), times, 6.0, 4)
    middle = slice(len(times) // 4, -len(times) // 4)
    amplitude = 2 * (filtered[middle] * sine(hz, times)[middle]).mean()
    quadrature = 2 * (filtered[middle, 0] * np.cos(2 * np.pi * hz * times[middle])).mean()
    # The bilinear transform bends frequencies near half the rate.
    assert amplitude == pytest.approx(gain, abs=0.06 if hz > rate / 6 else 0.01)
    assert abs(quadrature) < 0.01


def test_uneven_times_give_what_even_times_give() -> None:
    rng = np.random.default_rng(1)
    times = np.arange(360) / 60 + rng.uniform(-0.005, 0.005, 360)
    filtered, touched = low_pass(sine(1.0, times) + 0.2 * sine(18.0, times), times, 6.0, 4)
    middle = (times > 1) & (times < 5)
    assert touched.all()
    assert np.abs(filtered - sine(1.0, times))[middle].max() < 0.05


def test_stretches_between_gaps_do_not_feel_each_other() -> None:
    times = np.arange(200) / 60
    values = sine(1.0, times)
    values[90:110] = np.nan
    filtered, _ = low_pass(values, times, 6.0, 4)
    changed = values.copy()
    changed[110:] += 100.0
    again, _ = low_pass(changed, times, 6.0, 4)
    np.testing.assert_array_equal(filtered[:90], again[:90])
    assert np.isnan(filtered[90:110]).all()
    assert np.isfinite(filtered[:90]).all()


@pytest.mark.parametrize(("frames", "rate"), [(1, 60.0), (2, 60.0), (15, 60.0), (100, 10.0)])
def test_what_cannot_carry_the_filter_is_left_alone(frames: int, rate: float) -> None:
    times = np.arange(frames) / rate
    values = np.random.default_rng(0).normal(size=(frames, 3))
    filtered, touched = low_pass(values, times, 6.0, 4)
    np.testing.assert_array_equal(filtered, values)
    assert not touched.any()


@settings(max_examples=25, deadline=None)
@given(st.floats(-10, 10), st.floats(-5, 5), st.integers(0, 2**32 - 1))
def test_the_filter_is_linear_and_keeps_constants(shift: float, scale: float, seed: int) -> None:
    times = np.arange(80) / 60
    values = np.random.default_rng(seed).normal(size=(80, 4))
    filtered, _ = low_pass(values, times, 6.0, 4)
    moved, _ = low_pass(scale * values + shift, times, 6.0, 4)
    np.testing.assert_allclose(moved, scale * filtered + shift, atol=1e-9)


def test_landmarks_count_what_was_filtered() -> None:
    landmarks = without(seen(*marching(90)), slice(50, 52), 15)
    landmarks = without(landmarks, slice(0, 80), 16)
    smoothed, report = smooth(landmarks, 6.0, 4)
    assert report == {"samples_filtered": 90 * 31 + 88, "samples_left_alone": 10, "cutoff_hz": 6.0}
    np.testing.assert_array_equal(np.isnan(smoothed.world), np.isnan(landmarks.world))
    np.testing.assert_array_equal(smoothed.image, landmarks.image)


@pytest.mark.parametrize(("rate", "cutoff"), [(10.0, 4.0), (12.0, 4.8), (12.5, 6.0), (30.0, 6.0)])
def test_a_slow_video_takes_a_lower_cut_off(rate: float, cutoff: float) -> None:
    _, report = smooth(seen(*marching(60, rate)), 6.0, 4)
    assert (report["cutoff_hz"], report["samples_left_alone"]) == (cutoff, 0)


def test_slow_motion_is_filtered_in_true_time() -> None:
    landmarks = seen(*marching(240))
    fast = replace(landmarks, times=landmarks.times / 8)
    assert np.abs(smooth(landmarks, 6.0, 4)[0].world - landmarks.world).max() < 0.01
    assert np.abs(smooth(fast, 6.0, 4)[0].world - landmarks.world).max() > 0.05
