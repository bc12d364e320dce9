"""Progress that tells the truth: in a pipe, on a terminal, in a notebook, and nowhere."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aftermath import Aftermath
from support.children import run, running

from humanpose3d.model_assets import MODELS, download_models
from humanpose3d.model_assets.progress import Bars, Lines, Progress, format_bytes, make_progress

ALL = "from humanpose3d.model_assets import download_models; download_models()"


def lines_of(steps: list[int], size: int) -> list[str]:
    stream = io.StringIO()
    lines = Lines(stream)
    lines.begin({"gru": size})
    for done in steps:
        lines.update("gru", done)
    lines.finish("gru", size)
    return stream.getvalue().splitlines()


def test_a_line_for_each_tenth() -> None:
    told = lines_of(list(range(0, 1000, 7)), 1000)
    assert [int(re.findall(r"(\d+) %", line)[0]) for line in told] == list(range(10, 101, 10))


@given(st.lists(st.integers(0, 3000)), st.integers(1, 2000))
def test_lines_rise_and_end_at_a_hundred_whatever_arrives(steps: list[int], size: int) -> None:
    """A retry begins again at zero, and the size may have been a guess that was too small."""
    shares = [int(re.findall(r"(\d+) %", line)[0]) for line in lines_of(steps, size)]
    assert shares == sorted(set(shares))
    assert shares[-1] == 100 and shares.count(100) == 1
    for line in lines_of(steps, size):
        done, whole = (float(number) for number in re.findall(r"([\d.]+) kB", line))
        assert done <= whole


def test_in_a_pipe_each_model_ends_with_its_true_size(repository: Path, home: Path, aftermath: Aftermath) -> None:
    done = run(ALL, env={**os.environ, "HUMANPOSE3D_MODELS_URL": str(repository)})
    assert done.stdout == b""
    told = done.stderr.decode().splitlines()
    for spec in MODELS.values():
        of_this = [line for line in told if line.startswith(f"{spec.name}: ")]
        size = (home / "models" / spec.path).stat().st_size
        assert of_this[-1] == f"{spec.name}: 100 % ({format_bytes(size)} of {format_bytes(size)})"
    assert len([line for line in told if line.startswith("mediapipe")]) >= 5
    assert not re.search(r"[\r\x1b]", done.stderr.decode())


def test_quiet_is_quiet(remote: str, home: Path) -> None:
    done = run(ALL, env={**os.environ, "HUMANPOSE3D_PROGRESS": "0"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def terminal(**variables: str) -> str:
    """Download everything with standard error on a terminal of 100 columns; return what it shows."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    with running(ALL, stderr=theirs, env={**os.environ, **variables}) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # EIO: the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        os.close(ours)
        assert child.wait() == 0
        assert child.stdout and child.stdout.read() == b""
    return shown.decode()


def test_bars_on_a_terminal(repository: Path, home: Path) -> None:
    shown = terminal(HUMANPOSE3D_MODELS_URL=str(repository))
    assert "\r" in shown
    for label in ("all models", *MODELS):
        assert re.search(rf"{label}: +100%\|█+\|", shown), shown
    assert re.search(r"\d+(\.\d+)?MB/s|\d+(\.\d+)?[kM]B/s|\?B/s", shown)


def test_quiet_on_a_terminal_too(repository: Path, home: Path) -> None:
    assert terminal(HUMANPOSE3D_MODELS_URL=str(repository), HUMANPOSE3D_PROGRESS="0") == ""


def test_bars_in_a_pipe_when_asked_for(repository: Path, home: Path) -> None:
    variables = {"HUMANPOSE3D_MODELS_URL": str(repository), "HUMANPOSE3D_PROGRESS": "1"}
    assert b"all models: 100%" in run(ALL, env={**os.environ, **variables}).stderr


def test_bars_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    notebook = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", notebook)  # type: ignore[arg-type]
    assert isinstance(make_progress("auto"), Bars)
    shell.config = {}
    assert isinstance(make_progress("auto"), Lines)
    assert type(make_progress("0")) is Progress


def test_the_total_of_the_bars_is_the_sum_of_true_sizes() -> None:
    stream = io.StringIO()
    bars = Bars(stream)
    bars.begin({"gru": 100, "joint": 100})
    bars.update("gru", 90)
    bars.update("gru", 10)  # a retry
    bars.update("joint", 5000)  # the guess was too small
    bars.finish("gru", 40)
    bars.finish("joint", 5000)
    assert (bars._total.n, bars._total.total) == (5040, 5040)
    bars.close()


@pytest.mark.parametrize("mode", ["auto", "1"])
@pytest.mark.slow
def test_a_reader_who_went_away_does_not_end_the_download(mode: str, remote: str, aftermath: Aftermath) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with running(ALL, stderr=theirs, env={**os.environ, "HUMANPOSE3D_PROGRESS": mode}) as child:
        os.close(theirs)
        assert child.wait(60) == 0
    aftermath.recovered()


class OnlyWrites:
    """What many a program puts in place of standard error."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


@pytest.mark.parametrize("mode", ["auto", "1"])
@pytest.mark.parametrize("kind", ["only writes", "closed", "ascii"])
def test_a_strange_standard_error_is_no_obstacle(
    mode: Literal["auto", "1"], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream: Any = OnlyWrites() if kind == "only writes" else io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    if kind == "closed":
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    progress = make_progress(mode)
    progress.begin({"gru": 100})
    progress.update("gru", 50)
    progress.say("/home/Zoë: waiting")
    progress.finish("gru", 100)
    progress.close()
    assert kind != "only writes" or "100" in stream.text


def test_no_standard_error_at_all(remote: str, aftermath: Aftermath) -> None:
    assert run(f"import sys; sys.stderr = None; {ALL}").stdout == b""
    aftermath.recovered()


def test_a_callback_gets_every_model_to_its_end(repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    seen: dict[str, list[tuple[int, int]]] = {}
    download_models(progress=lambda name, done, size: seen.setdefault(name, []).append((done, size)))
    assert seen.keys() == MODELS.keys()
    for name, steps in seen.items():
        size = (home / "models" / MODELS[name].path).stat().st_size
        assert steps[-1] == (size, size)
        assert all(done <= whole for done, whole in steps)


def test_an_error_in_a_callback_ends_the_download_cleanly(remote: str, aftermath: Aftermath) -> None:
    def callback(name: str, done: int, size: int) -> None:
        raise KeyError("a fault of the caller")

    with pytest.raises(KeyError, match="a fault of the caller"):
        download_models(["joint", "gru"], progress=callback)
    aftermath.nothing_left()
    aftermath.recovered()


def test_what_a_second_remote_fetches_has_bars_of_its_own(
    server: object, remote: str, repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.faults import Link

    with Link(server.port, "fin") as link:  # type: ignore[attr-defined]
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git {repository}")
        program = f"from humanpose3d.model_assets.download import remotes; remotes._FIRST_PAUSE = 0.01; {ALL}"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "HUMANPOSE3D_PROGRESS": "1"},
            capture_output=True,
            check=True,
        )
    assert done.stderr.count(b"all models: 100%") >= 1
