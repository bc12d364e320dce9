"""Interpolate short gaps; long ones stay empty, because nothing is known about them."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import stretches_of
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["fill_gaps"]


def fill_gaps(landmarks: Landmarks, longest_s: float, gate: float) -> tuple[Landmarks, dict[str, int]]:
    """Interpolate missing and hardly visible samples, where both ends of the gap are seen and close in time.

    A gap lasts from the last sample before it to the first one after it. The interpolation is linear in time: over
    gaps this short a curve would follow the noise at their ends. A sample that was there but hardly visible, and that
    lies in a long gap, keeps its value; one that was missing stays NaN.

    A sample of a visibility below `gate` counts as missing. Where filled, the visibility is the lower of the two ends'.
    The report gives ``samples_filled``, ``samples_missing`` (before), ``frames_empty`` (after: no landmark left).
    """
    world, image, visibility = landmarks.world.copy(), landmarks.image.copy(), landmarks.visibility.copy()
    absent = ~(np.isfinite(world).all(axis=-1) & np.isfinite(image).all(axis=-1))
    hidden = absent | (visibility < gate)
    filled = np.zeros(absent.shape, bool)
    # What is absent next to hardly visible samples of a long gap is bridged between those.
    for missing in (hidden, absent):
        for landmark in np.flatnonzero(missing.any(axis=0)):
            inside = _short_gaps(missing[:, landmark], landmarks.times, longest_s) & ~filled[:, landmark]
            filled[inside, landmark] = True
            for values in (world, image):
                values[:, landmark] = _bridged(values[:, landmark], inside, missing[:, landmark], landmarks.times)
            visibility[inside, landmark] = _lower_end(visibility[:, landmark], inside)
    return replace(landmarks, world=world, image=image, visibility=visibility), {
        "samples_missing": int(absent.sum()),
        "samples_filled": int(filled.sum()),
        "frames_empty": int((~np.isfinite(world).all(axis=-1)).all(axis=-1).sum()),
    }


def _short_gaps(missing: npt.NDArray[np.bool_], times: FloatArray, longest_s: float) -> npt.NDArray[np.bool_]:
    """Mark the samples in gaps that have two ends and are short."""
    inside = np.zeros(len(missing), bool)
    for start, end in stretches_of(missing):
        if start > 0 and end < len(missing) and times[end] - times[start - 1] <= longest_s * (1 + 1e-9):
            inside[start:end] = True
    return inside


def _bridged(
    values: FloatArray, inside: npt.NDArray[np.bool_], missing: npt.NDArray[np.bool_], times: FloatArray
) -> FloatArray:
    if not inside.any():
        return values
    bridged: FloatArray = values.copy()
    for axis in range(values.shape[1]):
        bridged[inside, axis] = np.interp(times[inside], times[~missing], values[~missing, axis])
    return bridged


def _lower_end(visibility: FloatArray, inside: npt.NDArray[np.bool_]) -> FloatArray:
    lower = np.empty(len(visibility))
    for start, end in stretches_of(inside):
        lower[start:end] = min(visibility[start - 1], visibility[end])
    return np.asarray(lower[inside])
