"""Replace outliers with the Hampel filter."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, sampling_rate

__all__ = ["remove_outliers"]

_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_FEWEST_NEIGHBOURS = 3
# Below these a deviation is no outlier, however still the person stands: metres, and shares of the picture.
_LEAST_WORLD, _LEAST_IMAGE = 0.02, 0.005


def remove_outliers(landmarks: Landmarks, half_window_s: float, sigmas: float) -> tuple[Landmarks, dict[str, int]]:
    """Replace samples far from the median of their neighbours by that median.

    A coordinate is an outlier if it lies more than `sigmas` robust standard deviations (1.4826 times the median
    absolute deviation) from the median of the samples within `half_window_s` seconds on either side. With fewer than
    three frames there nothing is done: then a jump can't be told from movement. The report gives ``samples_replaced``,
    counted once for each landmark and frame.
    """
    rate = sampling_rate(landmarks.times) or 0.0
    half = round(half_window_s * rate)
    if half < _FEWEST_NEIGHBOURS:
        return landmarks, {"samples_replaced": 0}
    world = _hampel(landmarks.world, half, sigmas, _LEAST_WORLD)
    image = _hampel(landmarks.image, half, sigmas, _LEAST_IMAGE)
    replaced = _changed(landmarks.world, world) | _changed(landmarks.image, image)
    return replace(landmarks, world=world, image=image), {"samples_replaced": int(replaced.sum())}


def _hampel(values: FloatArray, half: int, sigmas: float, least: float) -> FloatArray:
    cleaned: FloatArray = values.copy()
    for landmark in range(values.shape[1]):  # one after the other, because the windows of all would fill the memory
        track = values[:, landmark]
        padded = np.pad(track, [(half, half), (0, 0)], constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
        median = _median(windows)
        spread = _MAD_TO_SIGMA * _median(np.abs(windows - median[..., None]))
        outlier = np.abs(track - median) > np.maximum(sigmas * spread, least)
        cleaned[:, landmark] = np.where(outlier, median, track)
    return cleaned


def _median(windows: FloatArray) -> FloatArray:
    """Return the median over the last axis without the NaNs, as nanmedian does, but ten times as fast."""
    ordered = np.sort(windows, axis=-1)  # NaNs come last
    count = np.maximum(np.isfinite(windows).sum(axis=-1, keepdims=True), 1)
    lower = np.take_along_axis(ordered, (count - 1) // 2, axis=-1)
    upper = np.take_along_axis(ordered, count // 2, axis=-1)
    return np.asarray((lower + upper)[..., 0] / 2)


def _changed(before: FloatArray, after: FloatArray) -> npt.NDArray[np.bool_]:
    return np.asarray(((before != after) & np.isfinite(before)).any(axis=-1))
