"""Packs as they arrive: whole ones become readable, and nothing else does."""

from __future__ import annotations

import hashlib
import random
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.repositories import git

from humanpose3d.model_assets.transports.dulwich.objects import FatalError, Objects, parse_head
from humanpose3d.model_assets.transports.dulwich.packs import IncomingPack
from humanpose3d.model_assets.transports.git.repository import new_repository

NOISE = random.Random(1).randbytes(2_000)


@dataclass(frozen=True)
class Pack:
    content: bytes = field(repr=False)
    blobs: dict[str, bytes] = field(repr=False)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack in which one file is stored as a difference to another, and the blobs in it by their ids."""
    folder = tmp_path_factory.mktemp("repository")
    git("init", "-q", cwd=folder)
    blobs = {}
    for number in range(3):
        (folder / "file").write_bytes(content := NOISE + b"x" * number)
        git("add", ".", cwd=folder)
        git("commit", "-q", "-m", str(number), cwd=folder)
        blobs[git("rev-parse", "HEAD:file", cwd=folder)] = content
    command = ["git", "pack-objects", "--stdout", "--all", "--revs", "-q"]
    done = subprocess.run(command, cwd=folder, input=b"", capture_output=True, check=True)
    assert len(done.stdout) < 2 * len(NOISE)
    return Pack(done.stdout, blobs)


@contextmanager
def incoming() -> Iterator[tuple[IncomingPack, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "index.git"
        new_repository(repository, alternates=None)
        yield IncomingPack(repository), repository


def with_digest(content: bytes) -> bytes:
    return content + hashlib.sha1(content).digest()


def pack_of(size: int, deflated: bytes) -> bytes:
    """Write a pack of one blob that claims a size."""
    head, rest = [0x30 | size & 15], size >> 4
    while rest:
        head[-1] |= 0x80
        head.append(rest & 0x7F)
        rest >>= 7
    return with_digest(b"PACK" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes(head) + deflated)


@given(sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=50))
@settings(max_examples=20)
def test_a_pack_is_readable_however_it_was_cut_on_the_way(pack: Pack, sizes: list[int]) -> None:
    content, blobs = pack.content, pack.blobs
    with incoming() as (arriving, repository):
        position = 0
        while position < len(content):
            size = sizes[position % len(sizes)]
            assert arriving.write(content[position : position + size]) <= size
            position += size
        arriving.finish()
        objects = Objects(repository)
        for blob, expected in blobs.items():
            kind, size, pieces = objects.read(blob)
            assert (kind, size, b"".join(pieces)) == ("blob", len(expected), expected)
        assert "0" * 40 not in objects and "HEAD" not in objects


@given(data=st.data())
@settings(max_examples=30)
def test_a_part_of_a_pack_and_a_pack_with_more_behind_are_refused(pack: Pack, data: st.DataObject) -> None:
    content = pack.content
    cut = data.draw(st.integers(0, len(content) - 1))
    for spoilt in (content[:cut], content + content[:1]):
        with incoming() as (arriving, repository), pytest.raises((FatalError, zlib.error)):
            arriving.write(spoilt)
            arriving.finish()
        assert not list(repository.rglob("*.idx"))


@given(data=st.data())
@settings(max_examples=60)
def test_a_changed_byte_is_noticed(pack: Pack, data: st.DataObject) -> None:
    content = bytearray(pack.content)
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with incoming() as (arriving, repository), pytest.raises((FatalError, zlib.error)):
        arriving.write(bytes(content))
        arriving.finish()
    assert not list(repository.rglob("*.idx"))


@pytest.mark.parametrize("claimed", [0, 15, 999_999, 10_000_000_000])
def test_an_object_of_another_size_than_it_claims(claimed: int) -> None:
    content = pack_of(claimed, zlib.compress(bytes(1_000_000)))
    with incoming() as (arriving, _), pytest.raises(FatalError, match="than it claims"):
        arriving.write(content)
        arriving.finish()


def test_the_size_in_a_head_is_read() -> None:
    assert parse_head(pack_of(10_000_000_000, b"")[12:]) == (3, 10_000_000_000, 6)
    assert parse_head(b"\xb0\x80") is None
    with pytest.raises(FatalError, match="bad object"):
        parse_head(b"\xb0" + b"\x80" * 99)
