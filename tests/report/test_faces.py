"""Faces that nobody can recognise any more."""

from pathlib import Path

import numpy as np
import pytest
from support.clips import yuv_frame

from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks
from humanpose3d.report.faces import blur_face, face_circles
from humanpose3d.report.overlay import planes_of, write_overlay
from humanpose3d.video.reader import VideoReader

WIDTH, HEIGHT = 320, 240
HEAD = slice(30, 62), slice(145, 175)
"""Rows and columns of the whole head of `person`, hair and chin included."""


def person(times: np.ndarray, missing: slice = slice(0), moved: slice = slice(0)) -> Landmarks:
    """A face 20 pixels wide above a torso 80 pixels long; in `moved` frames 32 pixels farther to the right."""
    image = np.full((33, 2), np.nan)
    for names, x, y in (
        (("nose",), 160, 48), (("left_eye",), 165, 42), (("right_eye",), 155, 42), (("left_ear",), 170, 46),
        (("right_ear",), 150, 46), (("mouth_left",), 163, 54), (("mouth_right",), 157, 54),
        (("left_shoulder",), 180, 80), (("right_shoulder",), 140, 80),
        (("left_hip",), 172, 160), (("right_hip",), 148, 160),
    ):  # fmt: skip
        image[[LANDMARK_NAMES.index(name) for name in names]] = x / WIDTH, y / HEIGHT
    images = np.tile(image, (len(times), 1, 1))
    images[moved, :, 0] += 32 / WIDTH
    images[missing] = np.nan
    return Landmarks(times, np.zeros((len(times), 33, 3)), images, np.ones(images.shape[:2]))


def detail(picture: np.ndarray) -> float:
    """What tells faces apart: differences between neighbouring pixels."""
    return float(np.abs(np.diff(picture.astype(int), axis=0)).mean())


def noise() -> np.ndarray:
    return np.random.default_rng(3).integers(16, 235, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def test_the_whole_head_is_blurred_and_nothing_else() -> None:
    frame = yuv_frame(0.0, noise())
    before = [plane.copy() for plane in planes_of(frame.picture)]
    blur_face(planes_of(frame.picture), face_circles(person(np.zeros(1)), WIDTH, HEIGHT)[0])
    after = planes_of(frame.picture)
    assert detail(after[0][HEAD]) < 0.1 * detail(before[0][HEAD])
    for plane, old in zip(after, before, strict=True):
        scale = HEIGHT // plane.shape[0]
        assert (plane[90 // scale :] == old[90 // scale :]).all()
        assert (plane[: 45 // scale, : 45 // scale] == old[: 45 // scale, : 45 // scale]).all()


def test_a_face_that_was_not_found_lies_between_where_it_was_before_and_after() -> None:
    seen = person(np.arange(5.0), missing=slice(1, 3), moved=slice(3, 5))
    circles = face_circles(seen, WIDTH, HEIGHT)
    np.testing.assert_allclose(circles[:, 0], 160 + np.array([0, 32 / 3, 64 / 3, 32, 32]), atol=0.5)
    assert circles[1, 2] > 1.4 * circles[0, 2], "where it is not sure, more is blurred"


def test_at_the_edge_of_the_picture_and_without_a_person_nothing_breaks() -> None:
    frame = yuv_frame(0.0, noise())
    for circle in ((-50.0, 10.0, 20.0), (319.0, 239.0, 30.0), (0.0, 0.0, 900.0), (np.nan, 1.0, 1.0)):
        blur_face(planes_of(frame.picture), np.array(circle))
    nobody = person(np.zeros(1), missing=slice(1))
    assert np.isnan(face_circles(nobody, WIDTH, HEIGHT)).all()


@pytest.mark.parametrize("slow", [1.0, 8.0])
def test_the_overlay_shows_no_face_in_any_frame(tmp_path: Path, slow: float) -> None:
    times = np.arange(6) / 30
    seen = person(times / slow, missing=slice(2, 4))
    frames = (yuv_frame(float(time), noise()) for time in times)
    write_overlay(tmp_path / "o.mp4", frames, seen, slow_motion_factor=slow, faces=(seen,))
    write_overlay(tmp_path / "sharp.mp4", (yuv_frame(float(t), noise()) for t in times), seen, slow_motion_factor=slow)
    with VideoReader(tmp_path / "o.mp4") as blurred, VideoReader(tmp_path / "sharp.mp4") as sharp:
        for ours, theirs in zip(blurred.frames(), sharp.frames(), strict=True):
            assert detail(ours.rgb[30:40, 148:172]) < 0.3 * detail(theirs.rgb[30:40, 148:172])
