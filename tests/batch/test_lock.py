"""One batch at a time in one folder: the second is told by whom it is taken, and nobody has to clean up."""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest

from humanpose3d.batch.errors import BatchRunningError
from humanpose3d.batch.lock import only_batch

HOLD = """
import sys
from pathlib import Path
from humanpose3d.batch.lock import only_batch
with only_batch(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_works_there_and_since_when(tmp_path: Path) -> None:
    with held_by_another(tmp_path) as other, pytest.raises(BatchRunningError) as caught, only_batch(tmp_path):
        pass
    said = str(caught.value)
    assert f"Another batch works in {tmp_path} (process {other.pid} on {socket.gethostname()}, since " in said
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\); wait for its end, or .* --output\.$", said)


def test_one_that_has_not_said_who_it_is_is_believed(tmp_path: Path) -> None:
    other = filelock.FileLock(tmp_path / ".batch.lock")
    with other, pytest.raises(BatchRunningError, match="it has just begun"), only_batch(tmp_path):
        pass


def test_a_killed_one_stands_in_nobody_s_way(tmp_path: Path) -> None:
    with held_by_another(tmp_path) as other:
        other.kill()
        other.wait()
    with only_batch(tmp_path):
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_when_it_fails_or_ends(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), only_batch(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_where_locks_do_not_work_it_warns_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with caplog.at_level(logging.WARNING), only_batch(tmp_path):
        pass
    assert "File locks do not work" in caplog.text and "start no second batch into it" in caplog.text
