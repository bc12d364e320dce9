"""Where a user's files are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import humanpose3d
from humanpose3d.model_assets import SettingsError, UserPaths
from humanpose3d.model_assets.settings import base_folder


def test_default_is_in_the_home_folder(guarded_home: Path) -> None:
    assert UserPaths.default().base == guarded_home / ".humanpose3d"


def test_the_environment_moves_everything(home: Path) -> None:
    paths = UserPaths.default()
    assert paths.base == home
    assert paths.models == home / "models"
    assert paths.models_checkpoints == home / "models" / "checkpoints"
    assert paths.data_input == home / "data" / "input"
    assert paths.data_output == home / "data" / "output"


def test_a_tilde_and_a_relative_path_become_absolute(
    guarded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert base_folder({"HUMANPOSE3D_HOME": "~/lab"}) == str(guarded_home / "lab")
    assert base_folder({"HUMANPOSE3D_HOME": "lab"}) == str(tmp_path / "lab")


@pytest.mark.parametrize("value", ["~nobody-of-that-name", "~nobody-of-that-name/models", ""])
def test_a_home_folder_that_there_is_not_is_no_folder_called_tilde(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user often has none."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(SettingsError, match="Set HUMANPOSE3D_HOME"):
        base_folder({"HUMANPOSE3D_HOME": value})


def test_looking_makes_no_folder(home: Path) -> None:
    assert not UserPaths.default().models_exist()
    assert not home.exists()


def test_ensure_directories_makes_them_all(home: Path) -> None:
    paths = UserPaths.default()
    paths.ensure_directories()
    paths.ensure_directories()
    assert all(
        folder.is_dir() for folder in (paths.models, paths.models_checkpoints, paths.data_input, paths.data_output)
    )


def test_models_exist_when_all_five_do(home: Path, models_checkout: Path) -> None:
    paths = UserPaths.default()
    paths.base.mkdir()
    paths.models.symlink_to(models_checkout)
    assert paths.models_exist()


def test_importing_the_package_loads_nothing_else() -> None:
    """Not even `typing`, which takes as long as the interpreter itself."""
    project = Path(humanpose3d.__file__).parents[1]
    code = (
        f"import sys; sys.path.append({str(project)!r}); before = set(sys.modules); "
        "import humanpose3d.model_assets; print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['__future__', 'humanpose3d', 'humanpose3d.model_assets']"


def test_a_warm_call_loads_neither_filelock_nor_tqdm(home: Path, models_checkout: Path) -> None:
    from humanpose3d.demo import demo_environment
    from humanpose3d.model_assets import get_model_path

    code = (
        "import sys; from humanpose3d.model_assets import get_model_path; get_model_path('gru'); "
        "print(sorted({'filelock', 'tqdm', 'subprocess', 'asyncio', 'numpy'} & sys.modules.keys()))"
    )
    with demo_environment(home):
        get_model_path("gru")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_empty_file_is_no_model(home: Path, models_checkout: Path) -> None:
    paths = UserPaths.default()
    shutil.copytree(models_checkout, paths.models)
    assert paths.models_exist()
    (paths.models / "GRU.h5").write_bytes(b"")
    assert not paths.models_exist()
