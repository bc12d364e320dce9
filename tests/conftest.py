"""Fixtures for the whole suite. No test reaches the real home folder; this file sees to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))
# Tests run beside each other, and threads that wait for one another spin: more of them are slower here.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background or by nohup. Programs that a test starts inherit what is ignored, but no handler; so
    # they hear Ctrl-C, and the suite itself goes on ignoring it.
    signal.signal(signal.SIGINT, lambda *_: None)
# No test is about speed, and a busy machine is no fault of the code.
hypothesis.settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any speed")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))

from support.git_server import GitServer  # noqa: E402
from support.repositories import GIT_ENVIRONMENT, make_models_repository, need_git  # noqa: E402

if TYPE_CHECKING:
    from humanpose3d.pipeline.trajectories import Landmarks

SHARED_DATA = PROJECT.parent / "shared" / "data"


def absent_fixtures() -> set[str]:
    """Return the fixtures of which this machine has not what they need; they skip a test and say why."""
    from batch.slurm_cluster import missing_programs  # after conftest.py files have had their say on assertions

    absent = {
        "shared_data": not SHARED_DATA.is_dir(),
        "on_cluster": bool(missing_programs()),
        "site": find_spec("mkdocs") is None,
        "pristine_repository": shutil.which("git") is None,
    }
    return {name for name, is_absent in absent.items() if is_absent}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let what cannot run here be skipped once for each fixture and module, and not for each of its cases."""
    absent = absent_fixtures()
    skipped, kept, left_out = set(), [], []
    for item in items:
        fixture = next((name for name in getattr(item, "fixturenames", ()) if name in absent), None)
        place = (fixture, item.path)
        (left_out if fixture and place in skipped else kept).append(item)
        skipped.add(place)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session", autouse=True)
def no_pose2sim() -> Iterator[None]:
    """Hide an installed Pose2Sim, whose augmenter would change every default run in this process."""
    try:
        installed = distribution("pose2sim").locate_file("")
    except PackageNotFoundError:
        installed = None

    def others(name: str) -> Distribution:
        found = distribution(name)
        if found.locate_file("") == installed:
            raise PackageNotFoundError(name)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("humanpose3d.loaders.pose2sim.distribution", others)
        yield


@pytest.fixture(scope="session", autouse=True)
def guarded_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the whole session a home folder of its own, and check that the real one was left alone."""
    real = Path.home() / ".humanpose3d"
    before = real.stat().st_mtime_ns if real.exists() else None
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HUMANPOSE3D_")]:
            patch.delenv(name)
        for name, value in GIT_ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        yield home
    assert (real.stat().st_mtime_ns if real.exists() else None) == before, f"a test touched {real}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty base folder for one test."""
    base = tmp_path / "humanpose3d home"
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(base))
    return base


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real trials are not part of the project (they show people, or are large)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def demo_clip() -> Path:
    from humanpose3d.demo import clip_path

    return clip_path()


@pytest.fixture(scope="session")
def demo_landmarks(demo_clip: Path, pose_model: Path) -> Landmarks:
    """The real pose model, run once over the demo clip."""
    from humanpose3d.loaders import load_pose_landmarker
    from humanpose3d.pipeline.detection import observe
    from humanpose3d.video.reader import VideoReader

    with VideoReader(demo_clip) as reader, load_pose_landmarker(pose_model) as landmarker:
        return observe(reader.frames(), landmarker).landmarks


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory, demo_clip: Path) -> Path:
    """The first second of the demo clip."""
    from support.clips import encode

    from humanpose3d.video.reader import VideoReader

    with VideoReader(demo_clip) as reader:
        pictures = [frame.rgb for frame in islice(reader.frames(), 30)]
    return encode(tmp_path_factory.mktemp("clip") / "a walk.mp4", pictures)


@pytest.fixture(scope="session")
def short_walk(short_clip: Path) -> Path:
    """The same under the name of the demo's clip."""
    return Path(shutil.copy(short_clip, short_clip.with_name("walk.mp4")))


@pytest.fixture(scope="session")
def demo_truth() -> Path:
    from humanpose3d.demo import truth_path

    return truth_path()


@pytest.fixture(scope="session")
def short_trials() -> Path:
    """Folder with eight short rendered trials and their truth, which ``make_trials.py --short`` makes."""
    return PROJECT / "tests" / "data" / "short_trials"


@pytest.fixture(scope="session")
def models_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the embedded models repository as plain files: five real models."""
    from humanpose3d.demo import models_bundle_path

    folder = tmp_path_factory.mktemp("checkout")
    if shutil.which("git") is None:
        from dulwich import porcelain

        porcelain.clone(str(models_bundle_path()), str(folder), branch=b"models").close()
        return folder / "models"
    command = ["git", "clone", "-q", "--branch", "models", str(models_bundle_path()), str(folder)]
    subprocess.run(command, check=True, env={**os.environ, **GIT_ENVIRONMENT})
    return folder / "models"


@pytest.fixture(scope="session")
def pose_model(models_checkout: Path) -> Path:
    """A real pose landmarker."""
    return models_checkout / "pose_landmarker_heavy.task"


@pytest.fixture(scope="session")
def pristine_repository(models_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_git()
    return make_models_repository(tmp_path_factory.mktemp("pristine") / "models.git", models_checkout)


@pytest.fixture
def repository(pristine_repository: Path, tmp_path: Path) -> Path:
    """A bare repository with the five models on the branch ``models``, to do damage to."""
    return Path(shutil.copytree(pristine_repository, tmp_path / "served" / "models.git"))


@pytest.fixture
def server(repository: Path) -> Iterator[GitServer]:
    """`repository` over real HTTP on loopback, as a public host serves it."""
    with GitServer(repository.parent) as running:
        yield running


@pytest.fixture
def remote(server: GitServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The served repository's address, which the resolver is told to use."""
    url = f"{server.url}/models.git"
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    return url
