from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.loaders.unsmoothing import InverseOneEuro, Unsmoothing
from humanpose3d.video.reader import VideoReader

FloatArray = npt.NDArray[np.float64]

TIMES_MS = st.lists(st.integers(1, 200), min_size=1, max_size=30).map(lambda steps: np.cumsum([0, *steps]).tolist())


def one_euro(values: FloatArray, scales: FloatArray, times_ms: list[int], least: float, slope: float) -> FloatArray:
    """Filter as the paper describes it, with the speed of the raw values and MediaPipe's first rate."""

    def weight(cutoff: FloatArray | float) -> FloatArray:
        return np.asarray(1 / (1 + rate / (2 * np.pi * cutoff)))

    filtered, speed, rate = [values[0]], np.zeros_like(values[0]), 30.0
    for i, (before, now) in enumerate(pairwise(times_ms), start=1):
        if before != 0:
            rate = 1000.0 / (now - before)
        newest = weight(1.0)
        speed = newest * (values[i] - values[i - 1]) * rate / scales[i] + (1 - newest) * speed
        share = weight(least + slope * np.abs(speed))
        filtered.append(share * values[i] + (1 - share) * filtered[-1])
    return np.array(filtered)


@given(TIMES_MS, st.data())
def test_the_input_of_the_filter_comes_back(times_ms: list[int], data: st.DataObject) -> None:
    shape = (len(times_ms), 4)
    values = data.draw(arrays(np.float64, shape, elements=st.floats(-1000, 1000, width=16)))
    scales = data.draw(arrays(np.float64, shape[0], elements=st.floats(1, 1000)))
    filtered = one_euro(values, scales, times_ms, 0.05, 80.0)
    inverse = InverseOneEuro(0.05, 80.0)
    # Going back from the output, more than one input may be possible; it leads to the same output.
    back = np.array([inverse(*each) for each in zip(filtered, scales, times_ms, strict=True)])
    np.testing.assert_allclose(one_euro(back, scales, times_ms, 0.05, 80.0), filtered, atol=1e-6)


def test_a_walking_movement_comes_back() -> None:
    times = np.arange(0, 3000, 33)
    values = 300 + 80 * np.sin(times[:, None] / 1000 * np.array([2.0, 6.0, 0.3]) + [0, 1, 2])
    scales = np.full(len(times), 500.0)
    filtered = one_euro(values, scales, times.tolist(), 0.05, 80.0)
    inverse = InverseOneEuro(0.05, 80.0)
    back = np.array([inverse(*each) for each in zip(filtered, scales, times.tolist(), strict=True)])
    # Where a movement turns, more than one input fits; elsewhere it is exact.
    assert np.median(np.abs(back - values)) < 1e-6
    assert np.abs(back - values).mean() < 0.15 * np.abs(filtered - values).mean()


def test_after_a_reset_the_past_is_forgotten() -> None:
    chance = np.random.default_rng(0)
    one, other = Unsmoothing(), Unsmoothing()

    def person() -> tuple[npt.NDArray[np.float32], ...]:
        return tuple(chance.random(shape).astype(np.float32) for shape in ((33, 3), (33,)))

    one(*person(), (640, 480), 33)
    one.reset()
    again = person()
    for mine, theirs in zip(one(*again, (640, 480), 66), other(*again, (640, 480), 66), strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == np.float32


def test_landmarks_follow_a_slow_shift_of_the_picture_without_a_lag(pose_model: Path, demo_clip: Path) -> None:
    with VideoReader(demo_clip) as reader:
        picture = next(reader.frames()).rgb
    still, moving = 8, 25
    shifts = [max(0, i - still) for i in range(still + moving)]  # one pixel a frame
    with load_pose_landmarker(pose_model) as landmarker:
        found = [landmarker.detect(np.roll(picture, shift, axis=1), 33 * i) for i, shift in enumerate(shifts)]
    places = np.array([each.image[:, 0] for each in found if each is not None]) * picture.shape[1]
    assert len(places) == len(shifts)
    moved = places - places[still - 3 : still].mean(axis=0)
    lag = np.median(np.array(shifts)[still + 5 :, None] - moved[still + 5 :])
    assert lag == pytest.approx(0, abs=0.3)  # the smoothed ones are 1.1 pixels behind
