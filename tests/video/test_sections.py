"""Parts of videos: from one moment to another, whatever the container can or cannot do."""

from pathlib import Path

import numpy as np
import pytest
from support.clips import encode, moving_shapes

from humanpose3d.errors import InvalidSettingError
from humanpose3d.video.reader import Frame, VideoReader


def read(path: Path, **section: float) -> list[Frame]:
    with VideoReader(path, **section) as reader:
        return list(reader.frames())


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts", "a.h264"])
def test_a_part_has_the_frames_and_times_of_the_whole(tmp_path: Path, name: str) -> None:
    codec = "mpeg4" if name == "a.avi" else "libx264"
    # MPEG-TS may be entered only roughly, and a raw stream has no times at all.
    path = encode(tmp_path / name, moving_shapes(60), rate=25, codec=codec, codec_options={"g": "12"})
    whole = {round(frame.time, 2): frame.rgb for frame in read(path)}
    part = read(path, start=1.0, end=1.6)
    assert [frame.time for frame in part] == pytest.approx(np.arange(25, 41) / 25, abs=2e-3)
    for frame in part:
        np.testing.assert_array_equal(frame.rgb, whole[round(frame.time, 2)])


def test_decoding_begins_at_the_key_frame_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from humanpose3d.video.recording import Recording

    decoded = []
    frames = Recording.frames

    def counted(recording: Recording):
        for frame in frames(recording):
            decoded.append(frame.time)
            yield frame

    monkeypatch.setattr(Recording, "frames", counted)
    path = encode(tmp_path / "a.mp4", moving_shapes(200), rate=25, codec_options={"g": "20", "bf": "0"})
    assert len(read(path, start=7.0)) == 25
    assert min(decoded[1:]) >= 6.4  # after the first frame, which says what the video is


def test_times_count_from_the_first_frame_of_the_file(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.mkv", moving_shapes(20), times=[5 + i / 10 for i in range(20)], codec_options={"g": "5"}
    )
    assert [frame.time for frame in read(path, start=1.2, end=1.5)] == pytest.approx([1.2, 1.3, 1.4, 1.5], abs=2e-3)


def test_the_expected_number_of_frames(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(50), rate=25)
    for section, expected in (({}, 50), ({"start": 1.0}, 25), ({"end": 0.4}, 11), ({"start": 1.0, "end": 9.0}, 25)):
        with VideoReader(path, **section) as reader:
            assert reader.expected_frames == expected == len(list(reader.frames()))


def test_an_end_after_the_video_is_its_end(tmp_path: Path) -> None:
    assert len(read(encode(tmp_path / "a.mp4", moving_shapes(10)), end=60.0)) == 10


@pytest.mark.parametrize(
    ("section", "words"),
    [({"start": 7.0}, "from 7 s on; its length is 0.40 s"), ({"start": 0.101, "end": 0.102}, "between 0.101 and")],
)
def test_a_part_without_a_frame_is_refused(tmp_path: Path, section: dict[str, float], words: str) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(10), rate=25)
    with pytest.raises(InvalidSettingError, match=words) as caught:
        VideoReader(path, **section)
    assert str(path) in str(caught.value)
