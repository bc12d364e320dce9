"""How much larger a person's segments are than those of the generic model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

__all__ = ["Measurement", "lengths_of_pairs", "read_measurements", "scale_factors"]

Pair = tuple[str, str]
"""Two markers, the distance between which is a length of a segment."""

_AXES = "XYZ"


class Measurement(NamedTuple):
    """Which pairs of markers scale which bodies, along which axes."""

    pairs: tuple[Pair, ...]
    bodies: Mapping[str, str]
    """Axes, such as ``XY``, by the name of the body."""


def read_measurements(setup: Path) -> list[Measurement]:
    """Read the measurements of a ScaleTool set-up file; those that are switched off are left out."""
    found = []
    for element in ElementTree.parse(setup).iter("Measurement"):
        pairs = [tuple((pair.text or "").split()) for pair in element.iter("markers")]
        bodies = {
            str(body.get("name")): (body.findtext("axes") or "").replace(" ", "") for body in element.iter("BodyScale")
        }
        if (element.findtext("apply") or "").strip() == "true":
            found.append(Measurement(tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2), bodies))
    return found


def lengths_of_pairs(
    names: Sequence[str], positions: npt.NDArray[np.float64], pairs: Collection[Pair]
) -> dict[Pair, float]:
    """Return the median distance of each pair over the frames that show both, metres; pairs never seen are left out.

    `positions` have the shape (T, M, 3). A median does not mind frames in which a marker was lost or strayed.
    """
    index = {name: i for i, name in enumerate(names)}
    lengths = {}
    for first, second in pairs:
        if first in index and second in index:
            distances = np.linalg.norm(positions[:, index[first]] - positions[:, index[second]], axis=-1)
            if np.isfinite(distances).any():
                lengths[first, second] = float(np.nanmedian(distances))
    return lengths


def scale_factors(
    measurements: Sequence[Measurement],
    person: Mapping[Pair, float],
    model: Mapping[Pair, float],
    bodies: Collection[str],
) -> dict[str, tuple[float, float, float]]:
    """Return the factors of each of `bodies` along X, Y and Z.

    Parameters
    ----------
    measurements : sequence of Measurement
    person, model : mapping of pair to float
        Lengths in metres; a pair that is missing in one of them does not count.
    bodies : collection of str
        The bodies of the model.

    Raises
    ------
    ValueError
        No pair is in both.

    Notes
    -----
    A factor is the mean over the pairs of a measurement, as in OpenSim. Right and left get the same one: both sides of
    a person are about as long, and one of them is often hidden from the camera. A body that nothing measures is scaled
    as the others are in the median.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for measurement in measurements:
        ratios = [person[pair] / model[pair] for pair in measurement.pairs if person.get(pair) and model.get(pair)]
        if ratios:
            for body, axes in measurement.bodies.items():
                for axis in axes:
                    found.setdefault((_without_side(body), axis), []).append(mean(ratios))
    if not found:
        raise ValueError("no pair of markers is both in the model and in the trial")
    usual = median(mean(ratios) for ratios in found.values())
    factors = {}
    for body in bodies:
        x, y, z = (mean(found.get((_without_side(body), axis), [usual])) for axis in _AXES)
        factors[body] = (x, y, z)
    return factors


def _without_side(body: str) -> str:
    return body.removesuffix("_r").removesuffix("_l")
