"""Greatest and least values in a cycle, and values at a moment."""

import numpy as np
import pytest

from humanpose3d.kinematics.peaks import Peaks, peaks_within, value_at
from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.validity.bands import measured_bands

TIMES = np.arange(101) / 100
BEND = 60 * np.sin(np.pi * TIMES)


def test_peaks_are_those_of_the_cycle_and_say_when() -> None:
    found = peaks_within(TIMES, BEND, 0.2, 0.6)
    assert isinstance(found, Peaks)
    assert (found.maximum, found.maximum_at, found.minimum_at) == (pytest.approx(60), 0.5, 0.2)
    assert found.range == pytest.approx(60 - 60 * np.sin(0.2 * np.pi))


def test_a_cycle_of_which_too_little_is_seen_has_no_peak() -> None:
    values = BEND.copy()
    values[40:55] = np.nan
    found = peaks_within(TIMES, values, 0.2, 0.8)
    assert isinstance(found, NotMeasured)
    assert "seen in only 75 % of the time from 0.20 to 0.80 s" in found.reason
    assert isinstance(peaks_within(TIMES, values, 0.0, 1.0), NotMeasured)
    assert isinstance(peaks_within(TIMES, BEND, 3.0, 4.0), NotMeasured)


def test_a_moment_lies_between_two_samples_or_has_no_value() -> None:
    assert value_at(TIMES, 100 * TIMES, 0.505) == pytest.approx(50.5)
    assert np.isnan(value_at(TIMES, BEND, 1.2))
    assert np.isnan(value_at(TIMES, np.where(TIMES == 0.5, np.nan, BEND), 0.505))


def test_of_each_kind_of_angle_some_error_cancels_between_two_recordings() -> None:
    bands = measured_bands()
    assert set(bands.repeatability) == {"curve", "range", "maximum", "minimum"}
    assert all(0.2 < share < 1 for share in bands.repeatability.values())
    assert bands.uncertainty("maximum knee flex", None) > 0
