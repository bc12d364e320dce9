"""Small pictures of videos and pictures."""

from pathlib import Path

import av
import pytest

from humanpose3d.video.thumbnail import thumbnail


def test_of_a_video_and_of_a_picture(short_trials: Path, tmp_path: Path) -> None:
    small = thumbnail(short_trials / "short-side.mp4")
    assert small is not None
    (tmp_path / "small.jpg").write_bytes(small)
    with av.open(str(tmp_path / "small.jpg")) as picture:
        frame = next(picture.decode(video=0))
    assert max(frame.width, frame.height) == 200
    assert len(small) < 20_000
    assert thumbnail(tmp_path / "small.jpg") is not None


@pytest.mark.parametrize("content", [b"", b"<html>", None], ids=["empty", "no video", "missing"])
def test_what_is_no_picture_has_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "video.mp4").write_bytes(content)
    assert thumbnail(tmp_path / "video.mp4") is None
