"""Frames as encoders take them, held against the RGB frames of the same file."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import encode, moving_shapes, pattern, rgb_of, set_display_matrix

from humanpose3d.video.reader import VideoReader, YuvFrame


def read(path: Path, long_side: int = 1280) -> list[YuvFrame]:
    with VideoReader(path) as reader:
        return list(reader.yuv_frames(long_side))


def test_times_are_those_of_the_rgb_frames(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(7), times=[0.0, 0.033, 0.1, 0.11, 0.4, 0.41, 1.0])
    with VideoReader(path) as reader:
        times = [frame.time for frame in reader.frames()]
    assert [frame.time for frame in read(path)] == times


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ((1, 0, 0, 1), lambda p: p),
        ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
        ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
        ((0, -1, 1, 0), lambda p: np.rot90(p, 1)),
        ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
        ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2)),
    ],
)
def test_they_are_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], turn: Callable[[np.ndarray], np.ndarray]
) -> None:
    path = set_display_matrix(encode(tmp_path / "a.mp4", [pattern()] * 3), *matrix)
    made = rgb_of(read(path)[2].picture)
    upright = turn(pattern())
    assert made.shape == upright.shape
    assert np.abs(made.astype(int) - upright).mean() < 6
    assert not read(path)[2].picture.side_data.keys(), "an encoder would turn it once more"


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1920, 1080, (1280, 720)), (1080, 1920, (720, 1280)), (96, 64, (96, 64)), (150, 102, (150, 102))],
)
def test_large_pictures_are_scaled_down(width: int, height: int, expected: tuple[int, int], tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", [pattern(width, height)], codec_options={"colorspace": "smpte170m"})
    [frame] = read(path)
    assert (frame.picture.width, frame.picture.height) == expected
    assert frame.picture.format.name == "yuv420p"
    assert np.abs(rgb_of(frame.picture).astype(int) - pattern(*expected)).mean() < 6


def test_odd_sides_become_even(tmp_path: Path) -> None:
    pictures = [np.full((77, 101, 3), 90, np.uint8)] * 2
    path = encode(tmp_path / "a.mkv", pictures, codec="ffv1", pixel_format="yuv444p")
    assert {(frame.picture.width, frame.picture.height) for frame in read(path)} == {(100, 76)}


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    [frame, _] = read(encode(tmp_path / "a.mp4", [pattern()] * 2, pixel_aspect=Fraction(4, 3)))
    assert (frame.picture.width, frame.picture.height) == (128, 64)


@pytest.mark.parametrize(
    ("codec", "pixel_format"),
    [("ffv1", "yuv420p"), ("ffv1", "yuv444p"), ("ffv1", "yuv420p10le"), ("mjpeg", "yuvj420p"), ("png", "rgb24")],
)
@pytest.mark.parametrize("colours", ["unspecified", "bt709", "smpte170m"])
def test_colours_survive_whatever_the_file_holds(tmp_path: Path, codec: str, pixel_format: str, colours: str) -> None:
    """The RGB frames know the file's colours already."""
    options = {} if codec == "png" else {"colorspace": colours}
    path = tmp_path / ("a.mov" if codec == "png" else "a.mkv")
    encode(path, [pattern()] * 2, codec=codec, pixel_format=pixel_format, codec_options=options)
    with VideoReader(path) as reader:
        expected = [frame.rgb for frame in reader.frames()]
    for frame, rgb in zip(read(path), expected, strict=True):
        middles = np.s_[16::32, 24::48]
        np.testing.assert_allclose(rgb_of(frame.picture)[middles].astype(int), rgb[middles], atol=7)


def test_they_may_be_drawn_on_without_harm_to_those_that_follow(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(12), codec_options={"bf": "0", "g": "12"})
    untouched = [frame.picture.to_ndarray() for frame in read(path)]
    with VideoReader(path) as reader:
        for frame, expected in zip(reader.yuv_frames(1280), untouched, strict=True):
            np.testing.assert_array_equal(frame.picture.to_ndarray(), expected)
            np.frombuffer(frame.picture.planes[0], np.uint8)[:] = 255


def test_a_cut_file_is_refused_just_so(tmp_path: Path) -> None:
    from humanpose3d.errors import VideoReadError

    whole = encode(tmp_path / "a.mkv", moving_shapes(60), codec_options={"g": "5"})
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: int(0.7 * whole.stat().st_size)])
    with pytest.raises(VideoReadError, match="damaged or cut off"):
        read(cut)


def test_what_is_given_is_ready_for_h264(tmp_path: Path) -> None:
    [frame] = read(encode(tmp_path / "a.mp4", [pattern()]))
    assert isinstance(frame.picture, av.VideoFrame)
    assert (frame.picture.colorspace, frame.picture.color_range) == (1, 1)
