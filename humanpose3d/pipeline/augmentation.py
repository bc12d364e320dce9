"""Add 43 anatomical markers to the 22 body markers with a marker augmenter."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray, Markers

__all__ = ["Augmenter", "augment_markers"]


class Augmenter(Protocol):
    """The interface that the stage needs; :class:`~humanpose3d.loaders.MarkerAugmenter` has it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The added markers."""

    @property
    def sources(self) -> tuple[tuple[str, ...], ...]:
        """For each of them, the markers that it is computed from."""

    def augment(self, markers: Mapping[str, npt.ArrayLike], height: float, mass: float) -> FloatArray:
        """Return their positions in all frames of a trial."""


def augment_markers(markers: Markers, augmenter: Augmenter, *, height: float, mass: float) -> Markers:
    """Add anatomical markers to body markers.

    Parameters
    ----------
    markers : Markers
        The 22 markers of :data:`~humanpose3d.pipeline.markers.MARKER_NAMES`. Their small toes are synthesised, so
        markers computed from them carry no information on the inversion of the foot.
    augmenter : Augmenter
    height : float
        Of the person, metres.
    mass : float
        Of the person, kilograms.

    Returns
    -------
    Markers
        The same markers, unchanged, and then those of `augmenter`. An added marker is NaN in frames where one of
        its sources is; its visibility is the lowest of theirs.
    """
    index = {name: i for i, name in enumerate(markers.names)}
    added = augmenter.augment({name: markers[name] for name in markers.names}, height, mass)
    visibility = [markers.visibility[:, [index[name] for name in names]].min(axis=1) for names in augmenter.sources]
    return Markers(
        times=markers.times,
        names=(*markers.names, *augmenter.names),
        positions=np.concatenate((markers.positions, added), axis=1),
        visibility=np.column_stack((markers.visibility, *visibility)),
    )
