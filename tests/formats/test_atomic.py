import os
import stat
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from humanpose3d.formats.atomic import replaced_by, replacing


def test_text_is_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    with replacing(tmp_path / "größe.txt") as file:
        file.write("1.78 m – 75 kg\nEnde\n")
    assert (tmp_path / "größe.txt").read_bytes() == "1.78 m – 75 kg\nEnde\n".encode()


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.bin", "bytes") as file:
        file.write(b"\r\n\x00")
    assert (tmp_path / "a.bin").read_bytes() == b"\r\n\x00"


def test_the_file_does_not_exist_before_the_block_ends(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt") as file:
        file.write("half")
        file.flush()
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "half"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(error), replacing(target) as file:
        file.write("new")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text() == "old"


def test_a_failure_to_replace_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError), replacing(tmp_path / "a.txt") as file:
        file.write("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_nested_blocks_make_one_set(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ExitStack() as files:
        for name in ("a", "b", "c"):
            files.enter_context(replacing(tmp_path / name)).write(name)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o007, 0o660)])
def test_the_umask_decides_the_permissions(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        with replacing(tmp_path / "a.txt") as file:
            file.write("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_what_a_killed_writer_leaves_has_one_kind_of_name(tmp_path: Path) -> None:
    """Whoever cleans up (a batch that goes on) knows it by that."""
    with replacing(tmp_path / "a.csv"), replaced_by(tmp_path / "b.mp4") as temporary:
        temporary.touch()
        assert len(list(tmp_path.glob(".*.tmp"))) == 2
