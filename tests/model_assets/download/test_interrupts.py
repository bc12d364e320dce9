"""Killed, interrupted, terminated: at any moment, and always to the same end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath, temporaries
from support.children import AT_EVENT, GET, run, running
from support.faults import Link, answer
from support.git_server import GitServer

from humanpose3d.model_assets import MODELS, download_models, get_model_path
from humanpose3d.model_assets.locking import lock_of
from humanpose3d.model_assets.store.folder import ModelStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no signals to interrupt a process with")

with_each = pytest.mark.usefixtures("program")
NAMES = ("gru", "joint")


@pytest.fixture(scope="module")
def touches(tmp_path_factory: pytest.TempPathFactory, pristine_repository: Path) -> int:
    """How often a whole download touches the disk or starts a program."""
    with GitServer(pristine_repository.parent) as server:
        environment = {
            **os.environ,
            "HUMANPOSE3D_HOME": str(tmp_path_factory.mktemp("counted")),
            "HUMANPOSE3D_MODELS_URL": f"{server.url}/models.git",
        }
        done = run(AT_EVENT, 0, -1, *NAMES, env=environment)
    return int(0.95 * int(done.stdout))  # how often the growth of a pack is looked at is a matter of time


def moments(count: int, seed: int) -> list[tuple[str, float]]:
    """Return moments of a download by git, and half as many by its stand-in: what differs is the child alone."""
    generator = random.Random(seed)
    found = sorted(round(generator.random(), 3) for _ in range(count))
    return [("git", moment) for moment in found] + [("dulwich", moment) for moment in found[seed % 2 :: 2]]


@pytest.mark.parametrize(("taken", "moment"), moments(20, seed=1))
@pytest.mark.slow
def test_killed_at_any_moment_the_next_run_succeeds(
    taken: str,
    moment: float,
    touches: int,
    remote: str,
    home: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_GIT", taken)
    done = run(AT_EVENT, int(signal.SIGKILL), int(moment * touches) + 1, *NAMES)
    assert done.returncode == -signal.SIGKILL
    aftermath.nobody_left(within=2.0)
    aftermath.nothing_half()
    assert all(status.ready for status in download_models(NAMES))
    for name in NAMES:
        path = home / "models" / MODELS[name].path
        assert path.read_bytes() == (aftermath.originals / MODELS[name].path).read_bytes()
        assert get_model_path(name) == path


@pytest.mark.parametrize(("taken", "moment"), moments(8, seed=2))
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_interrupted_at_any_moment_nothing_is_left(
    number: signal.Signals,
    taken: str,
    moment: float,
    touches: int,
    remote: str,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_GIT", taken)
    done = run(AT_EVENT, int(number), int(moment * touches) + 1, *NAMES)
    assert done.returncode == (-signal.SIGINT if number == signal.SIGINT else 143), done.stderr.decode()
    aftermath.nothing_left()
    assert all(status.ready for status in download_models(NAMES))
    for name in NAMES:
        aftermath.recovered(name)


@with_each
def test_what_had_arrived_is_not_fetched_again(
    remote: str, server: GitServer, home: Path, aftermath: Aftermath
) -> None:
    program = """
import os, signal
from humanpose3d.model_assets import MODELS, UserPaths, download_models
first = UserPaths.default().models / MODELS["depth"].path
download_models(progress=lambda *_: first.exists() and os.kill(os.getpid(), signal.SIGKILL))
"""
    assert run(program).returncode == -signal.SIGKILL
    aftermath.nobody_left(within=2.0)
    there = [name for name in MODELS if (home / "models" / MODELS[name].path).exists()]
    there += [path.name for path in (home / "models").rglob(".resolver/staging/*")]
    assert "depth" in there and "mediapipe" not in there
    assert get_model_path("depth").exists()
    before = server.bytes_sent
    assert all(status.ready for status in download_models())
    whole = 8_355_310 + 205_949 + 130_829 + 7_968  # all but depth, as they are packed
    assert server.bytes_sent - before < 1.02 * whole
    for name in MODELS:
        assert get_model_path(name).read_bytes() == (aftermath.originals / MODELS[name].path).read_bytes()


def in_the_look_up(server: GitServer) -> Iterator[str]:
    with Link(server.port, "stall", after=300) as link:
        yield f"{link.url}/models.git"
        assert link.struck.wait(20)
        yield ""


def in_the_transfer(server: GitServer) -> Iterator[str]:
    with Link(server.port, "stall") as link:
        yield f"{link.url}/models.git"
        assert link.struck.wait(20)
        yield ""


def in_a_pause(server: GitServer) -> Iterator[str]:
    server.fault = answer(503)
    yield f"{server.url}/models.git"
    yield "trying again in"


def waiting_for_another(server: GitServer) -> Iterator[str]:
    store = ModelStore(Path(os.environ["HUMANPOSE3D_HOME"]) / "models")
    with lock_of(store).hold(1.0, lambda _holder: False):
        yield f"{server.url}/models.git"
        yield "Waiting for another download"


@with_each
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", [in_the_look_up, in_the_transfer, in_a_pause, waiting_for_another])
@pytest.mark.slow
def test_an_interrupt_is_answered_within_a_second(
    stage: Callable[[GitServer], Iterator[str]],
    number: signal.Signals,
    server: GitServer,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = stage(server)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", next(steps))
    program = f"from humanpose3d.model_assets.download import remotes; remotes._FIRST_PAUSE = 30; {GET}"
    with running(program, "joint") as child:
        assert child.stderr
        words = next(steps)
        while words and words not in (line := child.stderr.readline().decode()):
            assert line, "the child has ended"
        start = time.monotonic()
        child.send_signal(number)
        child.wait(20)
        elapsed = time.monotonic() - start
        assert child.returncode == (-signal.SIGINT if number == signal.SIGINT else 143)
    assert elapsed < 1.0
    if stage is not waiting_for_another:
        aftermath.nothing_left()
    assert list(steps) == []
    server.fault = None
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/models.git")
    aftermath.recovered()


@with_each
@pytest.mark.parametrize("daemon", [True, False])
def test_a_download_in_the_background_ends_with_its_program(
    daemon: bool, server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon thread's download is given up; any other one is finished, as Python has it with threads."""
    program = f"""
import threading
from humanpose3d.model_assets import get_model_path
threading.Thread(target=get_model_path, args=["joint"], daemon={daemon}).start()
input()
"""
    with Link(server.port, "stall") as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with running(program, stdin=subprocess.PIPE) as child:
            assert link.struck.wait(20)
            start = time.monotonic()
            child.send_signal(signal.SIGINT)
            if not daemon:
                link.mend()
            _, errors = child.communicate(timeout=20)
            assert time.monotonic() - start < 3
            assert child.returncode == -signal.SIGINT
            assert b"CancelledError" not in errors
        aftermath.nothing_left()
        link.mend()
        assert (aftermath.home / "models" / MODELS["joint"].path).exists() is not daemon
        aftermath.recovered("joint")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_that_python_swallows_comes_again(number: signal.Signals) -> None:
    """What a signal raises inside a weak reference's callback is printed by Python, and forgotten."""
    program = f"""
import signal, time, weakref
from humanpose3d.model_assets.download.interrupts import swallowed_requests_return, termination_raises

class Thing: pass

with termination_raises(), swallowed_requests_return():
    thing = Thing()
    reference = weakref.ref(thing, lambda _: signal.raise_signal({int(number)}))
    del thing
    print("swallowed", flush=True)
    time.sleep(20)
"""
    start = time.monotonic()
    done = run(program)
    assert time.monotonic() - start < 10
    assert done.stdout == b"swallowed\n"
    assert done.returncode == (-signal.SIGINT if number == signal.SIGINT else 143)
    assert b"ignored" not in done.stderr


_SWALLOWING = """
import signal, time
from humanpose3d.model_assets.download.interrupts import swallowed_requests_return, termination_raises

def import_something():
    try:
        signal.raise_signal({number})
    except BaseException as error:
        {instead}

with termination_raises(), swallowed_requests_return():
    import_something()
    print("swallowed", flush=True)
    time.sleep(20)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("instead", ["pass", "raise ImportError('initialization failed') from None"])
def test_a_request_to_end_that_a_library_swallows_or_renames_ends_the_program(
    number: signal.Signals, instead: str
) -> None:
    start = time.monotonic()
    done = run(_SWALLOWING.format(number=int(number), instead=instead))
    assert time.monotonic() - start < 10
    assert done.returncode == (-signal.SIGINT if number == signal.SIGINT else 143)


def test_a_request_to_end_that_is_being_answered_does_not_come_again() -> None:
    program = """
import signal, time
from humanpose3d.model_assets.download.interrupts import swallowed_requests_return

with swallowed_requests_return():
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        time.sleep(1.5)
        print("put away", flush=True)
"""
    assert run(program).stdout == b"put away\n"


def test_other_errors_that_python_swallows_are_still_printed() -> None:
    program = """
import weakref
from humanpose3d.model_assets.download.interrupts import swallowed_requests_return

class Thing: pass

with swallowed_requests_return():
    thing = Thing()
    reference = weakref.ref(thing, lambda _: 1 / 0)
    del thing
"""
    assert b"ZeroDivisionError" in run(program).stderr


def test_the_callers_own_handler_of_sigterm_stays(home: Path, remote: str) -> None:
    def handler(*_arguments: object) -> None:
        """The program's own."""

    before = signal.signal(signal.SIGTERM, handler)
    try:
        get_model_path("gru")
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    get_model_path("joint")
    assert signal.getsignal(signal.SIGTERM) is before


@with_each
def test_an_error_of_one_transfer_ends_the_other(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at a time: one is refused while the other one stalls for ever."""
    from humanpose3d.model_assets import AuthenticationError

    with Link(server.port, "stall", after=12_000, times=1) as link:

        def fault(request: object, body: bytes) -> bool:
            if link.struck.is_set():
                return answer(403)(request, body)  # type: ignore[arg-type]
            return False

        server.fault = fault  # type: ignore[assignment]
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        start = time.monotonic()
        with aftermath.of(AuthenticationError):
            download_models(["depth", "joint", "refiner"])
        assert time.monotonic() - start < 10


def test_temporaries_of_small_files_are_strays_too(remote: str, home: Path) -> None:
    """Killed between writing a receipt beside and moving it into place."""
    work = home / "models" / ".resolver"
    work.mkdir(parents=True)
    when = time.time() - 2 * 86400
    for stray in (work / ".holder.json.0123456789ab", home / "models" / ".manifest.json.0123456789ab"):
        stray.write_text("{", encoding="utf-8")
        os.utime(stray, (when, when))
    get_model_path("gru")
    assert temporaries(home) == []
