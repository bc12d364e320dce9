"""What pose models see: records of their errors in the picture, drawn by the view, and whole trials with the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from demo_clip.rig import Array

from humanpose3d.pipeline.signals.body import MIRRORED
from humanpose3d.pipeline.signals.depth_prior.inputs import SEEN

_ALIKE = 25.0  # degrees of heading
_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN])


@dataclass(frozen=True)
class Residuals:
    """Errors of one pose model in one trial, at the network's rate.

    Attributes
    ----------
    places : array (T, N, 2)
        Detected less true place, in sizes of the person in the picture; NaN where nothing was detected.
    visibility : array (T, N)
    azimuth : float
        Degrees from which the camera looks, 0 front, 90 the person's left.
    """

    places: Array
    visibility: Array
    azimuth: float

    def mirrored(self) -> Residuals:
        """Return those of the mirrored picture."""
        return Residuals(self.places[:, _SIDES] * (-1, 1), self.visibility[:, _SIDES], -self.azimuth % 360)


@dataclass(frozen=True)
class SeenTrial:
    """A trial as one pose model saw it, with the truth, at the network's rate.

    Attributes
    ----------
    wrong : array (T, N, 2)
        Detected less true place, in sizes of the person in the picture; NaN where nothing was detected.
    visibility : array (T, N)
    points : array (T, N, 3)
        True places in the axes of the camera, in lengths of trunk and leg.
    exchanged : array (T,)
        Frames in which the pose model exchanged the legs.
    lens : float
        Focal length in lengths of the longer side of the picture.
    """

    wrong: Array
    visibility: Array
    points: Array
    exchanged: Array
    lens: float

    def mirrored(self) -> SeenTrial:
        """Return the mirrored trial."""
        turned = (each[:, _SIDES] for each in (self.wrong * (-1, 1), self.visibility, self.points * (-1, 1, 1)))
        return SeenTrial(*turned, self.exchanged, self.lens)


def person_sizes(body: Array) -> Array:
    """Return how far landmarks of the body (T, J, 2) are from their middle, root mean square; shape (T, 1, 1)."""
    apart = body - body.mean(axis=1, keepdims=True)
    return np.asarray(np.sqrt((apart**2).sum(axis=2).mean(axis=1))[:, None, None])


def drawn(chance: np.random.Generator, library: list[Residuals], azimuth: float, frames: int) -> tuple[Array, Array]:
    """Draw residuals (frames, N, 2) with their visibility (frames, N) from trials seen from a like direction."""
    apart = np.abs((np.array([each.azimuth for each in library]) - azimuth + 180) % 360 - 180)
    chosen = library[chance.choice(np.flatnonzero(apart <= max(_ALIKE, np.sort(apart)[:8][-1])))]
    period = 2 * len(chosen.places) - 2
    at = (chance.integers(period) + np.arange(frames)) % period  # forward and back again
    at = np.where(at < len(chosen.places), at, period - at)
    return chosen.places[at], chosen.visibility[at]
