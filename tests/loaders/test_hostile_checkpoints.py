"""Hostile checkpoints, loaded in a process of their own: refused by file and fault, at once, in little memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.small_checkpoints import MAKERS, save, with_pickle

MOST_SECONDS = 1  # of the processor
MOST_MEMORY = 300 << 20

LOAD = """
import json, sys, time
from pathlib import Path
from support.memory import peak_memory
from humanpose3d.loaders import load_joint_refiner

start = time.process_time()
try:
    load_joint_refiner(Path(sys.argv[1]))
    said = ["nothing", ""]
except Exception as error:
    said = [type(error).__name__, str(error)]
seconds = time.process_time() - start
print(json.dumps([*said, seconds, peak_memory()]))
"""

Maker = Callable[[Path], object]
PICKLE = 250_000  # bytes, nearly as many as are read
TERA = b"\x8a\x06" + (10**12).to_bytes(6, "little")  # the number 10¹² in a pickle


def pickled(stream: bytes) -> Maker:
    """Make a file with this pickle."""
    return lambda path: with_pickle({}, path, lambda _: b"\x80\x04" + stream + b".")


def changed(old: bytes, new: bytes) -> Maker:
    """Make a good file and change its pickle."""

    def change(stream: bytes) -> bytes:
        assert old in stream
        return stream.replace(old, new, 1)

    return lambda path: with_pickle(MAKERS["joint"](), path, change)


def with_weight(value: Callable[[np.ndarray], object]) -> Maker:
    """Make a good file but for one tensor."""

    def make(path: Path) -> None:
        checkpoint = MAKERS["joint"]()
        weights = checkpoint["model_state_dict"]
        name = next(name for name in weights if name.endswith("ffn.0.weight"))
        weights[name] = value(weights[name])
        save(checkpoint, path)

    return make


def with_config(**config: object) -> Maker:
    return lambda path: save({**MAKERS["joint"](), "config": config}, path)


def repacked(path: Path, method: int) -> None:
    save(MAKERS["joint"](), path)
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in members.items():
            target.writestr(name, content)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\x80\x02}.")
        with archive.open("bomb/data/0", "w") as member:
            for _ in range(256):
                member.write(bytes(1 << 20))


def overlapping(path: Path) -> None:
    """Let the entry of one storage begin within that of another, which zip's directory cannot forbid."""
    inner = b"PK\3\4" + struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(bytes(64)), 64, 64, 8, 0)
    inner += b"x/data/1" + bytes(64)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", b"\x80\x02}.")
        archive.writestr("x/data/0", inner)
        archive.writestr("x/data/1", bytes(64))
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"x/data/1") - 46
    struct.pack_into("<I", content, entry + 42, content.index(inner))
    path.write_bytes(content)


def longer_than_stored(path: Path) -> None:
    """Let the directory say that a stored entry unpacks to more bytes than it has."""
    save(MAKERS["joint"](), path)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"model/data/0") - 46
    struct.pack_into("<I", content, entry + 24, 100_000)
    path.write_bytes(content)


HOSTILE: dict[str, tuple[Maker, str]] = {
    "code": (pickled(b"cposix\nsystem\n\x8c\x04true\x85R"), "would run code when loaded: it refers to posix.system"),
    "hidden code": (pickled(b"\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R"), "it refers to os.system"),
    "code by instance": (pickled(b"(\x8c\x04trueios\nsystem\n"), "opcode INST"),
    "code by state": (pickled(b"ccollections\nOrderedDict\n}b"), "gives a state to what has none"),
    "buffer": (pickled(b"cbuiltins\nbytearray\n" + TERA + b"\x85R"), "bytearray"),
    "growing lists": (pickled(b"]\x94" * (PICKLE // 2)), "does not end with one value"),
    "growing dictionaries": (pickled(b"}\x94" * (PICKLE // 2)), "does not end with one value"),
    "growing marks": (pickled(b"(" * PICKLE), "does not end with one value"),
    "doubled tuples": (pickled(b"}N" + b"2\x86" * 40 + b"s"), "opcode DUP"),
    "hash for ever": (
        pickled(b"})" + b"".join(b"q%ch%c\x86" % (i, i) for i in range(60)) + b"Ns"),
        "a tuple as a key",
    ),
    "nested lists": (pickled(b"]" * (PICKLE // 2) + b"a" * (PICKLE // 2 - 1)), "not a dictionary"),
    "nested tuples": (pickled(b")" + b"\x85" * PICKLE), "not a dictionary"),
    "itself": (pickled(b"}\x94\x8c\x10model_state_dicth\x00s"), "under"),
    "long number": (pickled(b"\x8b" + struct.pack("<i", 200_000) + b"\x7f" * 200_000), "opcode LONG4"),
    "long text of digits": (pickled(b"I" + b"9" * 200_000 + b"\n"), "damaged"),
    "terabyte storage": (
        changed(b"X\x03\0\0\0cpuK\x90tQ", b"X\x03\0\0\0cpu" + TERA + b"tQ"),
        "claims 4,000,000,000,000 bytes",
    ),
    "terabyte tensor": (
        changed(b"K\x00(K\x10K\x09t", b"K\x00(" + TERA + b"K\x09t"),
        "reaches",
    ),
    "negative stride": (changed(b"(K\x09K\x01t", b"(J\xff\xff\xff\xffK\x01t"), "a stride is none"),
    "negative offset": (
        changed(b"tQK\x00(K\x10K\x09t", b"tQJ\xff\xff\xff\xff(K\x10K\x09t"),
        "an offset or a stride is none",
    ),
    "missing entry": (changed(b"X\x01\0\0\x000X\x03", b"X\x04\0\0\x00../0X\x03"), "has no member"),
    "strings": (changed(b"ctorch\nFloatStorage\n", b"ctorch\nStringStorage\n"), "torch.StringStorage"),
    "list of strings": (with_weight(lambda _: ["a", "b"]), r"(list) under"),
    "overlapping": (overlapping, "overlap"),
    "longer than stored": (longer_than_stored, "is compressed"),
    "compressed": (lambda path: repacked(path, zipfile.ZIP_DEFLATED), "is compressed"),
    "bomb": (bomb, "claim to unpack to"),
    "NaN": (with_weight(lambda weight: weight * np.float32("nan")), "not finite"),
    "infinite": (with_weight(lambda weight: weight + np.float32("inf")), "not finite"),
    "wrong shape": (with_weight(lambda weight: weight.T), "has the shape"),
    "wrong type": (with_weight(lambda weight: weight.astype(np.float16)), "is float16, not float32"),
    "a billion channels": (with_config(d_model=10**9), "d_model"),
    "a million layers": (with_config(n_layers=10**7), "n_layers"),
    "no heads": (with_config(n_heads=0), "n_heads"),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_file_is_refused_at_once_in_little_memory(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    path = tmp_path / "model.pth"
    make(path)
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(path)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    error, message, seconds, peak = json.loads(done.stdout)
    assert error in ("IntegrityError", "ModelLoadError"), message
    assert words in message
    assert message.startswith(f"{path} is not a checkpoint of the model joint: ")
    assert len(message) < 600 + len(str(path))
    assert seconds < MOST_SECONDS
    assert peak < MOST_MEMORY
