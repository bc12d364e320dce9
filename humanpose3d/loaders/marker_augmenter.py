"""The marker augmenter: 43 anatomical markers from the keypoints of a body.

The method, the keypoints, the markers and the statistics are those of OpenCap's marker augmenter v0.3 (PLOS
Computational Biology 2023, doi 10.1371/journal.pcbi.1011462), which Pose2Sim carries on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.threads import one_blas_thread

FloatArray = npt.NDArray[np.float64]
Network = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""From shape (1, frames, columns in) to (1, frames, columns out)."""

_WARM_UP_FRAMES = 60
_REFERENCE = "Hip"


@dataclass(frozen=True)
class BodyPart:
    """Keypoints that a network takes, named as the body markers, and markers that it gives, each in its order."""

    name: str
    keypoints: tuple[str, ...]
    markers: tuple[str, ...]

    @property
    def columns(self) -> tuple[int, int]:
        """Widths of input (x, y, z of each keypoint, height, mass) and output."""
        return 3 * len(self.keypoints) + 2, 3 * len(self.markers)


def _both_sides(*names: str) -> tuple[str, ...]:
    return tuple(side + name for name in names for side in "RL")


def _study(names: str) -> tuple[str, ...]:
    return tuple(f"{name}_study" for name in names.split())


LOWER = BodyPart(
    "lower body",
    ("Neck", *_both_sides("Shoulder", "Hip", "Knee", "Ankle", "Heel", "SmallToe", "BigToe")),
    _study(
        "r.ASIS L.ASIS r.PSIS L.PSIS r_knee r_mknee r_ankle r_mankle r_toe r_5meta r_calc L_knee L_mknee L_ankle "
        "L_mankle L_toe L_calc L_5meta r_shoulder L_shoulder C7 r_thigh1 r_thigh2 r_thigh3 L_thigh1 L_thigh2 L_thigh3 "
        "r_sh1 r_sh2 r_sh3 L_sh1 L_sh2 L_sh3 RHJC LHJC"
    ),
)
UPPER = BodyPart(
    "upper body",
    ("Neck", *_both_sides("Shoulder", "Elbow", "Wrist")),
    _study("r_lelbow r_melbow r_lwrist r_mwrist L_lelbow L_melbow L_lwrist L_mwrist"),
)
WHOLE = BodyPart("whole body", (*LOWER.keypoints, *_both_sides("Elbow", "Wrist")), LOWER.markers + UPPER.markers)


@dataclass(frozen=True, eq=False)
class AugmenterPart:
    """A network with the statistics, of shape (columns in,), that standardise its input: ``(x - mean) / spread``."""

    body: BodyPart
    network: Network
    mean: FloatArray
    spread: FloatArray


class MarkerAugmenter:
    """A loaded marker augmenter, whose parts stand side by side; :func:`~humanpose3d.loaders.load_gru` makes one."""

    def __init__(self, parts: Sequence[AugmenterPart]) -> None:
        self._parts = tuple(parts)

    @property
    def names(self) -> tuple[str, ...]:
        """The M markers that it gives, in order; each ends in ``_study``."""
        return tuple(name for part in self._parts for name in part.body.markers)

    @property
    def sources(self) -> tuple[tuple[str, ...], ...]:
        """For each marker that it gives, the markers that it is made from."""
        return tuple((_REFERENCE, *part.body.keypoints) for part in self._parts for _ in part.body.markers)

    def augment(self, markers: Mapping[str, npt.ArrayLike], height: float, mass: float) -> FloatArray:
        """Place the anatomical markers in all frames of a trial.

        Parameters
        ----------
        markers : mapping of str to array_like, shape (T, 3)
            Trajectories in metres, y up; all of :attr:`sources`, others are ignored.
        height : float
            Of the person, metres.
        mass : float
            Of the person, kilograms.

        Returns
        -------
        ndarray, shape (T, M, 3)
            In the order of :attr:`names`. A frame in which a source is missing (NaN) is NaN for the markers made
            from it; the networks, which remember earlier frames, see it interpolated. Where a source is missing in
            all frames, so are these markers.

        Raises
        ------
        ValueError
            A marker is not there or has another shape, or height or mass is not above 0.
        """
        if not (height > 0 and mass > 0):
            raise ValueError(f"height and mass must be above 0, not {height} and {mass}")
        with one_blas_thread():  # a recurrent network multiplies small matrices, frame by frame
            return np.concatenate([_augment_part(part, markers, height, mass) for part in self._parts], axis=1)


def _augment_part(part: AugmenterPart, markers: Mapping[str, npt.ArrayLike], height: float, mass: float) -> FloatArray:
    wanted = (_REFERENCE, *part.body.keypoints)
    if absent := [name for name in wanted if name not in markers]:
        raise ValueError(f"the markers of the {part.body.name} need {', '.join(absent)}")
    points = np.stack([np.asarray(markers[name], np.float64) for name in wanted], axis=1)
    if points.ndim != 3 or points.shape[2] != 3 or len(points) == 0:
        raise ValueError(f"each marker must have the shape (T, 3), not {points.shape[:1] + points.shape[2:]}")

    frames = len(points)
    seen = np.isfinite(points).all(axis=(1, 2))
    augmented = np.full((frames, len(part.body.markers), 3), np.nan)
    filled = _interpolated(points.reshape(frames, -1)).reshape(points.shape)
    if not np.isfinite(filled).all():
        return augmented
    reference = filled[:, :1]
    keypoints = ((filled[:, 1:] - reference) / height).reshape(frames, -1)
    features = np.column_stack((keypoints, np.full(frames, height), np.full(frames, mass)))
    output = _run_warmed_up(part.network, (features - part.mean) / part.spread)
    placed = output.reshape(frames, -1, 3) * height + reference
    augmented[seen] = placed[seen]
    return augmented


def _run_warmed_up(network: Network, features: FloatArray) -> FloatArray:
    """Run a recurrent network over the trial, with its first frames in reverse as a warm-up.

    Its initial state is zero; without the warm-up the first frames are off by more than a centimetre.
    """
    led_in = np.pad(features, ((_WARM_UP_FRAMES, 0), (0, 0)), mode="reflect" if len(features) > 1 else "edge")
    output: FloatArray = network(led_in[None].astype(np.float32))[0, _WARM_UP_FRAMES:].astype(np.float64)
    return output


def _interpolated(columns: FloatArray) -> FloatArray:
    """Fill gaps of each column linearly, those at the ends with the nearest value."""
    filled: FloatArray = columns.copy()
    frames = np.arange(len(columns))
    for column in filled.T:
        seen = np.isfinite(column)
        if seen.any() and not seen.all():
            column[~seen] = np.interp(frames[~seen], frames[seen], column[seen])
    return filled
