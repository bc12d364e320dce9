import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from humanpose3d.loaders.native_log import quiet_stderr


def identity() -> tuple[int, int]:
    status = os.fstat(2)
    return status.st_dev, status.st_ino


def test_what_is_printed_is_kept_and_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr() as log:
        os.write(2, b"native noise\n")
    os.write(2, b"afterwards\n")
    assert log.text == "native noise"
    assert capfd.readouterr().err == "afterwards\n"


def open_descriptors() -> int:
    """Count them where the system tells (Linux)."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_descriptor_is_restored_whatever_happens(error: type[BaseException]) -> None:
    before, open_before = identity(), open_descriptors()
    with pytest.raises(error), quiet_stderr() as log:
        assert identity() != before
        os.write(2, b"last words")
        raise error
    assert identity() == before
    assert open_descriptors() == open_before
    assert log.text == "last words"


def test_blocks_may_be_nested(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr() as outer:
        os.write(2, b"1")
        with quiet_stderr() as inner:
            os.write(2, b"2")
        os.write(2, b"3")
    assert (outer.text, inner.text) == ("13", "2")
    assert capfd.readouterr().err == ""


def test_threads_do_not_leave_each_others_files_behind() -> None:
    before = identity()

    def work() -> None:
        for _ in range(50):
            with quiet_stderr():
                os.write(2, b".")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert identity() == before


def test_only_the_end_of_a_long_log_is_kept() -> None:
    with quiet_stderr() as log:
        os.write(2, b"x" * 100_000 + b"the end")
    assert log.text.endswith("the end")
    assert len(log.text) < 10_000


@pytest.mark.parametrize(
    "prepare", ["sys.stderr = None", "os.close(2)", "import io; sys.stderr = io.StringIO()", "sys.stderr.close()"]
)
def test_it_works_without_a_standard_error(prepare: str) -> None:
    code = f"""
import os, sys
from humanpose3d.loaders.native_log import quiet_stderr
{prepare}
with quiet_stderr() as log:
    print("works")
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "works\n"
