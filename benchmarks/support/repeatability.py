"""How much of two errors cancels where the same body does the same again, seen from the same place."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from humanpose3d.kinematics.validity.bands import LARGEST, Bands
from support.deviations import Deviation, uncertainty_of
from support.trials import BenchTrial

KINDS = ("curve", "range", "maximum", "minimum")
"""Of angles. The errors of events are chance, of the moment between two frames: nothing of them cancels."""


class Repeat(NamedTuple):
    """The change between two trials of one body, less the true change."""

    trials: tuple[str, str]
    share: float  # of the uncertainty that it would have if the two errors were independent


def repeats_of(
    kind: str,
    half: str,
    deviations: Sequence[Deviation],
    trials: Sequence[BenchTrial],
    bands: Bands,
) -> list[Repeat]:
    """Pair the trials of one body, movement and place of the camera, sample by sample of a curve."""
    known = {trial.name: (trial.parameters["body"]["name"], trial.kind) for trial in trials}
    errors: dict[tuple[str, str, bool, str, str], dict[str, list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    tables = {movement: bands.during(movement) for movement in ("walking", "")}
    for each in deviations:
        if each.name.split()[0] == kind and each.half == half:
            uncertainty = uncertainty_of(each, tables["walking" if each.walking else ""])
            if uncertainty <= LARGEST.get(kind, math.inf):
                key = (each.name, each.place, each.walking, *known[each.trial])
                errors[key][each.trial].append((each.error, uncertainty))
    found = []
    for by_trial in errors.values():
        for one, other in itertools.combinations(sorted(by_trial), 2):
            # One side of the body may be there only once.
            for (before, first), (after, second) in zip(by_trial[one], by_trial[other], strict=False):
                found.append(Repeat((one, other), abs(after - before) / math.hypot(first, second)))
    return found


def share_of(repeats: Sequence[Repeat]) -> float:
    """Return a 1.96th of what 95 % of the shares lie within, with room for how few pairs of trials there are."""
    pairs = len({repeat.trials for repeat in repeats})
    within = float(np.quantile([repeat.share for repeat in repeats], 0.95)) / 1.96
    return min(1.0, float(f"{within * t.ppf(0.975, max(pairs - 1, 1)) / 1.96:.2g}"))
