"""Ask the network about a trial, at any frame rate."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from humanpose3d.kinematics.validity.spreads import LIMBS
from humanpose3d.pipeline.signals.body import BODY, LEGS, MIRRORED, index
from humanpose3d.pipeline.signals.depth_prior.inputs import RATE_HZ, SEEN, features
from humanpose3d.pipeline.signals.depth_prior.network import Network, shipped
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, sampling_rate

__all__ = ["DepthPrior", "clearness_of_legs", "depth_prior", "exchanged_legs"]

_SEEN_SIDES, _BODY_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN]), np.searchsorted(BODY, MIRRORED[BODY])

_PARTS = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "heel", "foot_index")
_LIMBS = {
    f"{limb}_{side[0].upper()}": np.searchsorted(BODY, index(*(f"{side}_{part}" for part in parts)))
    for limb, parts in zip(LIMBS, _PARTS, strict=True)
    for side in ("right", "left")
}

_WITH_LEGS_EXCHANGED = np.arange(len(MIRRORED))
_WITH_LEGS_EXCHANGED[LEGS] = MIRRORED[LEGS]


@dataclass(frozen=True, eq=False)
class DepthPrior:
    """What the network says about T frames; J landmarks of the body."""

    links: FloatArray
    """Shape (T, J, 3): from what a landmark hangs on to the landmark, turned as if the person stood straight ahead, in
    lengths of trunk and leg; x right, y down, z away."""
    spreads: FloatArray
    """Shape (T, J, 3): standard deviations of the links; infinite where the network was given too little."""

    @classmethod
    def nothing(cls, frames: int) -> "DepthPrior":
        """Return a prior that says nothing."""
        return cls(np.zeros((frames, len(BODY), 3)), np.full((frames, len(BODY), 3), np.inf))

    def spreads_of_limbs(self) -> dict[str, float]:
        """Return how uncertain each limb is, such as ``leg_L``, in lengths of trunk and leg.

        That is the geometric mean, over its landmarks across and along the line of sight, of the medians over time.
        Empty where nothing is known.
        """
        known = np.isfinite(self.spreads).all(axis=(1, 2))
        if not known.any():
            return {}
        logs = np.log(np.median(self.spreads[known][..., [0, 2]], axis=0)).mean(axis=1)
        return {limb: float(f"{np.exp(logs[places].mean()):.3g}") for limb, places in _LIMBS.items()}

    def at(self, frames: slice) -> "DepthPrior":
        """Return the prior of some of the frames."""
        return DepthPrior(self.links[frames], self.spreads[frames])


def depth_prior(
    landmarks: Landmarks, size: tuple[int, int], lens: Lens = ASSUMED, network: Network | None = None
) -> tuple[DepthPrior, dict[str, Any]]:
    """Ask the network about a whole trial.

    `size` is that of the picture in square pixels, and `lens` as far as it is known; the network is by default the one
    that the package ships. The report gives ``frames_used``, ``weights_sha256`` and
    :meth:`DepthPrior.spreads_of_limbs`.

    Raises
    ------
    DepthPriorError
        The weights are missing or damaged.
    """
    network = network or shipped()
    said = _said(landmarks, size, lens, network)
    known = np.asarray(np.isfinite(said.links).all(axis=(1, 2)))
    spreads = np.sqrt(2) * np.exp(said.logs)[..., [0, 0, 1]]  # of Laplace distributions
    prior = DepthPrior(np.nan_to_num(said.links), np.where(known[:, None, None], spreads, np.inf))
    report = {"frames_used": int(known.sum()), "weights_sha256": network.sha256, "spreads": prior.spreads_of_limbs()}
    return prior, report


def exchanged_legs(
    landmarks: Landmarks, size: tuple[int, int], lens: Lens = ASSUMED, network: Network | None = None
) -> FloatArray:
    """Return the logarithm of the odds that the legs are exchanged in each frame, shape (T,); 0 where nothing is known.

    Parameters and errors are those of :func:`depth_prior`.
    """
    said = _said(landmarks, size, lens, network or shipped())
    return np.asarray(np.nan_to_num(said.odds))


def clearness_of_legs(
    landmarks: Landmarks, size: tuple[int, int], lens: Lens = ASSUMED, network: Network | None = None
) -> FloatArray:
    """Return by how much the odds of :func:`exchanged_legs` rise if the legs are exchanged, shape (T,).

    Where the picture tells which leg is which, the network says of the two that one is right and the other is not.
    Where it does not, it finds both as likely, however sure it sounds of the one it is shown. NaN where nothing is
    known. Parameters and errors are those of :func:`depth_prior`.
    """
    other = replace(
        landmarks,
        image=landmarks.image[:, _WITH_LEGS_EXCHANGED],
        visibility=landmarks.visibility[:, _WITH_LEGS_EXCHANGED],
    )
    as_they_are, exchanged = (_said(each, size, lens, network or shipped()).odds for each in (landmarks, other))
    return np.asarray(exchanged - as_they_are)


class _Said(NamedTuple):
    """Outputs of the network, in the order of its outputs; T frames, NaN where it was given too little."""

    links: FloatArray  # (T, J, 3)
    logs: FloatArray  # (T, J, 2)
    odds: FloatArray  # (T,)

    @classmethod
    def of(cls, outputs: FloatArray) -> "_Said":
        links, logs, odds = np.split(outputs, [3 * len(BODY), 5 * len(BODY)], axis=1)
        return cls(links.reshape(-1, len(BODY), 3), logs.reshape(-1, len(BODY), 2), odds[:, 0])


def _said(landmarks: Landmarks, size: tuple[int, int], lens: Lens, network: Network) -> _Said:
    """Ask about the picture and about its mirror image; return the mean at the landmarks' times."""
    times = landmarks.times
    rays = rays_of(landmarks.image[:, SEEN], size, lens.focal_length)
    if (frames := round((sampling_rate(times) or RATE_HZ) / RATE_HZ)) > 1:
        rays = _averaged(rays, frames)
    grid = np.arange(times[0], times[-1] + 1e-9, 1 / RATE_HZ)
    rays = _interpolated(grid, times, rays)
    visibility = _interpolated(grid, times, np.nan_to_num(landmarks.visibility[:, SEEN]))
    as_is = _asked(network, rays, visibility, lens)
    other = _asked(network, rays[:, _SEEN_SIDES] * (-1, 1), visibility[:, _SEEN_SIDES], lens)
    mean = _Said(
        (as_is.links + other.links[:, _BODY_SIDES] * (-1, 1, 1)) / 2,
        (as_is.logs + other.logs[:, _BODY_SIDES]) / 2,
        (as_is.odds + other.odds) / 2,
    )
    return _Said(*(_interpolated(times, grid, values) for values in mean))


def _averaged(values: FloatArray, frames: int) -> FloatArray:
    from scipy.ndimage import uniform_filter1d

    missing = np.isnan(values)
    averaged = uniform_filter1d(np.where(missing, 0.0, values), frames, axis=0, mode="nearest")
    share = uniform_filter1d((~missing).astype(np.float64), frames, axis=0, mode="nearest")
    return np.asarray(np.where(missing, np.nan, averaged / np.maximum(share, 1e-9)))


def _asked(network: Network, rays: FloatArray, visibility: FloatArray, lens: Lens) -> _Said:
    given, there = features(rays, visibility, np.asarray(np.isfinite(rays).all(axis=2)), lens.spread)
    return _Said.of(np.where(there[:, None], network(given, there).astype(np.float64), np.nan))


def _interpolated(wanted: FloatArray, times: FloatArray, values: FloatArray) -> FloatArray:
    """Interpolate linearly along the first axis; what lies beside something missing is missing."""
    place = np.interp(wanted, times, np.arange(len(times)))
    below = np.floor(place + 1e-6).astype(int)
    share = np.maximum(place - below, 0).reshape(-1, *(1,) * (values.ndim - 1))
    above = np.minimum(below + 1, len(times) - 1)
    between = values[below] * (1 - share) + values[above] * share
    return np.asarray(np.where(share > 1e-6, between, values[below]))
