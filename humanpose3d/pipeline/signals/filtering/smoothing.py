"""Smooth with a zero-lag Butterworth low-pass filter at the true sampling times."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import stretches_of
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["low_pass", "smooth"]

# Times may leave the even grid by this share of a step before they are interpolated to it.
_EVEN = 0.1
_CARRIED = 0.4
"""Of the frame rate: the cut-off frequency where the one asked for is half of the rate or more, which no filter has."""


def smooth(landmarks: Landmarks, cutoff_hz: float, order: int) -> tuple[Landmarks, dict[str, float]]:
    """Low-pass the world landmarks; `order` is that of the forward and the backward pass together.

    The report gives ``samples_filtered``, and ``samples_left_alone`` in stretches that are too short for the filter;
    and ``cutoff_hz``, which is lower than the given one where the frame rate does not carry that.
    """
    if len(landmarks.times) > 1 and cutoff_hz >= (rate := 1 / float(np.median(np.diff(landmarks.times)))) / 2:
        cutoff_hz = _CARRIED * rate
    flat = landmarks.world.reshape(len(landmarks.times), -1)
    filtered, touched = low_pass(flat, landmarks.times, cutoff_hz, order)
    known = np.isfinite(flat)
    return replace(landmarks, world=filtered.reshape(landmarks.world.shape)), {
        "samples_filtered": int(touched.sum()) // 3,
        "samples_left_alone": int((known & ~touched).sum()) // 3,
        "cutoff_hz": round(cutoff_hz, 3),
    }


def low_pass(
    values: FloatArray, times: FloatArray, cutoff_hz: float, order: int
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Filter each column of `values` forwards and backwards, each stretch between gaps by itself.

    As is the custom in biomechanics, `order` counts both passes and `cutoff_hz` belongs to each one, so the whole
    filter has lost 6 dB there. A stretch with uneven times is interpolated to even ones (cubic), filtered, and
    interpolated back. Stretches that are shorter than the filter's own transient, or whose rate cannot carry the
    cut-off, stay as they are.

    `values`, shape (T, N), are NaN where missing, `times` in seconds. Returned are the filtered values, and where a
    sample was filtered, both of shape (T, N).
    """
    filtered, touched = values.copy(), np.zeros(values.shape, bool)
    known = np.isfinite(values)
    # Columns with the same gaps, which are nearly all, are filtered together.
    patterns, column_pattern = np.unique(known, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(column_pattern.ravel() == number)
        for start, end in stretches_of(pattern):
            smoothed = _filter(values[start:end, columns], times[start:end], cutoff_hz, order)
            if smoothed is not None:
                filtered[start:end, columns] = smoothed
                touched[start:end, columns] = True
    return filtered, touched


def _filter(values: FloatArray, times: FloatArray, cutoff_hz: float, order: int) -> FloatArray | None:
    from scipy.interpolate import make_interp_spline
    from scipy.signal import butter, sosfiltfilt

    shortest = 3 * (order + 1)
    if len(times) <= shortest:
        return None
    even = np.linspace(times[0], times[-1], len(times))
    step = even[1] - even[0]
    if cutoff_hz >= 0.5 / step:
        return None
    sections = butter(order // 2, cutoff_hz, fs=1 / step, output="sos")
    if np.abs(times - even).max() <= _EVEN * step:
        return np.asarray(sosfiltfilt(sections, values, axis=0, padlen=shortest))
    # A gap of dropped frames must not thin out the grid elsewhere: keep the usual step.
    count = int(np.ceil((times[-1] - times[0]) / np.median(np.diff(times)))) + 1
    even = np.linspace(times[0], times[-1], max(count, len(times)))
    sections = butter(order // 2, cutoff_hz, fs=1 / (even[1] - even[0]), output="sos")
    on_grid = make_interp_spline(times, values, k=3, axis=0)(even)
    smoothed = sosfiltfilt(sections, on_grid, axis=0, padlen=shortest)
    return np.asarray(make_interp_spline(even, smoothed, k=3, axis=0)(times))
