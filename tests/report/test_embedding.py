"""What a page carries within itself."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clips import yuv_frame

from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.figures.arrays import array_text
from humanpose3d.report.html.embedding import json_for_script, room_for_video, script_digest, video_address
from humanpose3d.report.overlay import write_overlay
from humanpose3d.video.reader import VideoReader


@given(text=st.text())
def test_no_text_breaks_out_of_a_script_element(text: str) -> None:
    written = json_for_script({text: [text, 1.5, None]})
    assert json.loads(written) == {text: [text, 1.5, None]}
    assert not set("<>&\u2028\u2029") & set(written)


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        json_for_script(float("nan"))


def test_arrays_come_back_with_their_gaps() -> None:
    values = np.array([[1.5, np.nan], [-3.25, 1e6]])
    back = np.frombuffer(base64.b64decode(array_text(values)), "<f4").reshape(2, 2)
    np.testing.assert_array_equal(back, values)


def test_the_room_for_a_video_is_what_the_rest_of_the_page_leaves() -> None:
    small, large = room_for_video({}, 10), room_for_video({"figures": "x" * 1_000_000}, 10)
    assert small - large == pytest.approx(1_000_000, abs=20)
    assert room_for_video({}, 60) == small
    assert room_for_video({}, 120) > 2 * small
    assert room_for_video({"figures": "x" * 9_000_000}, 10) == 2_000_000, "a video that can be recognised"


def test_a_script_is_named_as_browsers_name_it() -> None:
    # The example of the specification (Content Security Policy Level 3, section 8.4).
    assert script_digest("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_a_small_video_is_embedded_as_it_is(demo_clip: Path) -> None:
    head, body = video_address(demo_clip, 4.0, 4_000_000).split(",")
    assert head == "data:video/mp4;base64"
    assert base64.b64decode(body) == demo_clip.read_bytes()


@pytest.mark.slow
def test_a_large_video_is_made_smaller_and_keeps_its_times(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    times = np.cumsum(np.where(np.arange(75) % 3 == 0, 0.05, 0.03)) - 0.05
    frames = [yuv_frame(float(time), noise.integers(0, 255, (720, 1280, 3), np.uint8)) for time in times]
    nobody = Landmarks(times[:1], np.full((1, 33, 3), np.nan), np.full((1, 33, 2), np.nan), np.full((1, 33), np.nan))
    large = tmp_path / "large.mp4"
    write_overlay(large, frames, nobody, rate=27.0)
    assert large.stat().st_size > 8e6
    small = tmp_path / "small.mp4"
    small.write_bytes(base64.b64decode(video_address(large, float(times[-1]), 5_350_000).split(",")[1]))
    assert small.stat().st_size < 4.3e6, "as text, with plotly.js and the data, it must stay below 8 MB"
    with VideoReader(small) as reader:
        np.testing.assert_allclose([frame.time for frame in reader.frames()], times, atol=2e-5)
