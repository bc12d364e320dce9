"""Estimate the focal length: by the body from the side, and by the way towards the camera or away from it.

Seen from the side, a near limb is larger in the picture than the far one, by how near the camera is; and with the
person's size in the picture, that is the focal length: the one at which a body whose two sides are alike fits the
picture best. From the front, from behind and obliquely the depth of the pose decides, which is too flat, and this
estimate would be worse than none: only frames from the side count. There the way travelled tells more
(:mod:`~humanpose3d.pipeline.signals.fit.travel`).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import stretches_of
from humanpose3d.pipeline.signals.body import BODY, HIPS, typical_lengths
from humanpose3d.pipeline.signals.bone_lengths import learned_lengths, towards_usual_widths
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior
from humanpose3d.pipeline.signals.fit.anatomy import lateral_directions
from humanpose3d.pipeline.signals.fit.observations import Observations
from humanpose3d.pipeline.signals.fit.reprojection import least_squares
from humanpose3d.pipeline.signals.fit.terms import total_cost
from humanpose3d.pipeline.signals.fit.travel import Travel, focal_length_by_travel
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.threads import map_in_threads

__all__ = ["estimate_lens"]

_TRIED = np.geomspace(0.5, 3.2, 4)
_FROM_THE_SIDE = 0.85  # least share of the body's lateral direction that lies along the line of sight: 58 degrees
_FEWEST_FRAMES, _MOST_FRAMES = 15, 60
# Neighbouring samples err alike, so all of a trial count as so many independent ones: found on the development half of
# the bench, where more make the estimate worse (benchmarks/README.md).
_INDEPENDENT = 30


def estimate_lens(
    landmarks: Landmarks,
    size: tuple[int, int],
    cutoff_hz: float,
    prior: DepthPrior | None = None,
    *,
    still: bool = True,
) -> tuple[Lens | None, dict[str, Any]]:
    """Estimate the focal length from the frames that show the person from the side, and from the way travelled.

    Parameters
    ----------
    landmarks : Landmarks
    size : tuple of int
        Width and height of the picture in square pixels.
    cutoff_hz, prior
        As :func:`~humanpose3d.pipeline.signals.fit.reprojection.reproject` takes them.
    still : bool
        Whether one camera, which stands still, saw all frames: else the way travelled tells nothing.

    Returns
    -------
    Lens or None
        Mean and standard deviation of the logarithm, what is usual included; None where nothing is told.
    dict
        ``frames_used`` from the side; with any, the focal length of ``least_cost``; with a way, ``by_travel``, its
        focal length, and ``travelled_m``. Focal lengths are in lengths of the longer side.
    """
    prior = prior or DepthPrior.nothing(len(landmarks.times))
    frames, costs = _costs_from_the_side(landmarks, size, cutoff_hz, prior)
    travel = focal_length_by_travel(landmarks, size, prior) if still else None
    report: dict[str, Any] = {"frames_used": frames}
    if costs is not None:
        report["least_cost"] = round(float(_TRIED[costs.argmin()]), 2)
    if travel is not None:
        report |= {"by_travel": round(travel.focal_length, 2), "travelled_m": round(travel.metres, 2)}
    nothing = costs is None and travel is None
    return None if nothing else _most_likely(costs, travel), report


def _costs_from_the_side(
    landmarks: Landmarks, size: tuple[int, int], cutoff_hz: float, prior: DepthPrior
) -> tuple[int, FloatArray | None]:
    """Return how many frames are from the side, and the fit's cost at each focal length tried; None with too few."""
    stretches = _from_the_side(landmarks)
    frames = sum(len(range(*each.indices(len(landmarks.times)))) for each in stretches)
    lengths = towards_usual_widths(typical_lengths(landmarks.world))
    if frames < _FEWEST_FRAMES or not np.isfinite(lengths).all():
        return 0, None

    def cost(focal_length: float) -> float:
        return _least_cost(
            landmarks, rays_of(landmarks.image, size, focal_length), stretches, lengths, cutoff_hz, prior
        )

    return frames, np.array(map_in_threads(cost, _TRIED))


def _from_the_side(landmarks: Landmarks) -> list[slice]:
    """Return stretches of frames from the side, of long ones every second or third frame and so on."""
    known = np.asarray(np.isfinite(landmarks.world).all(axis=-1) & np.isfinite(landmarks.image).all(axis=-1))[:, BODY]
    there = np.asarray(np.isfinite(landmarks.world[:, HIPS]).all(axis=(1, 2)) & (known.sum(axis=1) > len(BODY) // 2))
    body = np.where(known[..., None], landmarks.world[:, BODY], 0.0)
    side: npt.NDArray[np.bool_] = np.abs(lateral_directions(landmarks.times, body, known)[:, 2]) >= _FROM_THE_SIDE
    stretches = [(start, end) for start, end in stretches_of(there & side) if end - start >= _FEWEST_FRAMES]
    every = max(1, math.ceil(sum(end - start for start, end in stretches) / _MOST_FRAMES))
    return [slice(start, end, every) for start, end in stretches]


def _least_cost(
    landmarks: Landmarks,
    rays: FloatArray,
    stretches: list[slice],
    lengths: FloatArray,
    cutoff_hz: float,
    prior: DepthPrior,
) -> float:
    """Fit with the lengths of the pose model, then with those of that fit."""

    def fit(lengths: FloatArray, begin: FloatArray | None = None) -> tuple[FloatArray, float]:
        fitted, total = np.full(landmarks.world.shape, np.nan), 0.0
        for frames in stretches:
            seen = Observations.of(landmarks, frames, rays, lengths, cutoff_hz, prior, begin)
            points, _ = least_squares(seen, seen.start)
            fitted[frames, BODY] = points
            total += total_cost(seen, points)
        return fitted, total

    fitted, _ = fit(lengths)
    own = learned_lengths(np.where(np.isfinite(landmarks.world), fitted, np.nan), lengths)
    return fit(own, fitted)[1]


def _most_likely(costs: FloatArray | None, travel: Travel | None) -> Lens:
    """Return mean and spread of the logarithm, by the least cost at each focal length tried and the way travelled.

    The likelihood of a cost is that of normal errors of unknown size: it to the power of minus half their number.
    """
    from scipy.interpolate import CubicSpline

    logs = np.linspace(np.log(_TRIED[0]), np.log(_TRIED[-1]), 200)
    surprise = ((logs - math.log(ASSUMED.focal_length)) / ASSUMED.spread) ** 2 / 2
    if costs is not None:
        surprise += _INDEPENDENT / 2 * CubicSpline(np.log(_TRIED), np.log(costs))(logs)
    if travel is not None:
        surprise += ((logs - math.log(travel.focal_length)) / travel.spread) ** 2 / 2
    chance = np.exp(surprise.min() - surprise)
    chance /= chance.sum()
    mean = float(chance @ logs)
    return Lens(math.exp(mean), math.sqrt(float(chance @ (logs - mean) ** 2)), "estimated")
