from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clips import encode, moving_shapes
from support.quicktime import Item, add_items

from humanpose3d.video.camera_tags import CameraTags
from humanpose3d.video.quicktime import metadata_items
from humanpose3d.video.reader import VideoInfo, VideoReader

FOCAL_LENGTH = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
LENS = "com.apple.quicktime.camera.lens_model"


def info_of(path: Path) -> VideoInfo:
    with VideoReader(path) as reader:
        assert len(list(reader.frames())) == 5
        return reader.info


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode(tmp_path / "a.mov", moving_shapes(5))


@pytest.mark.parametrize("inside", [(), ("trak",), ("udta",)])
@pytest.mark.parametrize("value", [27, 27.0, "27", "27.00mm"])
def test_the_focal_length_that_a_telephone_states_is_read(clip: Path, inside: tuple[str, ...], value: Item) -> None:
    lens = "iPhone 13 back dual wide camera 5.1mm f/1.6"
    info = info_of(add_items(clip, {LENS: lens, FOCAL_LENGTH: value}, *inside))
    assert (info.focal_length_35mm, info.lens) == (27, lens)


def test_a_file_that_says_nothing_about_its_lens(clip: Path) -> None:
    info = info_of(add_items(clip, {"com.apple.quicktime.make": "Apple", FOCAL_LENGTH: "unknown"}, "trak"))
    assert (info.focal_length_35mm, info.lens) == (None, None)


def test_tags_of_other_containers_are_read(tmp_path: Path) -> None:
    tags = {"FocalLengthIn35mmFilm": "35", "LensModel": "50 mm f/1.8"}
    info = info_of(encode(tmp_path / "a.mkv", moving_shapes(5), tags=tags))
    assert (info.focal_length_35mm, info.lens) == (35, "50 mm f/1.8")


@pytest.mark.parametrize("value", ["", "26 or so", "0", "0 mm", "nan", "1e3"])
def test_what_is_no_focal_length_is_left_out(value: str) -> None:
    assert CameraTags.of({FOCAL_LENGTH: value}).focal_length_35mm is None


@pytest.mark.parametrize("value", [-26.0, 5.0, 5000.0])
def test_a_number_is_read_as_stated(value: float) -> None:
    assert CameraTags.of({FOCAL_LENGTH: f"{value:g}"}).focal_length_35mm == value


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = encode(tmp_path_factory.mktemp("tagged") / "a.mov", moving_shapes(1))
    return add_items(path, {FOCAL_LENGTH: 27}, "trak")


@given(st.data())
def test_a_damaged_header_stops_nothing(tagged: Path, data: st.DataObject) -> None:
    assert metadata_items(tagged) == {FOCAL_LENGTH: "27"}
    content = bytearray(tagged.read_bytes())
    start = content.index(b"moov") - 4
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(start, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = tagged.with_name("damaged.mov")
    damaged.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert isinstance(metadata_items(damaged), dict)
