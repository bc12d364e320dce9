"""Ask the network about a trial, at any frame rate."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY, MIRRORED
from humanpose3d.pipeline.signals.depth_prior.inputs import FOCAL_LENGTH, RATE_HZ, SEEN, features
from humanpose3d.pipeline.signals.depth_prior.network import Network, shipped
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks, sampling_rate

__all__ = ["DepthPrior", "depth_prior"]

_SEEN_SIDES, _BODY_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN]), np.searchsorted(BODY, MIRRORED[BODY])


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

    def at(self, frames: slice) -> "DepthPrior":
        """Return the prior of some of the frames."""
        return DepthPrior(self.links[frames], self.spreads[frames])


def depth_prior(
    landmarks: Landmarks, size: tuple[int, int], network: Network | None = None
) -> tuple[DepthPrior, dict[str, Any]]:
    """Ask the network about a whole trial.

    `size` is that of the picture in square pixels; the network is by default the one that the package ships. The report
    gives ``frames_used`` and ``weights_sha256``.

    Raises
    ------
    DepthPriorError
        The weights are missing or damaged.
    """
    network = network or shipped()
    times, visibility = landmarks.times, np.nan_to_num(landmarks.visibility[:, SEEN])
    rays = rays_of(landmarks.image[:, SEEN], size, FOCAL_LENGTH)
    if (frames := round((sampling_rate(times) or RATE_HZ) / RATE_HZ)) > 1:
        rays = _averaged(rays, frames)
    grid = np.arange(times[0], times[-1] + 1e-9, 1 / RATE_HZ)
    links, logs, there = _symmetric(network, _interpolated(grid, times, rays), _interpolated(grid, times, visibility))
    links[~there] = np.nan
    links, logs = _interpolated(times, grid, links), _interpolated(times, grid, logs)
    known = np.asarray(np.isfinite(links).all(axis=(1, 2)))
    spreads = np.sqrt(2) * np.exp(logs)[..., [0, 0, 1]]  # of Laplace distributions
    prior = DepthPrior(np.nan_to_num(links), np.where(known[:, None, None], spreads, np.inf))
    return prior, {"frames_used": int(known.sum()), "weights_sha256": network.sha256}


def _averaged(values: FloatArray, frames: int) -> FloatArray:
    from scipy.ndimage import uniform_filter1d

    missing = np.isnan(values)
    averaged = uniform_filter1d(np.where(missing, 0.0, values), frames, axis=0, mode="nearest")
    share = uniform_filter1d((~missing).astype(np.float64), frames, axis=0, mode="nearest")
    return np.asarray(np.where(missing, np.nan, averaged / np.maximum(share, 1e-9)))


def _symmetric(
    network: Network, rays: FloatArray, visibility: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Ask about the picture and about its mirror image: links, logarithms of spreads, and frames that are there."""
    links, logs, there = _asked(network, rays, visibility)
    other_links, other_logs, _ = _asked(network, rays[:, _SEEN_SIDES] * (-1, 1), visibility[:, _SEEN_SIDES])
    return (links + other_links[:, _BODY_SIDES] * (-1, 1, 1)) / 2, (logs + other_logs[:, _BODY_SIDES]) / 2, there


def _asked(
    network: Network, rays: FloatArray, visibility: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    given, there = features(rays, visibility, np.asarray(np.isfinite(rays).all(axis=2)))
    links, logs = np.split(network(given, there).astype(np.float64), [3 * len(BODY)], axis=1)
    return links.reshape(-1, len(BODY), 3), logs.reshape(-1, len(BODY), 2), there


def _interpolated(wanted: FloatArray, times: FloatArray, values: FloatArray) -> FloatArray:
    """Interpolate linearly along the first axis; what lies beside something missing is missing."""
    place = np.interp(wanted, times, np.arange(len(times)))
    below = np.floor(place + 1e-6).astype(int)
    share = np.maximum(place - below, 0).reshape(-1, *(1,) * (values.ndim - 1))
    above = np.minimum(below + 1, len(times) - 1)
    between = values[below] * (1 - share) + values[above] * share
    return np.asarray(np.where(share > 1e-6, between, values[below]))
