"""The scan of a checkpoint's pickle, against what an unpickler would really be asked for."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from humanpose3d.model_assets.validation import find_fault
from humanpose3d.model_assets.validation.disguise import FileFault
from humanpose3d.model_assets.validation.pickles import ALLOWED_GLOBALS, read_pickle

NAMES = ["os", "system", "posix", "torch", "Size", "collections", "OrderedDict", "builtins", "set", "eval", "a.b"]


class Anything:
    """Whatever a hostile stream does with what it imported, it is done to this."""

    def __new__(cls, *arguments: object, **options: object) -> Anything:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Take any state."""


def imports_of(stream: bytes, unpickler: type, encoding: str) -> set[str]:
    """Ask a real unpickler what it would import, up to the end or to the first fault of the stream."""
    asked: set[str] = set()

    class Recorder(unpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> type:
            asked.add(f"{module}.{name}")
            return Anything

        def persistent_load(self, _id: object) -> object:
            return Anything()

    try:
        Recorder(io.BytesIO(stream), encoding=encoding).load()
    except Exception:  # noqa: BLE001  (hostile streams fail in every way)
        return asked
    return asked


def text(value: str) -> st.SearchStrategy[bytes]:
    """All the ways to push a string."""
    data = value.encode()
    return st.sampled_from(
        [
            b"\x8c" + bytes([len(data)]) + data,
            b"X" + struct.pack("<I", len(data)) + data,
            b"\x8d" + struct.pack("<Q", len(data)) + data,
            b"V" + data + b"\n",
            b"S'" + data + b"'\n",
            b"U" + bytes([len(data)]) + data,
            b"T" + struct.pack("<i", len(data)) + data,
        ]
    )


names = st.sampled_from(NAMES)
strings = names.flatmap(text)
slots = st.integers(0, 5)
memo = st.one_of(
    st.just(b"\x94"),
    slots.map(lambda i: b"q" + bytes([i])),
    slots.map(lambda i: b"r" + struct.pack("<I", i)),
    slots.map(lambda i: b"p%d\n" % i),
    slots.map(lambda i: b"h" + bytes([i])),
    slots.map(lambda i: b"j" + struct.pack("<I", i)),
    slots.map(lambda i: b"g%d\n" % i),
)
plain = st.sampled_from(
    [bytes([code]) for code in b"(012tl})]NRbodesau" if code not in b"s"]
    + [b"\x85", b"\x86", b"\x87", b"\x81", b"\x92", b"\x93", b"\x88", b"\x89", b"\x8f", b"\x90", b"\x91"]
    + [b"K\x01", b"I1\n", b"Q", b"Pid\n", b"\x80\x04", b"\x82\x01", b"C\x02os", b"B\x02\0\0\0os"]
)
frames = st.integers(0, 40).map(lambda length: b"\x95" + struct.pack("<Q", length))
imports = st.one_of(
    st.tuples(names, names).map(lambda pair: b"c%s\n%s\n" % (pair[0].encode(), pair[1].encode())),
    st.tuples(names, names).map(lambda pair: b"i%s\n%s\n" % (pair[0].encode(), pair[1].encode())),
    st.tuples(strings, st.one_of(memo, plain, st.just(b"")), strings, st.one_of(memo, plain, st.just(b""))).map(
        lambda parts: b"".join(parts) + b"\x93"
    ),
    st.just(b"\x93"),
)
streams = st.lists(st.one_of(strings, memo, plain, imports, frames), max_size=14).map(
    lambda parts: b"\x80\x04" + b"".join(parts) + b"."
)


@settings(max_examples=1500, deadline=None)
@given(streams)
@example(b"\x80\x04\x8c\x02os\x8c\x06system\x8c\x05torch\x8c\x04Size00\x93.")  # harmless names on top, popped
@example(b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x8c\x05torch\x8c\x04Size00h\x00h\x01\x93.")  # through the memo
@example(b"\x80\x04\x8c\x02os\x8c\x06system(\x8c\x05torch\x8c\x04Size1\x93.")  # behind a mark
@example(b"\x80\x04\x95\x02\0\0\0\0\0\0\0cXcollections\nOrderedDict\n.")  # a line across the end of a frame
@example(b"\x80\x04\x95\x03\0\0\0\0\0\0\0X\x13\0" + b"\0\0\0\0cposix\ngetcwd\n)R..")  # a string across it hides opcodes
@example(b"\x80\x04\x8c\x05torchq\x00\x8c\x02osq\x00h\x00\x8c\x06system\x93.")  # a memo slot used twice
@pytest.mark.slow
def test_nothing_that_would_be_imported_is_hidden(stream: bytes) -> None:
    if fault_of(stream):
        return
    for unpickler in (pickle.Unpickler, pickle._Unpickler):  # type: ignore[attr-defined]
        for encoding in ("ASCII", "utf-8", "latin-1"):
            assert imports_of(stream, unpickler, encoding) <= ALLOWED_GLOBALS


def fault_of(stream: bytes) -> str | None:
    try:
        read_pickle(stream)
    except FileFault as fault:
        return str(fault)
    return None


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_noise_never_breaks_the_scan(noise: bytes) -> None:
    for stream in (noise, b"\x80\x04" + noise + b"."):
        assert fault_of(stream) is None or len(fault_of(stream) or "") < 300


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=20,
    ),
    st.integers(0, 5),
)
def test_plain_data_is_read_in_every_protocol(value: object, protocol: int) -> None:
    assert read_pickle(pickle.dumps(value, protocol=protocol)) == (value, [])


EVIL = b"cposix\ngetcwd\n)R."


def rewritten(checkpoint: Path, target: Path, *, before: dict[str, bytes], after: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(checkpoint) as source, zipfile.ZipFile(target, "w") as archive:
        for name, content in before.items():
            archive.writestr(name, content)
        for member in source.namelist():
            archive.writestr(member, source.read(member))
        for name, content in after.items():
            archive.writestr(name, content)
    return target


@pytest.mark.parametrize("name", ["DATA.PKL", "Data.pkl", "data.pkl"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_second_pickle_that_differs_by_case(name: str, place: str, models_checkout: Path, tmp_path: Path) -> None:
    """PyTorch looks names up without regard to case, and takes the last one."""
    checkpoint = models_checkout / "checkpoints" / "best_joint_model.pth"
    with zipfile.ZipFile(checkpoint) as archive:
        folder = archive.namelist()[0].partition("/")[0]
    extra: dict[str, dict[str, bytes]] = {"before": {}, "after": {}}
    extra[place] = {f"{folder}/{name}": EVIL}
    with pytest.warns(UserWarning, match="Duplicate name") if name == "data.pkl" else _nothing():
        path = rewritten(checkpoint, tmp_path / "evil.pth", **extra)
    assert "2 data.pkl" in (find_fault(path, ".pth") or "")


def _nothing() -> object:
    import contextlib

    return contextlib.nullcontext()


def two_directories(honest: bytes, evil: bytes) -> bytes:
    """An archive that is `honest` for Python, while its end record points to the directory of `evil`.

    Python adds the distance between where the directory is and where it is said to be to all offsets in it.
    """
    (evil_length, evil_start), (length, start) = (struct.unpack("<2I", file[-10:-2]) for file in (evil, honest))
    assert evil_length == length
    members, directory = evil[:evil_start], evil[evil_start:-22]
    body = members + directory + honest[:start]
    correction = len(members + directory) - (len(body) - evil_start)
    moved = bytearray(honest[start:-22])
    position = 0
    while position < length:
        offset = struct.unpack_from("<i", moved, position + 42)[0]
        struct.pack_into("<i", moved, position + 42, offset + correction)
        position += 46 + sum(struct.unpack_from("<3H", moved, position + 28))
    return body + moved + honest[-22:-6] + struct.pack("<I", evil_start) + honest[-2:]


def stored(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_second_directory_that_only_pytorch_would_read(tmp_path: Path) -> None:
    honest = stored({"a/data.pkl": b"\x80\x02}.", "a/data/0": bytes(400), "a/version": b"3\n"})
    evil = stored({"a/data.pkl": EVIL, "a/data/0": bytes(900), "a/version": b"3\n"})
    path = tmp_path / "evil.pth"
    path.write_bytes(honest)
    assert find_fault(path, ".pth") is None
    path.write_bytes(two_directories(honest, evil))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("a/data.pkl") == b"\x80\x02}."  # what Python sees, and a scan with Python
    assert "more than one place" in (find_fault(path, ".pth") or "")


@pytest.mark.parametrize("extra", [b"\0", b"PK\5\6" + bytes(18)])
def test_bytes_after_the_directory(extra: bytes, models_checkout: Path, tmp_path: Path) -> None:
    path = tmp_path / "file.pth"
    path.write_bytes((models_checkout / "checkpoints" / "best_joint_model.pth").read_bytes() + extra)
    assert find_fault(path, ".pth")
