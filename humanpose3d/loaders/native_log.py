"""Keep what native libraries print from standard error."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

__all__ = ["CapturedLog", "quiet_stderr"]

_STDERR = 2
_KEPT_BYTES = 4096

# File descriptor 2 belongs to the whole process: without the lock, a second thread
# could restore the first one's temporary file instead of the original.
_descriptor_lock = threading.RLock()


@dataclass
class CapturedLog:
    """The end of what was printed while the descriptor was redirected; filled in when the block ends."""

    text: str = ""


@contextmanager
def quiet_stderr() -> Iterator[CapturedLog]:
    """Redirect file descriptor 2 to a temporary file within the block, and restore it however the block ends.

    C++ logs go to the descriptor and never pass through ``sys.stderr``, so only the descriptor is touched.
    Where there is no such descriptor (a process started without standard error) nothing is redirected.
    """
    log = CapturedLog()
    with _descriptor_lock:
        try:
            original = os.dup(_STDERR)
        except OSError:
            yield log
            return
        try:
            with tempfile.TemporaryFile() as sink:
                _flush_python_stderr()
                os.dup2(sink.fileno(), _STDERR)
                try:
                    yield log
                finally:
                    _flush_python_stderr()
                    os.dup2(original, _STDERR)
                    log.text = _tail(sink.fileno())
        finally:
            os.close(original)


def _flush_python_stderr() -> None:
    """Write out what Python has buffered, before the descriptor changes."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # closed, or a replacement that cannot be flushed
            sys.stderr.flush()


def _tail(descriptor: int) -> str:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, max(0, size - _KEPT_BYTES), os.SEEK_SET)
    return os.read(descriptor, _KEPT_BYTES).decode("utf-8", "replace").strip()
