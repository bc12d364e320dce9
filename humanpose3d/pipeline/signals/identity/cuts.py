"""Find cuts, loops and stalls of the video: where the pose, the place or the size of the person jumps."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from humanpose3d.pipeline.signals.body import MIRRORED, IndexArray, index
from humanpose3d.pipeline.signals.identity.person import place_and_size
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["describe_cuts", "find_cuts", "find_repeats", "without_cuts"]

# At 10 to 60 Hz, a step exceeds both in one of a hundred rendered trials that are not cut, and in nine of ten that are.
_LEAST_STEP, _TIMES_AS_FAST = 0.08, 3.2
_LEAST_CHANGE_OF_SIZE = 0.15  # a blurred trunk looks a tenth larger or smaller for a moment
_AROUND = 3
# While a video stalls, steps are less than this share of the last one divided by the frames of the stall, or than the
# detector's jitter, and in the mean less than the third share of those around. No cut of the bench is taken for one.
_STALLED, _JITTER, _SLOWER, _LEAST_STALL, _LONGEST_STALL_S = 0.2, 0.015, 0.3, 2, 0.5
_SHORTEST_LOOP_S = 0.5
_LARGEST_LOOP_DIFFERENCE = 0.04  # in torso lengths; the detector sees the same frame a little differently
# In the mean of all turns of a loop: the least, and times as large as around, of a change of speed and of a step.
_OF_A_SEAM, _STEP_OF_A_SEAM = (0.05, 7.0), (0.12, 2.0)
_PROBES, _NEAR = 40, 6
_REACH_S = 0.16  # of the fit across a cut
_CUTS_TOLD = 5
_ARMS, _LEGS = (
    index(*(f"{side}_{joint}" for side in ("left", "right") for joint in joints))
    for joints in (("elbow", "wrist"), ("knee", "ankle"))
)


def find_cuts(landmarks: Landmarks, aspect: float = 1.0) -> list[float]:
    """Return the times (s) of the first frames after a cut.

    A step counts where half of the elbows, wrists, knees and ankles move much farther than in the three intervals
    before it and after it, or where place or size do. Of a step over a longer interval, as where a video lost
    frames, only the part for a usual interval counts. A frame that is merely detected wrongly makes two steps in a
    row, and does not count; nor do arms or legs whose sides are exchanged. Where the same frames come again and
    again, each further turn begins with a cut too. A cross-fade is no step, and is not found.

    The landmarks are those of one person, left and right repaired; `aspect` is the width of the picture divided by its
    height.
    """
    if len(landmarks.times) < 2:
        return []
    steps, size = _steps(landmarks, aspect)
    cut = _cut(steps)
    limbs = (landmarks.image * [aspect, 1.0])[:, np.concatenate([_ARMS, _LEGS])]
    if period := _period_of_loop(limbs, landmarks.times, size):
        cut |= _seams(limbs, size, period) | _folded(steps, period)
    return [round(float(moment), 3) for moment in landmarks.times[1:][cut]]


def find_repeats(landmarks: Landmarks, aspect: float = 1.0) -> npt.NDArray[np.bool_]:
    """Mark the frames, shape (T,), that show again what the frame before showed, because the video stalled.

    So do programs that make a constant frame rate out of a variable one, and calls over a slow network. A stall is
    short, and ends with a step that would be no cut without the frames that repeat.
    """
    times = landmarks.times
    repeats = np.zeros(len(times), bool)
    if len(times) < 2:
        return repeats
    steps, _ = _steps(landmarks, aspect)
    moved = np.maximum(steps[0], steps[1])
    found = (_stall_before(moved, times, int(last)) for last in np.flatnonzero(_cut(steps)))
    if not (stalls := [stall for stall in found if stall]):
        return repeats
    for stall in stalls:
        repeats[stall] = True
    without, _ = _steps(landmarks.at(~repeats), aspect)
    cuts = times[~repeats][1:][_cut(without)]
    for stall in stalls:
        repeats[stall] = times[stall.stop] not in cuts
    return repeats


def without_cuts(landmarks: Landmarks, moments: list[float]) -> Landmarks:
    """Empty the frames that the fit has mixed across a cut, so that no curve and no number crosses one."""
    world = landmarks.world.copy()
    for moment in moments:
        world[np.abs(landmarks.times - moment) < _REACH_S] = np.nan
        world[landmarks.times.searchsorted(moment - 1e-3)] = np.nan  # in a slow video it is this frame only
    return replace(landmarks, world=world)


def describe_cuts(moments: list[float]) -> str | None:
    """Return a sentence for the user; None where nothing is cut."""
    if not moments:
        return None
    told = ", ".join(f"{moment:.2f} s" for moment in moments[:_CUTS_TOLD])
    if len(moments) > _CUTS_TOLD:
        told = f"{told} and {len(moments) - _CUTS_TOLD} more times"
    return (
        f"The video seems to be cut, joined or looped at {told}: the whole pose jumps. Nothing is shown around "
        "these moments, and numbers are those of the longest part; to have them of each, cut the video there."
    )


def _steps(landmarks: Landmarks, aspect: float) -> tuple[list[FloatArray], FloatArray]:
    """Return what pose and place, in sizes of the person, and the logarithm of the size change between frames.

    Of a change over a longer interval than usual it is the part for a usual one. The sizes (T,) are returned too.
    """
    place, size = place_and_size(landmarks, aspect)
    pose = landmarks.image * [aspect, 1.0] - place[:, None]
    moved = np.concatenate([_moved(pose, limbs) for limbs in (_ARMS, _LEGS)], axis=1)
    intervals = np.diff(landmarks.times)
    longer = np.maximum(intervals / np.median(intervals), 1.0)
    unit = np.minimum(size[1:], size[:-1]) * longer
    steps = [
        np.median(moved, axis=1) / unit,
        np.linalg.norm(np.diff(place, axis=0), axis=1) / unit,
        np.abs(np.diff(np.log(size))) / longer,
    ]
    return steps, size


def _cut(steps: Sequence[FloatArray]) -> npt.NDArray[np.bool_]:
    return _outstanding(steps[:2]) | _outstanding(steps[2:], _LEAST_CHANGE_OF_SIZE)


def _stall_before(moved: FloatArray, times: FloatArray, last: int) -> slice | None:
    """Return the frames that repeat the one before them, until this step; None where the video did not stall."""
    before = moved[:last][::-1]
    still = before < np.maximum(_STALLED * moved[last] / np.arange(1, last + 1), _JITTER)
    frames = int(np.argmin(np.append(still, False)))
    first = last - frames
    if frames < _LEAST_STALL or times[last + 1] - times[first] > _LONGEST_STALL_S:
        return None
    around = np.concatenate([moved[max(first - _AROUND, 0) : first], moved[last + 1 : last + 1 + _AROUND]])
    stalled = np.mean(moved[first:last]) < _SLOWER * np.median(around)
    return slice(first + 1, last + 1) if stalled else None


def _moved(picture: FloatArray, limbs: IndexArray) -> FloatArray:
    """Return how far limbs move between frames, or, where that is less in all, with their sides exchanged."""
    moved, crossed = (np.linalg.norm(picture[1:, to] - picture[:-1, limbs], axis=-1) for to in (limbs, MIRRORED[limbs]))
    nearer = crossed.sum(axis=1, keepdims=True) < moved.sum(axis=1, keepdims=True)
    return np.asarray(np.where(nearer, crossed, moved))


def _outstanding(
    steps: Sequence[FloatArray], least: float = _LEAST_STEP, times_as_fast: float = _TIMES_AS_FAST
) -> npt.NDArray[np.bool_]:
    """Mark steps that are large, and larger than those around; one with an unknown step around is not marked."""
    marked = np.zeros(len(steps[0]), bool)
    for step in steps:
        around = sliding_window_view(np.pad(step, _AROUND, constant_values=np.nan), 2 * _AROUND + 1)
        largest = np.delete(around, _AROUND, axis=1).max(axis=1, initial=0.0)
        marked |= (step > least) & (step > times_as_fast * largest)
    return marked


def _period_of_loop(limbs: FloatArray, times: FloatArray, size: FloatArray) -> int | None:
    """Return after how many frames all of the video repeats itself; no person moves twice so exactly."""
    frames = len(times)
    probes = np.unique(np.linspace(0, frames // 2 - 1, _PROBES).astype(int)) if frames > 1 else np.array([], int)

    def differs(period: int, at: npt.NDArray[np.intp]) -> float:
        apart = np.median(np.linalg.norm(limbs[at + period] - limbs[at], axis=-1), axis=1) / size[at]
        return float(np.percentile(apart, 80))  # NaN where one is not known

    shortest = int(np.searchsorted(times - times[0], _SHORTEST_LOOP_S))
    for period in range(max(shortest, 1), frames // 2 + 1):
        if differs(period, probes) < _LARGEST_LOOP_DIFFERENCE:
            near = [lag for lag in range(period, period + _NEAR) if lag <= frames // 2]
            found = {lag: differs(lag, np.arange(frames - lag)) for lag in near}
            best = min(found, key=lambda lag: found[lag])
            if found[best] < _LARGEST_LOOP_DIFFERENCE:
                return best
    return None


def _seams(limbs: FloatArray, size: FloatArray, period: int) -> npt.NDArray[np.bool_]:
    """Mark the steps at which a loop begins anew: in the mean of all turns, limbs change their speed there at once."""
    whole = len(limbs) // period * period
    turn = limbs[:whole].reshape(-1, period, *limbs.shape[1:]).mean(axis=0) / size.mean()
    step = np.roll(turn, -1, axis=0) - turn
    change = np.linalg.norm(step - (np.roll(step, 1, axis=0) + np.roll(step, -1, axis=0)) / 2, axis=-1)
    typical = np.median(change, axis=1)
    # The steps beside a seam change their speed by half as much.
    around = np.max([np.roll(typical, by) for by in (-4, -3, -2, 2, 3, 4)], axis=0)
    seams = (typical > _OF_A_SEAM[0]) & (typical > _OF_A_SEAM[1] * around)
    return np.asarray(np.resize(seams, len(limbs) - 1))


def _folded(steps: Sequence[FloatArray], period: int) -> npt.NDArray[np.bool_]:
    """Mark the steps that are outstanding in the mean of all turns of a loop."""
    turn = [np.array([step[start::period].mean() for start in range(period)]) for step in steps]
    seams = _outstanding([np.tile(step, 3) for step in turn], *_STEP_OF_A_SEAM)[period : 2 * period]
    return np.asarray(np.resize(seams, len(steps[0])))
