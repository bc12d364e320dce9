"""Undo the smoothing of MediaPipe's pose landmarker, which its interface cannot switch off.

In a video MediaPipe (since 0.10.7) filters landmarks with a One-Euro filter, and visibility with a running mean. Both
know the past alone, so what they return lags behind the movement: landmarks by 10 to 20 ms where they cross the picture
and by 40 ms where they move slowly, visibility by ten frames. The signal path smooths without a lag, and comes nearer
to the truth with what the model said. Each filter is a running mean whose weight is known, so its input follows from
its output.

Casiez, Roussel and Vogel, 1€ Filter, CHI 2012, https://doi.org/10.1145/2207676.2208639; in MediaPipe
``util/filtering/one_euro_filter.cc``, with its settings in
``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["InverseOneEuro", "Unsmoothing"]

_FloatArray = npt.NDArray[np.float64]
_Float32 = npt.NDArray[np.float32]

_USUAL_RATE_HZ = 30.0  # MediaPipe's, until two times are known
_SPEED_CUTOFF_HZ = 1.0
_VISIBILITY_WEIGHT = 0.1  # of the newest frame in the running mean
_MARGIN = 1.25  # of the region around a person
_LEAST_SCALE = 1e-6
_HIPS = [23, 24]


class InverseOneEuro:
    """Follows values through a video, and returns what the filter was given.

    Parameters
    ----------
    least_cutoff : float
        Hz, of a value that stands still.
    slope : float
        Hz that the cut-off gains for each object length a second.
    """

    def __init__(self, least_cutoff: float, slope: float) -> None:
        self._least_cutoff, self._slope = least_cutoff, slope
        self.reset()

    def reset(self) -> None:
        """Forget the past, as the filter does where nobody is found."""
        self._time_ms: int | None = None
        self._rate_hz = _USUAL_RATE_HZ
        self._filtered = self._given = self._speed = self._change = np.zeros(0)

    def __call__(self, filtered: _FloatArray, scale: float, time_ms: int) -> _FloatArray:
        """Return the filter's input for its output at `time_ms`; `scale` is the object's length in units of both."""
        given: _FloatArray = filtered
        speed: _FloatArray = np.zeros_like(filtered)
        change: _FloatArray = np.zeros_like(filtered)
        if self._time_ms is not None:
            given, speed = self._inverted(filtered, scale, time_ms)
            change = given - self._given
        self._time_ms, self._filtered = time_ms, filtered
        self._given, self._speed, self._change = given, speed, change
        return given

    def _inverted(self, filtered: _FloatArray, scale: float, time_ms: int) -> tuple[_FloatArray, _FloatArray]:
        if self._time_ms:  # MediaPipe takes a time of 0 for none
            self._rate_hz = 1000.0 / (time_ms - self._time_ms)
        turn = 2 * np.pi / self._rate_hz
        weight = 1 / (1 + 1 / (turn * _SPEED_CUTOFF_HZ))  # of the newest speed
        gain = weight * self._rate_hz / scale
        # With u = given - last filtered, the speed is rest + gain * u, the odds of the newest value are
        # least + slope * |speed|, and filtered - last filtered = u * odds / (1 + odds): quadratic for each sign.
        # Where a movement turns more than one u may fit; the one that goes on most smoothly counts.
        step = filtered - self._filtered
        rest = gain * (self._filtered - self._given) + (1 - weight) * self._speed
        expected = self._given + self._change - self._filtered
        least, slope = turn * self._least_cutoff, turn * self._slope
        best, farthest = step, np.full_like(step, np.inf)
        for sign in (1.0, -1.0):
            square = sign * slope * gain
            linear = least + sign * slope * rest - step * square
            constant = -step * (1 + least + sign * slope * rest)
            with np.errstate(invalid="ignore"):  # of a negative number: no root, and nothing fits
                root = np.sqrt(linear**2 - 4 * square * constant)
            for u in ((root - linear) / (2 * square), (-root - linear) / (2 * square)):
                far = np.abs(u - expected)
                fits = (sign * (rest + gain * u) >= 0) & (np.abs(u) >= np.abs(step)) & (u * step > 0) & (far < farthest)
                best, farthest = np.where(fits, u, best), np.where(fits, far, farthest)
        return np.asarray(self._filtered + best), np.asarray(rest + gain * best)


class Unsmoothing:
    """Follows one person through a video, and returns what the model said of the picture.

    The landmarks in space stay smoothed: their depth jitters, and the fit takes its timing from the picture.
    """

    def __init__(self) -> None:
        self._image = InverseOneEuro(least_cutoff=0.05, slope=80.0)
        self._visibility: _FloatArray | None = None

    def reset(self) -> None:
        """Forget the past, as MediaPipe does where nobody is found."""
        self._image.reset()
        self._visibility = None

    def __call__(
        self, image: _Float32, visibility: _Float32, size: tuple[int, int], time_ms: int
    ) -> tuple[_Float32, _Float32]:
        """Return image landmarks (33, 3) and visibility (33,) before the smoothing.

        `size` is the width and height of the picture.
        """
        unit = np.array([size[0], size[1], size[0]], np.float64)
        pixels, smoothed = image * unit, np.asarray(visibility, np.float64)
        before = smoothed if self._visibility is None else self._visibility
        self._visibility = smoothed
        return (
            (self._image(pixels, _region(pixels), time_ms) / unit).astype(np.float32),
            np.clip(before + (smoothed - before) / _VISIBILITY_WEIGHT, 0, 1).astype(np.float32),
        )


def _region(pixels: _FloatArray) -> float:
    """Return the side of the square that MediaPipe cuts out around a person, as near as the landmarks tell it."""
    hips = pixels[_HIPS, :2].mean(axis=0)
    return max(2 * _MARGIN * float(np.linalg.norm(pixels[:, :2] - hips, axis=1).max()), _LEAST_SCALE)
