import os
import pickle
import re
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import cut, encode, moving_shapes, pattern, remux, set_display_matrix

from humanpose3d.errors import PipelineError, VideoNotFoundError, VideoReadError
from humanpose3d.video.reader import Frame, VideoReader

FASTSTART = {"movflags": "faststart"}


def read(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return list(reader.frames())


def test_a_plain_clip_is_described_and_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(12), rate=25)
    with VideoReader(path) as reader:
        frames = list(reader.frames())
        info = reader.info
    assert (info.width, info.height, info.rotation, info.mirrored, info.codec) == (160, 120, 0, False, "h264")
    assert (info.nominal_rate, info.declared_frames) == (25.0, 12)
    assert info.duration == pytest.approx(0.48)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) / 25)
    assert all(frame.rgb.shape == (120, 160, 3) and frame.rgb.dtype == np.uint8 for frame in frames)


def test_colours_and_places_survive(tmp_path: Path) -> None:
    picture = pattern()
    decoded = read(encode(tmp_path / "a.mp4", [picture] * 3))[1].rgb
    assert np.abs(decoded.astype(int) - picture).mean() < 6


def test_rows_have_no_gaps_whatever_the_width(tmp_path: Path) -> None:
    # MediaPipe takes the memory as it lies; FFmpeg pads rows of such a width.
    picture = pattern(width=150, height=102)
    decoded = read(encode(tmp_path / "a.mp4", [picture] * 2))[0].rgb
    assert decoded.flags.c_contiguous
    assert np.abs(decoded.astype(int) - picture).mean() < 6


def test_ntsc_rate_is_not_rounded(tmp_path: Path) -> None:
    times = [i * 1001 / 30000 for i in range(30)]
    frames = read(encode(tmp_path / "a.mp4", moving_shapes(30), times=times))
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1.2e-5)


def test_variable_frame_rate_keeps_each_time(tmp_path: Path) -> None:
    times = [0.0, 0.033, 0.1, 0.11, 0.4, 0.41, 1.0]
    frames = read(encode(tmp_path / "a.mp4", moving_shapes(7), times=times))
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-4)


def test_time_starts_with_the_first_frame_and_the_offset_is_told(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", moving_shapes(5), times=[2.0, 2.1, 2.2, 2.3, 2.4])
    with VideoReader(path) as reader:
        frames = list(reader.frames())
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=2e-3)
    assert reader.info.start_time == pytest.approx(2.0, abs=2e-3)


def test_b_frames_come_in_order_of_presentation(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(30), codec_options={"bf": "3", "x264-params": "b-adapt=0"})
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.has_b_frames
    frames = read(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(30) / 30)
    middles = [np.flatnonzero(frame.rgb[50, :, 0] > 200).mean() for frame in frames]
    assert np.diff(middles) == pytest.approx(3, abs=1.5)


def test_240_frames_a_second(tmp_path: Path) -> None:
    frames = read(encode(tmp_path / "a.mp4", moving_shapes(24), rate=240))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(24) / 240, abs=1e-5)


@pytest.mark.parametrize(
    ("matrix", "turn", "rotation", "mirrored"),
    [
        ((1, 0, 0, 1), lambda p: p, 0, False),
        ((0, 1, -1, 0), lambda p: np.rot90(p, -1), 90, False),
        ((-1, 0, 0, -1), lambda p: np.rot90(p, 2), 180, False),
        ((0, -1, 1, 0), lambda p: np.rot90(p, 1), 270, False),
        ((-1, 0, 0, 1), lambda p: p[:, ::-1], 0, True),
        ((1, 0, 0, -1), lambda p: p[::-1], 180, True),
        ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2), 90, True),
        ((0, -1, -1, 0), lambda p: p[::-1, ::-1].transpose(1, 0, 2), 270, True),
    ],
)
def test_the_display_matrix_is_honoured(
    tmp_path: Path,
    matrix: tuple[int, int, int, int],
    turn: Callable[[np.ndarray], np.ndarray],
    rotation: int,
    mirrored: bool,
) -> None:
    path = set_display_matrix(encode(tmp_path / "a.mp4", [pattern()] * 4), *matrix)
    with VideoReader(path) as reader:
        frames = list(reader.frames())
    upright = turn(pattern())
    assert len(frames) == 4
    assert frames[2].rgb.shape == upright.shape == (reader.info.height, reader.info.width, 3)
    assert np.abs(frames[2].rgb.astype(int) - upright).mean() < 6
    assert (reader.info.rotation, reader.info.mirrored) == (rotation, mirrored)
    again = pattern()
    again = np.rot90(again, -rotation // 90)
    assert np.array_equal(again[:, ::-1] if mirrored else again, upright)


def test_rotation_reads_as_ffmpeg_reads_it(tmp_path: Path) -> None:
    path = set_display_matrix(encode(tmp_path / "a.mp4", [pattern()] * 2), 0, 1, -1, 0)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation == -90  # anticlockwise


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", [pattern()] * 3, pixel_aspect=Fraction(4, 3))
    with VideoReader(path) as reader:
        frame = next(reader.frames())
    assert (reader.info.width, reader.info.height) == (128, 64)
    assert frame.rgb.shape == (64, 128, 3)
    set_display_matrix(path, 0, 1, -1, 0)
    with VideoReader(path) as reader:
        assert next(reader.frames()).rgb.shape == (reader.info.height, reader.info.width, 3) == (128, 64, 3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.webm", "a.ts", "a.flv", "a.mpg", "a.m4v"])
@pytest.mark.parametrize("sound_seconds", [0.0, 2.5])
@pytest.mark.slow
def test_whole_files_of_many_kinds_are_accepted(tmp_path: Path, name: str, sound_seconds: float) -> None:
    codec = {"a.avi": "mpeg4", "a.webm": "libvpx", "a.mpg": "mpeg1video"}.get(name, "libx264")
    if name in ("a.webm", "a.mpg"):
        sound_seconds = 0.0  # they take no AAC
    path = encode(tmp_path / name, moving_shapes(40), codec=codec, rate=25, sound_seconds=sound_seconds)
    assert len(read(path)) == 40


@pytest.mark.parametrize("options", [{"movflags": "frag_keyframe+empty_moov"}, FASTSTART, {"use_editlist": "0"}])
def test_mp4_dialects_are_accepted(tmp_path: Path, options: dict[str, str]) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(60), container_options=options, codec_options={"g": "20"})
    assert len(read(path)) == 60


def test_a_clip_trimmed_by_an_edit_list_is_accepted(tmp_path: Path) -> None:
    # Phones trim by an edit list: the frames before the cut stay in the file, and in its count of frames.
    whole = encode(tmp_path / "whole.mp4", moving_shapes(60), codec_options={"g": "60", "bf": "0"})
    trimmed = tmp_path / "trimmed.mp4"
    with av.open(str(whole)) as given, av.open(str(trimmed), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        shift = round(1 / stream.time_base)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, copy
                made.mux(packet)
    with VideoReader(trimmed) as reader:
        frames = list(reader.frames())
    assert reader.info.declared_frames == 60
    assert [frame.time for frame in frames] == pytest.approx(np.arange(30) / 30, abs=1e-3)


def test_a_live_recording_without_a_length_is_accepted(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.webm", moving_shapes(30), codec="libvpx", container_options={"live": "1"})
    with VideoReader(path) as reader:
        assert reader.info.duration is None
        assert reader.info.declared_frames is None
        assert len(list(reader.frames())) == 30


@pytest.mark.slow
def test_a_recording_that_starts_between_two_key_frames_is_accepted(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mkv", moving_shapes(60), codec="libvpx", codec_options={"g": "20"})
    with av.open(str(whole)) as given, av.open(str(tmp_path / "part.mkv"), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in [packet for packet in given.demux(stream) if packet.dts is not None][5:]:
            packet.stream = copy
            made.mux(packet)
    frames = read(tmp_path / "part.mkv")
    assert len(frames) == 40
    assert frames[0].time == 0.0


def test_frames_that_do_not_advance_are_left_out_and_counted(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", moving_shapes(6), times=[0, 0.04, 0.0402, 0.08, 0.12, 0.16])
    with VideoReader(path) as reader:
        times = [frame.time for frame in reader.frames()]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16], abs=1e-3)
    assert reader.skipped_frames == 1


def test_a_single_frame(tmp_path: Path) -> None:
    assert [frame.time for frame in read(encode(tmp_path / "a.mp4", moving_shapes(1)))] == [0.0]


def test_a_name_like_an_address_is_a_file_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "pipe:0.mp4" if os.name != "nt" else "-.mp4"
    encode(tmp_path / "a.mp4", moving_shapes(3)).rename(tmp_path / name)
    assert len(read(Path(name))) == 3


def test_frames_can_be_read_only_once(tmp_path: Path) -> None:
    with VideoReader(encode(tmp_path / "a.mp4", moving_shapes(3))) as reader:
        list(reader.frames())
        with pytest.raises(RuntimeError, match="only once"):
            next(reader.frames())


# ---- bad input ----


def empty(folder: Path) -> Path:
    (folder / "bad.mp4").touch()
    return folder / "bad.mp4"


def text(folder: Path) -> Path:
    (folder / "bad.txt").write_text("not a video\n" * 1000)
    return folder / "bad.txt"


def text_named_mp4(folder: Path) -> Path:
    return text(folder).rename(folder / "bad.mp4")


def noise(folder: Path) -> Path:
    (folder / "bad.bin").write_bytes(np.random.default_rng(1).bytes(100_000))
    return folder / "bad.bin"


def page(folder: Path) -> Path:
    (folder / "bad.mp4").write_text("<!DOCTYPE html><html><body>" + "<p>Not found</p>" * 500 + "</body></html>")
    return folder / "bad.mp4"


def archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "bad.mp4", "w") as file:
        file.writestr("a.txt", "x" * 10_000)
    return folder / "bad.mp4"


def directory(folder: Path) -> Path:
    (folder / "bad.mp4").mkdir()
    return folder / "bad.mp4"


def playlist_of_an_address(folder: Path) -> Path:
    (folder / "bad.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n")
    return folder / "bad.m3u8"


def without_index(folder: Path) -> Path:
    return cut(encode(folder / "whole.mp4", moving_shapes(60)), folder / "bad.mp4", 0.9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (empty, "is empty (0 bytes)"),
        (text, "is not a video"),
        (text_named_mp4, "is not a video"),
        (noise, "is not a video"),
        (page, "is not a video"),
        (archive, "is not a video"),
        (directory, "is a folder"),
        (playlist_of_an_address, "is not a video"),
        (without_index, "cut off before its first frame"),
    ],
)
def test_what_is_no_video_is_said_in_a_sentence(tmp_path: Path, make: Callable[[Path], Path], words: str) -> None:
    path = make(tmp_path)
    with pytest.raises(VideoReadError) as caught:
        read(path)
    assert_one_sentence(caught.value, path)
    assert words in str(caught.value)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError) as caught:
        VideoReader(tmp_path / "bad.mp4")
    assert isinstance(caught.value, FileNotFoundError)
    assert_one_sentence(caught.value, tmp_path / "bad.mp4")


@pytest.mark.parametrize("cover", [False, True])
def test_sound_alone_is_called_so(tmp_path: Path, cover: bool) -> None:
    path = tmp_path / "voice.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", 44_100, layout="mono")
        art = container.add_stream("png", 1) if cover else None
        if art is not None:
            art.width, art.height, art.pix_fmt = 32, 32, "rgb24"
            art.disposition = av.stream.Disposition.attached_pic
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), format="fltp", layout="mono")
        samples.sample_rate, samples.pts = 44_100, 0
        if art is not None:
            container.mux(art.encode(av.VideoFrame.from_ndarray(pattern(32, 32), format="rgb24")))
        container.mux(stream.encode(samples))
        container.mux(stream.encode())
    with pytest.raises(VideoReadError, match="only sound and no picture") as caught:
        VideoReader(path)
    assert_one_sentence(caught.value, path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.95])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.flv"])
@pytest.mark.slow
def test_a_file_cut_off_is_refused(tmp_path: Path, name: str, share: float) -> None:
    whole = encode(
        tmp_path / name,
        np.random.default_rng(0).integers(0, 255, (90, 48, 64, 3), np.uint8),
        codec="mpeg4" if name == "a.avi" else "libx264",
        container_options=FASTSTART if name in ("a.mp4", "a.mov") else None,
    )
    path = cut(whole, tmp_path / f"cut_{name}", share)
    with pytest.raises(VideoReadError) as caught:
        read(path)
    assert_one_sentence(caught.value, path)
    assert "is damaged or cut off: only" in str(caught.value)
    assert re.search("of 9[0-2] frames", str(caught.value))  # FLV only says how long it is


def test_damage_in_the_middle_is_refused(tmp_path: Path, demo_clip: Path) -> None:
    path = remux(demo_clip, tmp_path / "a.mp4", FASTSTART)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(2).bytes(3000)
    path.write_bytes(content)
    with pytest.raises(VideoReadError, match=r"is damaged or cut off: only [0-9]+ of 120 frames") as caught:
        read(path)
    assert_one_sentence(caught.value, path)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_shapes(3))
    path.chmod(0)
    with pytest.raises(VideoReadError, match="permission denied"):
        VideoReader(path)


def assert_one_sentence(error: PipelineError, path: Path) -> None:
    message = str(error)
    assert str(path) in message
    assert "\n" not in message
    assert message[0] not in "'\""
    restored = pickle.loads(pickle.dumps(error))
    assert type(restored) is type(error)
    assert str(restored) == message
