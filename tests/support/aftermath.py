"""What must be true after any damage: nothing half, nobody left behind, and the next run succeeds."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from humanpose3d.model_assets import MODELS, ModelAssetError, get_model_path
from humanpose3d.model_assets.validation import find_fault

# Every message ends in the one thing to do next.
_ADVICE = re.compile(
    r"\b(Try again|Check|Use|Set|Free some space|Copy|Unset|Put|put another|allow more|Install|tell git|"
    r"End it|moves the whole set|use another|Remove)\b"
)


@dataclass(frozen=True)
class Aftermath:
    """One home, and the files that belong in it.

    Attributes
    ----------
    home : Path
        The base folder.
    originals : Path
        The models as they are in the repository.
    """

    home: Path
    originals: Path

    @contextlib.contextmanager
    def of(self, error: type[ModelAssetError], *words: str) -> Iterator[pytest.ExceptionInfo[ModelAssetError]]:
        """Expect exactly `error`, with `words` in its message, and check what it left."""
        with pytest.raises(ModelAssetError) as caught:
            yield caught
        assert type(caught.value) is error, f"{type(caught.value).__name__}: {caught.value}"
        message = str(caught.value)
        for word in words:
            assert word in message, f"{word!r} is not in: {message}"
        assert _ADVICE.search(message), f"no advice in: {message}"
        assert message.isprintable(), repr(message)
        self.nothing_left()

    def nothing_left(self) -> None:
        """Check that no temporary, no process and no half file is left."""
        assert temporaries(self.home) == []
        self.nobody_left()
        self.nothing_half()

    def nobody_left(self, *, within: float = 1.0) -> None:
        """Check that no process of this home is alive, at the latest after `within` seconds.

        One that was killed needs a moment to be gone where the machine is busy.
        """
        wait_until(lambda: not processes_of(self.home), within=within)

    def nothing_half(self) -> None:
        """Check that what lies under a final name has its format, and that the receipts can be read."""
        models = self.home / "models"
        for spec in MODELS.values():
            path = models / spec.path
            if path.exists():
                assert find_fault(path, spec.suffix) is None
        if (models / "manifest.json").exists():
            json.loads((models / "manifest.json").read_text(encoding="utf-8"))

    def recovered(self, name: str = "joint") -> Path:
        """Check that the next run gives the true file, without anybody's help."""
        path = get_model_path(name)
        assert path.read_bytes() == (self.originals / MODELS[name].path).read_bytes()
        self.nothing_left()
        return path


def wait_until(true: Callable[[], object], *, within: float = 10.0) -> None:
    """Wait for something to become true, as briefly as can be."""
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:g} s")
        time.sleep(0.02)


def temporaries(home: Path) -> list[str]:
    """Everything in a home that has no place there when nobody is at work, but for whole files that wait."""
    models = home / "models"
    known = {spec.path for spec in MODELS.values()} | {"manifest.json", ".resolver/lock", ".resolver/failure.json"}
    found = []
    for path in models.rglob("*") if models.exists() else []:
        name = path.relative_to(models).as_posix()
        staged = re.fullmatch(r"(checkpoints/)?\.resolver(/staging(/[0-9a-f]{40}-[\w.]+)?)?", name)
        kept = re.search(r"\.(corrupt|unreadable|manual)(\.\d+)?(/|$)", name)
        if not (staged or kept or name in known or name == "checkpoints"):
            found.append(name)
    return sorted(found)


def processes_of(home: Path) -> list[str]:
    """Command lines of all other processes that were started with this home in their environment."""
    if not Path("/proc").is_dir():
        listing = subprocess.run(["ps", "-A", "-o", "command="], capture_output=True, text=True, check=True).stdout
        return [line for line in listing.splitlines() if str(home) in line]
    mark = f"HUMANPOSE3D_HOME={home}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.name != str(os.getpid()) and mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has just ended, or belongs to somebody else
            continue
    return found


def end(child: subprocess.Popen[bytes]) -> None:
    """Make sure that a child of a test is gone, whatever the test did."""
    if child.poll() is None:
        child.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    child.wait()
