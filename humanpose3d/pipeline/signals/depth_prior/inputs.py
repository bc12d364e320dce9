"""What the network is given: landmarks in the picture about their middle, in sizes of the person, and the lens.

Training and use share this module.
"""

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY, index
from humanpose3d.pipeline.signals.lens import ASSUMED
from humanpose3d.pipeline.signals.rays import turns_towards
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["FEATURES", "RATE_HZ", "SEEN", "features"]

RATE_HZ = 30.0
"""Frames a second that the network expects."""

SEEN = np.sort(np.concatenate([index("nose", "left_ear", "right_ear"), BODY]))
"""The landmarks that it is given: nose and ears tell which way a person faces."""
_OF_BODY = np.searchsorted(SEEN, BODY)
_LEAST_SEEN = 8  # landmarks of the body
FEATURES = 4 * len(SEEN) + 2


def features(
    rays: FloatArray, visibility: FloatArray, present: npt.NDArray[np.bool_], lens_spread: float | FloatArray
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the network's input (T, FEATURES) and the frames (T,) in which enough of the body is there for it.

    That is places, visibility, presence, the logarithm of the person's size in the picture, and how sure the lens is,
    from `rays` (T, N, 2) of the N landmarks :data:`SEEN`; those that are not `present` (T, N) may have any ray.
    `lens_spread`, one number or (T,), is the standard deviation of the logarithm of the focal length of those rays.
    """
    body = present[:, _OF_BODY]
    there = body.sum(axis=1) >= _LEAST_SEEN
    present = present & there[:, None]
    count = np.maximum(body.sum(axis=1), 1)[:, None]
    rays = np.where(present[..., None], rays, 0.0)
    turns = turns_towards(rays[:, _OF_BODY].sum(axis=1) / count)
    straight = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ turns  # turned back
    places = straight[..., :2] / straight[..., 2:] * present[..., None]
    size = np.sqrt((places[:, _OF_BODY] ** 2).sum(axis=(1, 2)) / count[:, 0])
    size = np.where(there, np.maximum(size, 1e-3), 1.0)
    columns = (
        (places / size[:, None, None]).reshape(len(rays), -1),
        np.where(present, np.nan_to_num(visibility), 0.0),
        present,
        np.log(size)[:, None] / 2,
        np.broadcast_to(np.asarray(lens_spread) / ASSUMED.spread, len(rays))[:, None],
    )
    return np.concatenate(columns, axis=1, dtype=np.float32), there
