"""Fit bones of constant length to the landmarks in the image, over the whole trial.

A single picture tells directions well and depth badly, so the pose model's landmarks are right to about 3 cm across
and 10 cm along the line of sight, and bones change their length from frame to frame. The picture and one length for
each bone together know more. Least squares finds the positions of the body's landmarks in the axes of the camera
that agree best with seven things (see :mod:`~humanpose3d.pipeline.signals.fit.terms`): the landmarks in the picture,
one length for each bone, the pose model's own 3D pose, that of the depth prior, knees that are hinges, feet that stand
still on the ground, and smooth movement.

The lengths are unknown too. The pose model's are a first guess, and wrong by a tenth and more: legs that are too long
for the picture can only be fitted bent. So the fit is repeated with the lengths that it came to itself. Which foot
stands when is seen in what was fitted without knowing it.
"""

from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.series import stretches_of
from humanpose3d.pipeline.signals.body import BODY, HIPS, carry_along, length_variation, middle, typical_lengths
from humanpose3d.pipeline.signals.bone_lengths import learned_lengths, towards_usual_widths
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior
from humanpose3d.pipeline.signals.fit.observations import Observations
from humanpose3d.pipeline.signals.fit.terms import linearised, total_cost
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.signals.world.contacts import Ground, find_ground
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.threads import map_in_threads

__all__ = ["least_squares", "reproject"]

# A long trial is solved in windows that overlap and are blended there.
_WINDOW, _OVERLAP = 300, 40

_TIMES_REPEATED = 2
_TIMES_STANDING = 2
_MOST_ITERATIONS = 60
_SMALL_GAIN = 3e-4  # of the cost, in one iteration: then it is done
_FIRST_DAMPING = 1e4
_DAMPING_STEP = 6.0
_MOST_TRIALS = 10
_LEAST_STIFFNESS = 1e-3


def reproject(
    landmarks: Landmarks,
    size: tuple[int, int],
    focal_length: float,
    cutoff_hz: float,
    prior: DepthPrior | None = None,
) -> tuple[Landmarks, dict[str, float]]:
    """Fit a body with bones of constant length to the landmarks in the picture.

    Parameters
    ----------
    landmarks : Landmarks
    size, focal_length
        As :func:`~humanpose3d.pipeline.signals.rays.rays_of` takes them.
    cutoff_hz : float
        Movement faster than this is taken for noise.
    prior : DepthPrior, optional
        Of the same landmarks.

    Returns
    -------
    Landmarks
        The world landmarks in the axes of the camera, origin mid-hip, and the place of mid-hip. Samples that were
        missing stay missing.
    dict
        ``frames_fitted``, ``iterations`` (the most in any window), ``variation_before_percent`` and
        ``variation_after_percent`` of the bones' lengths, ``moved_mm`` (mean over landmarks and frames).
    """
    lengths = towards_usual_widths(typical_lengths(landmarks.world))
    rays = rays_of(landmarks.image, size, focal_length)
    known = np.asarray(np.isfinite(landmarks.world).all(axis=-1) & np.isfinite(rays).all(axis=-1))
    if not np.isfinite(lengths).all() or not known[:, BODY].any():
        return landmarks, {"frames_fitted": 0}

    prior = prior or DepthPrior.nothing(len(landmarks.times))
    # Hips are what everything is measured from.
    stretches = stretches_of(known[:, HIPS].all(axis=1) & (known[:, BODY].sum(axis=1) > len(BODY) // 2))
    fitted, iterations = _fit(landmarks, rays, lengths, cutoff_hz, prior, stretches)
    for _ in range(_TIMES_REPEATED):
        lengths = learned_lengths(np.where(known[..., None], fitted, np.nan), lengths)
        fitted, more = _fit(landmarks, rays, lengths, cutoff_hz, prior, stretches, fitted)
        iterations = max(iterations, more)
    for _ in range(_TIMES_STANDING):  # what stands is seen better where what stood before is held
        ground = find_ground(landmarks.times, fitted)
        fitted, more = _fit(landmarks, rays, lengths, cutoff_hz, prior, stretches, fitted, ground)
        iterations = max(iterations, more)
    done = np.asarray(np.isfinite(fitted[:, HIPS]).all(axis=(1, 2)))
    moved = landmarks.world.copy()
    moved[np.ix_(done, BODY)] = np.where(known[..., None], fitted, np.nan)[np.ix_(done, BODY)]
    moved[done] = carry_along(landmarks.world[done], moved[done])
    place = middle(fitted, HIPS)
    moved[done] -= place[done]
    shift = np.linalg.norm(
        moved[done][:, BODY] - (landmarks.world[done][:, BODY] - middle(landmarks.world[done], HIPS)), axis=-1
    )
    return replace(landmarks, world=moved, place=place[:, 0]), {
        "frames_fitted": int(done.sum()),
        "iterations": iterations,
        "variation_before_percent": length_variation(landmarks.world[done]),
        "variation_after_percent": length_variation(moved[done]),
        "moved_mm": round(float(np.nanmean(shift)) * 1e3, 1),
    }


def _fit(
    landmarks: Landmarks,
    rays: FloatArray,
    lengths: FloatArray,
    cutoff_hz: float,
    prior: DepthPrior,
    stretches: list[tuple[int, int]],
    begin: FloatArray | None = None,
    ground: Ground | None = None,
) -> tuple[FloatArray, int]:
    """Fit stretches of frames, each on its own: points (T, 33, 3) in the axes of the camera, iterations."""
    import scipy.linalg  # noqa: F401 - BLAS is limited where it is already loaded

    def fit(frames: slice) -> tuple[FloatArray, int]:
        seen = Observations.of(landmarks, frames, rays, lengths, cutoff_hz, prior, begin, ground)
        return least_squares(seen, seen.start)

    windows = [_windows(start, end) for start, end in stretches]
    # The banded solver hands BLAS small blocks, whose threads wait for each other: on a busy machine a hundred times
    # longer than they compute. Whole windows side by side do not.
    fits = iter(map_in_threads(fit, [window for stretch in windows for window in stretch]))
    fitted = np.full(landmarks.world.shape, np.nan)
    most = 0
    for stretch in windows:
        parts = [next(fits) for _ in stretch]
        fitted[stretch[0].start : stretch[-1].stop, BODY] = _blended(stretch, [points for points, _ in parts])
        most = max(most, *(iterations for _, iterations in parts))
    return fitted, most


def _windows(start: int, end: int) -> list[slice]:
    """Divide a stretch of frames into windows that overlap."""
    step = _WINDOW - _OVERLAP
    return [slice(first, min(first + _WINDOW, end)) for first in range(start, max(end - _OVERLAP, start + 1), step)]


def _blended(windows: list[slice], parts: list[FloatArray]) -> FloatArray:
    """Put the windows of a stretch together, one fading into the other where they overlap."""
    start, end = windows[0].start, windows[-1].stop
    total = np.zeros((end - start, *parts[0].shape[1:]))
    weights = np.zeros((end - start, 1, 1))
    for window, points in zip(windows, parts, strict=True):
        weight = np.ones(len(points))
        if window.start > start:
            ramp = np.linspace(0, 1, _OVERLAP + 2)[1:-1][: len(points)]
            weight[: len(ramp)] = ramp
        if window.stop < end:
            weight[-_OVERLAP:] = np.minimum(weight[-_OVERLAP:], np.linspace(1, 0, _OVERLAP + 2)[1:-1])
        place = slice(window.start - start, window.stop - start)
        total[place] += weight[:, None, None] * points
        weights[place] += weight[:, None, None]
    return total / weights


def least_squares(seen: Observations, points: FloatArray) -> tuple[FloatArray, int]:
    """Minimise by Levenberg's method; the normal matrix is banded, for a frame is tied to its two neighbours only."""
    from scipy.linalg import solveh_banded

    damping = 1.0
    cost = total_cost(seen, points)
    iterations = 0
    while iterations < _MOST_ITERATIONS:
        iterations += 1
        system = linearised(seen, points)
        gradient, band = system.gradient(points.size), system.normal_band(points.size)
        band[0] += _LEAST_STIFFNESS
        better, best = None, cost
        for _ in range(_MOST_TRIALS):
            damped = band.copy(order="F")
            damped[0] += damping * _FIRST_DAMPING
            step = solveh_banded(damped, -gradient, lower=True, overwrite_ab=True, check_finite=False)
            candidate = points + step.reshape(points.shape)
            best = total_cost(seen, candidate)
            if best < cost:
                better = candidate
                break
            damping *= _DAMPING_STEP
        if better is None:
            break
        points, gain, cost = better, (cost - best) / cost, best
        damping = max(damping / _DAMPING_STEP, 1e-6)
        if gain < _SMALL_GAIN:
            break
    return points, iterations
