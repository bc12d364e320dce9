"""The skeleton on the planes of a picture, held against one drawn in RGB."""

import cv2
import numpy as np
import pytest
from support.clips import rgb_of, yuv_frame

from humanpose3d.pipeline.trajectories import LANDMARK_NAMES
from humanpose3d.report.drawing import BONES, draw_skeleton
from humanpose3d.report.overlay import planes_of

WIDTH, HEIGHT = 640, 480
COLOURS = {"left": (0, 114, 178), "right": (213, 94, 0), "": (240, 240, 240)}
SPREAD = np.stack([np.linspace(0.1, 0.9, 33), np.linspace(0.9, 0.1, 33)], axis=-1)


def posed(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.05, 0.95, (33, 2))


def background() -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([rows // 3, columns // 4, 255 - rows // 4], axis=-1).astype(np.uint8)


def drawn(picture: np.ndarray, image: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    frame = yuv_frame(0.0, picture)
    draw_skeleton(planes_of(frame.picture), image, visibility, LANDMARK_NAMES)
    return rgb_of(frame.picture)


def drawn_in_rgb(picture: np.ndarray, image: np.ndarray, opacity: float) -> np.ndarray:
    layer = picture.copy()
    points = np.rint(image * (WIDTH, HEIGHT) * 16).astype(int)
    for start, end, side in BONES:
        ends = [tuple(points[LANDMARK_NAMES.index(name)].tolist()) for name in (start, end)]
        for colour, width in (((20, 20, 20), 5), (COLOURS[side], 3)):
            cv2.line(layer, ends[0], ends[1], colour, width, cv2.LINE_AA, 4)
        for point in ends:
            for colour, radius in (((20, 20, 20), 4), (COLOURS[side], 3)):
                cv2.circle(layer, point, radius << 4, colour, -1, cv2.LINE_AA, 4)
    return np.rint(opacity * layer + (1 - opacity) * picture).astype(np.uint8)


def through_yuv(picture: np.ndarray) -> np.ndarray:
    return rgb_of(yuv_frame(0.0, picture).picture)


@pytest.mark.parametrize(("visibility", "opacity"), [(0.9, 1.0), (0.6, 0.7), (0.4, 0.4), (0.1, 0.2)])
def test_it_is_what_drawing_in_rgb_gives(visibility: float, opacity: float) -> None:
    for seed in range(3):
        image = posed(seed)
        made = drawn(background(), image, np.full(33, visibility)).astype(int)
        expected = through_yuv(drawn_in_rgb(background(), image, opacity)).astype(int)
        assert np.abs(made - expected).mean() < 1
        assert np.abs(cv2.blur((made - expected).astype(np.float32), (5, 5))).max() < 12


def test_nothing_else_is_changed() -> None:
    image = np.full((33, 2), np.nan)
    image[[11, 13]] = (0.4, 0.4), (0.6, 0.5)
    frame, untouched = yuv_frame(0.0, background()), yuv_frame(0.0, background())
    planes, before = planes_of(frame.picture), planes_of(untouched.picture)
    draw_skeleton(planes, image, np.full(33, 0.6), LANDMARK_NAMES)
    for plane, old in zip(planes, before, strict=True):
        height, width = plane.shape
        rows, columns = np.nonzero(plane != old)
        assert 0.39 * width < columns.min() < 0.41 * width
        assert 0.59 * width < columns.max() < 0.61 * width
        assert 0.38 * height < rows.min() < 0.41 * height
        assert 0.49 * height < rows.max() < 0.52 * height


def test_an_unsure_skeleton_is_fainter() -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    strengths = [
        float(np.abs(drawn(grey, SPREAD, np.full(33, visibility)).astype(int) - 128).sum())
        for visibility in (0.1, 0.4, 0.6, 0.9)
    ]
    assert strengths == sorted(strengths)
    assert strengths[0] < 0.35 * strengths[-1]


@pytest.mark.parametrize(
    ("image", "visibility"), [(np.nan, np.nan), (np.inf, 1.0), (1e9, 1.0), (-1.0, 1.0), (2.0, 1.0), (0.5, np.nan)]
)
def test_nobody_and_far_points_are_not_drawn(image: float, visibility: float) -> None:
    made = drawn(np.full((48, 64, 3), 128, np.uint8), np.full((33, 2), image), np.full(33, visibility))
    assert np.ptp(made) == 0


def test_a_person_half_outside_is_drawn_to_the_edge() -> None:
    image = np.full((33, 2), np.nan)
    image[[11, 12]] = (-0.5, 0.5), (0.5, 0.5)
    made = drawn(np.full((HEIGHT, WIDTH, 3), 128, np.uint8), image, np.ones(33))
    assert made[HEIGHT // 2, :300].min() > 200
    assert np.abs(made[HEIGHT // 2, 340:].astype(int) - 128).max() < 4


def test_every_bone_joins_two_landmarks() -> None:
    assert {name for start, end, _ in BONES for name in (start, end)} <= set(LANDMARK_NAMES)
