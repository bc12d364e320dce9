"""Biovision's format: what is written is read, and whatever is damaged is refused."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

PROJECT = Path(__file__).resolve().parents[2]
_AXES = ["Xposition", "Zrotation", "Yrotation", "Xrotation"]


@pytest.fixture(scope="module")
def bvh_file() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "scripts"))
        yield importlib.import_module("trials.recordings.bvh_file")


@st.composite
def bvh_texts(draw: st.DrawFn) -> tuple[str, list[str], Array]:
    """The text of a file, the names of its joints, and its values."""
    names = [f"j{name}" for name in draw(st.lists(st.text("abLR_:. 1", max_size=8), min_size=1, max_size=6))]
    text, columns, depth = "HIERARCHY\n", 0, 0
    for i, name in enumerate(names):
        closed = draw(st.integers(0, depth - 1)) if i else 0
        channels = draw(st.permutations(_AXES))[: draw(st.integers(1, 4))]
        text += "}\n" * closed + f"{'JOINT' if i else 'ROOT'} {name}\n{{\nOFFSET 1 -2.5e-1 {i}\n"
        text += f"CHANNELS {len(channels)} {' '.join(channels)}\n"
        columns, depth = columns + len(channels), depth - closed + 1
    text += "End Site {OFFSET 0 1 0 }\n" + "}\n" * depth
    frames = draw(st.integers(2, 3))
    values = draw(st.lists(st.floats(-1e4, 1e4), min_size=columns, max_size=columns))
    rows = np.array(values) + np.arange(frames)[:, None]
    text += f"MOTION\nFrames: {frames}\nFrame Time: {draw(st.floats(1e-3, 0.5))}\n"
    text += "".join(" ".join(repr(float(value)) for value in row) + "\n" for row in rows)
    return draw(st.sampled_from([text, text.replace("\n", "\r\n"), text.replace("\n", "\n\n\t")])), names, rows


@given(written=bvh_texts())
def test_what_is_written_is_read(bvh_file: ModuleType, written: tuple[str, list[str], Array]) -> None:
    text, names, rows = written
    bvh = bvh_file.parse(text)
    assert [joint.name for joint in bvh.joints] == [*(" ".join(name.split()) for name in names), ""]
    assert all(-1 < joint.parent < i for i, joint in enumerate(bvh.joints) if i)
    np.testing.assert_array_equal(bvh.values, rows)
    rotations, places = bvh_file.posed(bvh)
    assert rotations.shape == (len(names) + 1, len(rows), 3, 3)
    assert np.isfinite(places).all()


@given(written=bvh_texts(), data=st.data())
def test_what_is_damaged_is_refused(
    bvh_file: ModuleType, written: tuple[str, list[str], Array], data: st.DataObject
) -> None:
    text = written[0]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    damaged = text[:start] + data.draw(st.text("{}\n 0.-eJMxyz:", max_size=4)) + text[end:]
    try:
        bvh = bvh_file.parse(damaged)
    except ValueError as error:
        assert "\n" not in str(error)
    else:  # what was damaged is a name or a number
        assert len(bvh.values) >= 2 and bvh.values.shape[1] == sum(len(joint.channels) for joint in bvh.joints)


def test_a_limb_is_where_its_channels_say(bvh_file: ModuleType) -> None:
    """Angles apply in the order of the channels; places replace the offset, or are added to it."""
    text = """HIERARCHY
        ROOT Hips {
            OFFSET 0 0 0
            CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
            JOINT Knee {
                OFFSET 0 -4 0
                CHANNELS 1 Xrotation
                JOINT Ankle {
                    OFFSET 0 -3 1
                    CHANNELS 3 Xposition Yposition Zposition
                    End Site { OFFSET 0 0 2 } } } }
        MOTION
        Frames: 2
        Frame Time: 0.01
        """
    for third in ("0 -3 1", "0 0 0"):
        bvh = bvh_file.parse(text + f"1 2 3 10 20 30 40 {third}\n" * 2)
        _, places = bvh_file.posed(bvh)
        hips = Rotation.from_euler("ZXY", [10, 20, 30], degrees=True)
        knee = hips * Rotation.from_euler("X", 40, degrees=True)
        below = np.array([1, 2, 3]) + hips.apply([0, -4, 0])
        np.testing.assert_allclose(places[:, 1], [[1, 2, 3], below, below + knee.apply([0, -3, 1]),
                                                  below + knee.apply([0, -3, 3])])  # fmt: skip
