"""Find cuts of the video at which the person stays in place but the whole pose changes between two frames."""

import numpy as np

from humanpose3d.pipeline.signals.body import MIRRORED, IndexArray, index
from humanpose3d.pipeline.signals.identity.person import place_and_size
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["describe_cuts", "find_cuts"]

# In the detector's frames on real and rendered trials at 30 and 60 Hz, half of the joints move by less than 0.06 torso
# lengths between two frames, and hardly faster than in the frames around.
_LEAST_STEP, _TIMES_AS_FAST = 0.08, 3.0
_AROUND = 3
_LONGEST_INTERVAL_S = 0.05  # in a slower video a quick movement is a step too
_ARMS, _LEGS = (
    index(*(f"{side}_{joint}" for side in ("left", "right") for joint in joints))
    for joints in (("elbow", "wrist"), ("knee", "ankle"))
)


def find_cuts(landmarks: Landmarks, aspect: float = 1.0) -> list[float]:
    """Return the times (s) of the first frames after a cut.

    A step counts where half of the elbows, wrists, knees and ankles move much farther than in the three intervals
    before it and after it. A frame that is merely detected wrongly makes two steps in a row, and does not count; nor
    do arms or legs whose sides are exchanged. The landmarks are those of one person, left and right repaired; `aspect`
    is the width of the picture divided by its height.
    """
    place, size = place_and_size(landmarks, aspect)
    picture = landmarks.image * [aspect, 1.0] - place[:, None]
    moved = np.concatenate([_moved(picture, limbs) for limbs in (_ARMS, _LEGS)], axis=1)
    steps = np.median(moved, axis=1) / np.minimum(size[1:], size[:-1])
    steps[np.diff(landmarks.times) > _LONGEST_INTERVAL_S] = np.nan
    around = np.array([_largest_around(steps, i) for i in range(len(steps))])
    cuts = (steps > _LEAST_STEP) & (steps > _TIMES_AS_FAST * around)  # false where one is not known
    return [round(float(moment), 3) for moment in landmarks.times[1:][cuts]]


def describe_cuts(moments: list[float]) -> str | None:
    """Return a sentence for the user; None where nothing is cut."""
    if not moments:
        return None
    return (
        f"The video seems to be cut at {', '.join(f'{moment:.2f} s' for moment in moments)}: the whole pose jumps. "
        "Curves are drawn across it, and are wrong for some tenths of a second; cut the video there, and run each part."
    )


def _moved(picture: FloatArray, limbs: IndexArray) -> FloatArray:
    """Return how far limbs move between frames, or, where that is less in all, with their sides exchanged."""
    moved, crossed = (np.linalg.norm(picture[1:, to] - picture[:-1, limbs], axis=-1) for to in (limbs, MIRRORED[limbs]))
    nearer = crossed.sum(axis=1, keepdims=True) < moved.sum(axis=1, keepdims=True)
    return np.asarray(np.where(nearer, crossed, moved))


def _largest_around(steps: FloatArray, i: int) -> float:
    before, after = steps[max(0, i - _AROUND) : i], steps[i + 1 : i + 1 + _AROUND]
    return float(np.max([*before, *after])) if min(len(before), len(after)) == _AROUND else np.nan
