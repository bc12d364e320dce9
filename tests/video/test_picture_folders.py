from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import moving_shapes

from humanpose3d.errors import InvalidSettingError, VideoReadError
from humanpose3d.video.reader import VideoReader

PICTURES = moving_shapes(12)


def write_picture(path: Path, rgb: np.ndarray) -> None:
    codec = {".png": "png", ".jpg": "mjpeg"}[path.suffix]
    encoder = av.CodecContext.create(codec, "w")
    encoder.height, encoder.width = rgb.shape[:2]
    encoder.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=encoder.pix_fmt)
    path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "trial 7"
    folder.mkdir()
    for i, picture in enumerate(PICTURES):
        write_picture(folder / f"cam2_{i + 8}.png", picture)  # 8, 9, 10: not in the order of the alphabet
    (folder / "notes.txt").write_text("of the day")
    return folder


def test_numbered_pictures_are_a_video(folder: Path) -> None:
    with VideoReader(folder, rate=50) as reader:
        frames = list(reader.frames())
    assert (reader.info.nominal_rate, reader.info.declared_frames, reader.info.codec) == (50, 12, "png")
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) / 50)
    for frame, picture in zip(frames, PICTURES, strict=True):
        np.testing.assert_array_equal(frame.rgb, picture)


def test_a_part_and_a_missing_number(folder: Path) -> None:
    (folder / "cam2_12.png").unlink()
    with VideoReader(folder, rate=10, start=0.2, end=0.6) as reader:
        assert [frame.time for frame in reader.frames()] == pytest.approx([0.2, 0.3, 0.5, 0.6])


def test_jpeg_pictures(tmp_path: Path) -> None:
    write_picture(tmp_path / "1.jpg", PICTURES[0])
    with VideoReader(tmp_path, rate=25) as reader:
        frame, *more = reader.frames()
    assert not more
    assert np.abs(frame.rgb.astype(int) - PICTURES[0]).mean() < 8


def test_a_folder_of_pictures_needs_a_rate(folder: Path) -> None:
    with pytest.raises(InvalidSettingError, match="is a folder of pictures; say how many a second with --rate"):
        VideoReader(folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [("cover.png", "cover.png has no number"), ("other_9.png", "2 pictures with the number 9")],
)
def test_what_is_no_recording(folder: Path, name: str, words: str) -> None:
    write_picture(folder / name, PICTURES[0])
    with pytest.raises(VideoReadError, match=words):
        VideoReader(folder, rate=25)


def test_a_broken_picture_is_named(folder: Path) -> None:
    (folder / "cam2_10.png").write_bytes(b"no picture")
    with VideoReader(folder, rate=25) as reader, pytest.raises(VideoReadError, match=r"cam2_10\.png is not a picture"):
        list(reader.frames())
