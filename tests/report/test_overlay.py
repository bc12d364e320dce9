"""The overlay, decoded again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import set_display_matrix, yuv_frame

from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.overlay import LONG_SIDE, write_overlay
from humanpose3d.video.reader import VideoReader, YuvFrame


def grey_frames(times: np.ndarray, width: int, height: int) -> Iterator[YuvFrame]:
    for time in times:
        yield yuv_frame(float(time), np.full((height, width, 3), 128, np.uint8))


def person(times: np.ndarray, visibility: float = 1.0) -> Landmarks:
    """Somebody whose left ear is left of everything, spread over the picture."""
    spread = np.stack([np.linspace(0.1, 0.9, 33), np.linspace(0.9, 0.1, 33)], axis=-1)
    frames = len(times)
    return Landmarks(
        times, np.zeros((frames, 33, 3)), np.tile(spread, (frames, 1, 1)), np.full((frames, 33), visibility)
    )


ENDLESS_OVERLAY = """
import itertools, sys, threading
from pathlib import Path
import av, numpy as np
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.overlay import write_overlay
from humanpose3d.video.reader import YuvFrame

def frames():
    for number in itertools.count():
        if number == 60:
            print("half way", flush=True)
        yield YuvFrame(number / 30, av.VideoFrame(640, 360, "yuv420p"))

nobody = Landmarks(np.zeros(1), np.full((1, 33, 3), np.nan), np.full((1, 33, 2), np.nan), np.full((1, 33), np.nan))
try:
    write_overlay(Path(sys.argv[1]), frames(), nobody)
except KeyboardInterrupt:
    print("interrupted; threads:", *(thread.name for thread in threading.enumerate()))
"""


def drawn_pixels(picture: np.ndarray) -> float:
    return float(np.abs(picture.astype(int) - 128).sum())


@pytest.mark.slow
def test_the_overlay_of_the_demo_clip_has_its_times_and_a_skeleton(
    demo_clip: Path, walk_landmarks: Landmarks, tmp_path: Path
) -> None:
    target = tmp_path / "walk_overlay.mp4"
    with VideoReader(demo_clip) as reader:
        write_overlay(target, reader.yuv_frames(LONG_SIDE), walk_landmarks, rate=reader.info.nominal_rate)
    with VideoReader(demo_clip) as before, VideoReader(target) as after:
        changed = 0
        for given, made in zip(before.frames(), after.frames(), strict=True):
            assert made.time == pytest.approx(given.time, abs=1e-5)
            changed += np.abs(given.rgb.astype(int) - made.rgb).max() > 100
        assert changed == 120
        assert (after.info.width, after.info.height) == (480, 640)


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = np.cumsum([0, 0.033, 0.1, 0.008, 0.5, 0.0417, 0.02])
    target = tmp_path / "overlay.mp4"
    write_overlay(target, grey_frames(times, 64, 48), person(times), rate=29.97)
    with VideoReader(target) as reader:
        np.testing.assert_allclose([frame.time for frame in reader.frames()], times, atol=1e-5)


def test_a_video_on_its_side_is_drawn_upright(walk_landmarks: Landmarks, demo_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "overlay.mp4"
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(demo_clip.read_bytes())
    set_display_matrix(turned, 0, 1, -1, 0)
    with VideoReader(turned) as reader:
        write_overlay(target, reader.yuv_frames(LONG_SIDE), walk_landmarks)
        size = reader.info.width, reader.info.height
    with VideoReader(target) as made:
        assert size == (made.info.width, made.info.height) == (640, 480)
        assert made.info.rotation == 0


def test_browsers_can_play_it(tmp_path: Path) -> None:
    times = np.arange(5) / 30
    target = tmp_path / "overlay.mp4"
    write_overlay(target, grey_frames(times, 100, 76), person(times))
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "the index must come first"
    with av.open(str(target)) as container:
        [stream] = container.streams
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (100, 76)


def test_a_frame_without_landmarks_is_shown_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "overlay.mp4"
    write_overlay(target, grey_frames(np.array([0.0, 0.04]), 64, 48), person(np.array([0.0])))
    with VideoReader(target) as reader:
        first, second = (frame.rgb.astype(int) for frame in reader.frames())
    assert np.abs(first - 128).max() > 60
    assert np.abs(second - 128).max() < 12


def test_slow_motion_keeps_the_times_of_the_video(tmp_path: Path) -> None:
    filmed = np.arange(6) / 30
    target = tmp_path / "overlay.mp4"
    write_overlay(target, grey_frames(filmed, 64, 48), person(filmed / 8), slow_motion_factor=8)
    with VideoReader(target) as reader:
        frames = list(reader.frames())
    np.testing.assert_allclose([frame.time for frame in frames], filmed, atol=1e-5)
    assert all(drawn_pixels(frame.rgb) > 10_000 for frame in frames)


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "overlay.mp4"
    target.write_bytes(b"old")

    def breaking() -> Iterator[YuvFrame]:
        yield from grey_frames(np.arange(3) / 30, 64, 48)
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        write_overlay(target, breaking(), person(np.arange(3) / 30))
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_ctrl_c_leaves_no_thread_and_no_half_file(tmp_path: Path) -> None:
    """Held up in the middle of a video without an end, in a process of its own, interrupted as a terminal does."""
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS_OVERLAY, encoding="utf-8")
    folder = tmp_path / "out"
    folder.mkdir()
    command = [sys.executable, str(program), str(folder / "overlay.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half way\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.read() == "interrupted; threads: MainThread\n"
        assert child.wait(30) == 0
    assert list(folder.iterdir()) == []


def test_no_frame_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no frame"):
        write_overlay(tmp_path / "overlay.mp4", [], person(np.zeros(1)))
    assert not list(tmp_path.iterdir())


TESTS = Path(__file__).resolve().parents[1]
PEAK_MEMORY = """
import sys
from pathlib import Path
import av, numpy as np
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.overlay import write_overlay
from humanpose3d.video.reader import YuvFrame
from support.memory import peak_memory

target, frames = Path(sys.argv[1]), int(sys.argv[2])
grey = av.VideoFrame.from_ndarray(np.full((540, 640), 128, np.uint8), "yuv420p")
given = (YuvFrame(number / 30, grey.reformat(format="yuv420p", width=642, height=360)) for number in range(frames))
spread = np.tile(np.linspace(0.1, 0.9, 33)[:, None], (frames, 1, 2))
somebody = Landmarks(np.arange(frames) / 30, np.zeros((frames, 33, 3)), spread, np.ones((frames, 33)))
write_overlay(target, given, somebody)
print(peak_memory() / 2**20)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak memory to the standard library")
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    peaks = []
    for frames in (60, 400):
        command = [sys.executable, "-c", PEAK_MEMORY, str(tmp_path / "overlay.mp4"), str(frames)]
        done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True)
        peaks.append(float(done.stdout))
    assert peaks[1] - peaks[0] < 20, "the other 340 frames would be 118 MB"
