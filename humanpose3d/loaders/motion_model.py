"""The motion model: a learned prediction of the next pose, used in a Kalman filter.

The method is that of FLK, "Filter with Learned Kinematics" (Signal Processing 2024,
doi 10.1016/j.sigpro.2024.109598).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from humanpose3d.threads import map_in_threads, one_blas_thread

FloatArray = npt.NDArray[np.float64]

JOINT_NAMES = (
    "RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle",
    "LShoulder", "LElbow", "LWrist", "RShoulder", "RElbow", "RWrist",
)  # fmt: skip
"""The 12 joints, in the order of the network."""

WINDOW = 64
"""Frames that the network sees before it predicts one."""

_HIPS = [JOINT_NAMES.index("RHip"), JOINT_NAMES.index("LHip")]
_ALPHA = 0.01  # s²/m²
_TRUSTED = 0.75
_WINDOWS_PER_BATCH = 64  # enough for fast matrix products; the published model takes 40 MB for them


class MotionModel:
    """A loaded motion model; :func:`~humanpose3d.loaders.load_gru` makes one.

    Its network leads from windows of shape (N, 64, 36) to next frames of shape (N, 36), both normalised, float32.
    """

    def __init__(self, network: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]) -> None:
        self._network = network

    def filter(self, positions: npt.ArrayLike, times: npt.ArrayLike) -> FloatArray:
        """Fill dropped joints of a trial, and damp those that jump.

        A Kalman filter for each joint, whose motion model is the network. With v the measured speed of a joint
        (m/s, from where the filter had it in the frame before), a measurement is trusted as far as
        c = 1 / (α v² + 1), with α = 0.01 s²/m². At c ≥ 0.75 (below 5.8 m/s) it stays as it is. Below that the
        network predicts the joint, with process noise Q = (α - 1) exp(-α v) + 1, and the measurement corrects it,
        with noise R = α v². A missing joint takes the prediction, and Q its speed; the first measurement after a
        gap is taken as it is.

        Before the 65th frame there is no prediction, and nothing changes. A joint that has been missing for more
        than 64 frames stays missing from then on, because nothing seen of it is left in the window. Gaps that are
        not filled enter the window as the joint was last seen, or, before that, as it is first seen; where a joint
        is never seen, nothing changes.

        Parameters
        ----------
        positions : array_like, shape (T, 12, 3)
            Metres, y up, joints in the order of :data:`JOINT_NAMES`; a joint with a NaN is missing.
        times : array_like, shape (T,)
            Seconds, increasing.

        Returns
        -------
        ndarray, shape (T, 12, 3)
            Equal to `positions` wherever a measurement is trusted.

        Notes
        -----
        A prediction depends on what was filtered before it, so the recursion goes frame by frame, but only through
        the frames in which a joint is missing or not trusted; those whose window is as measured are predicted
        together, in advance.
        """
        measured, seconds = _checked(positions, times)
        with one_blas_thread():  # for all predictions of the recursion, each of which is small
            return _KalmanFilter(measured, seconds, self.predict_next).run()

    def predict_next(self, windows: npt.ArrayLike) -> FloatArray:
        """Predict the frame, shape (N, 12, 3), that follows each of N windows, shape (N, 64, 12, 3); metres, no NaN.

        As in the training: the middle of the hips in the oldest frame is the origin, and then one mean and one
        (population) standard deviation of all numbers normalise the window.
        """
        seen = np.asarray(windows, np.float64)
        if seen.ndim != 4 or seen.shape[1:] != (WINDOW, len(JOINT_NAMES), 3):
            raise ValueError(f"windows must have the shape (N, {WINDOW}, {len(JOINT_NAMES)}, 3), not {seen.shape}")
        batches = [seen[start : start + _WINDOWS_PER_BATCH] for start in range(0, len(seen), _WINDOWS_PER_BATCH)]
        return np.concatenate([np.empty((0, len(JOINT_NAMES), 3)), *map_in_threads(self._predict_batch, batches)])

    def _predict_batch(self, windows: FloatArray) -> FloatArray:
        origin = windows[:, :1, _HIPS].mean(axis=2, keepdims=True)
        centred = windows - origin
        mean, spread = (np.asarray(of(centred, axis=(1, 2, 3), keepdims=True)) for of in (np.mean, np.std))
        spread[spread == 0] = 1.0
        flat = ((centred - mean) / spread).reshape(len(windows), WINDOW, -1)
        next_frame = self._network(flat.astype(np.float32)).astype(np.float64).reshape(len(windows), 1, -1, 3)
        result: FloatArray = (next_frame * spread + mean + origin)[:, 0]
        return result


class _KalmanFilter:
    """One run of the filter; `state` is its estimate, `positions` its output."""

    def __init__(self, measured: FloatArray, times: FloatArray, predict: Callable[[FloatArray], FloatArray]) -> None:
        self._measured = measured
        self._steps = np.diff(times, prepend=np.nan)
        self._predict = predict
        self._missing: npt.NDArray[np.bool_] = np.asarray(np.isnan(measured).any(axis=-1))
        self._gap = _frames_missing(self._missing)
        self._state = _held(measured, self._missing)
        self._positions: FloatArray = measured.copy()
        self._variance = np.ones(measured.shape[1])
        self._last_change = -1
        self._ahead: dict[int, FloatArray] = {}

    def run(self) -> FloatArray:
        frames = len(self._measured)
        if frames <= WINDOW or self._missing.all(axis=0).any():
            return self._positions
        restless = self._restless()
        self._predict_ahead(restless)
        frame = int(restless[0]) if len(restless) else frames
        while frame < frames:
            if self._step(frame):
                self._last_change = frame
                frame += 1
            else:
                later = restless[restless > frame]
                frame = int(later[0]) if len(later) else frames
        return self._positions

    def _restless(self) -> npt.NDArray[np.intp]:
        """Return the frames in which, by the measurements alone, a joint is missing or not trusted."""
        speed = _length(np.diff(self._measured, axis=0, prepend=np.nan)) / self._steps[:, None]
        restless: npt.NDArray[np.bool_] = np.any(~(_trust(speed) >= _TRUSTED), axis=1)  # NaN is not trusted
        restless[:WINDOW] = False
        return np.flatnonzero(restless)

    def _predict_ahead(self, restless: npt.NDArray[np.intp]) -> None:
        """Predict together those restless frames before whose window nothing can have been changed."""
        alone = restless[np.diff(restless, prepend=-WINDOW - 1) > WINDOW]
        if len(alone):
            windows = np.stack([self._state[frame - WINDOW : frame] for frame in alone])
            self._ahead = dict(zip(alone.tolist(), self._predict(windows), strict=True))

    def _prediction(self, frame: int) -> FloatArray:
        if frame in self._ahead and self._last_change < frame - WINDOW:
            return self._ahead[frame]
        prediction: FloatArray = self._predict(self._state[None, frame - WINDOW : frame])[0]
        return prediction

    def _step(self, frame: int) -> bool:
        """Filter one frame, and tell whether that changed anything."""
        measured, before = self._measured[frame], self._state[frame - 1]
        speed = _length(measured - before) / self._steps[frame]
        missing, lost = self._missing[frame], self._gap[frame] > WINDOW
        changed = ~lost & ~(_trust(speed) >= _TRUSTED)  # NaN is not trusted
        self._state[frame, lost] = before[lost]
        if not changed.any():
            return bool(lost.any())

        prediction = self._prediction(frame)
        speed = np.where(missing, _length(prediction - before) / self._steps[frame], speed)
        variance = self._variance + (_ALPHA - 1) * np.exp(-_ALPHA * speed) + 1
        noise = np.where(self._gap[frame - 1] > 0, 0.0, _ALPHA * speed**2)
        gain = np.where(missing, 0.0, variance / (variance + noise))
        corrected = prediction + gain[:, None] * np.where(missing[:, None], 0.0, measured - prediction)
        self._variance = np.where(changed, (1 - gain) * variance, self._variance)
        self._state[frame, changed] = self._positions[frame, changed] = corrected[changed]
        return True


def _checked(positions: npt.ArrayLike, times: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    measured, seconds = np.asarray(positions, np.float64), np.asarray(times, np.float64)
    if measured.ndim != 3 or measured.shape[1:] != (len(JOINT_NAMES), 3) or seconds.shape != measured.shape[:1]:
        raise ValueError(
            f"positions and times must have the shapes (T, {len(JOINT_NAMES)}, 3) and (T,), "
            f"not {measured.shape} and {seconds.shape}"
        )
    if not (np.diff(seconds) > 0).all():
        raise ValueError("times must increase")
    return measured, seconds


def _trust(speed: FloatArray) -> FloatArray:
    return np.asarray(1 / (_ALPHA * speed**2 + 1))


def _length(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def _frames_missing(missing: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return for how many frames, this one included, each joint has been missing.

    A joint that was never seen before has been missing for more frames than fit into a window.
    """
    frame = np.arange(len(missing))[:, None]
    last_seen = np.maximum.accumulate(np.where(missing, -WINDOW - 1, frame), axis=0)
    return np.where(missing, frame - last_seen, 0)


def _held(measured: FloatArray, missing: npt.NDArray[np.bool_]) -> FloatArray:
    """Fill gaps with the last value before them, and a gap at the start with the first value after it."""
    frame = np.arange(len(measured))[:, None]
    source = np.maximum.accumulate(np.where(missing, -1, frame), axis=0)
    source = np.where(source < 0, np.argmin(missing, axis=0), source)
    return np.asarray(np.take_along_axis(measured, source[..., None], axis=0))
