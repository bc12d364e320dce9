"""Removing, pinning and exporting models that are not simply where a download puts them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support.aftermath import temporaries
from support.children import run

from humanpose3d.model_assets import MODELS, StorageError, download_models, get_model_path
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models


def test_remove_takes_whatever_waits_in_the_staging_folder(remote: str, home: Path) -> None:
    get_model_path("gru")
    staging = home / "models" / ".resolver" / "staging"
    (staging / "folder" / "in it").mkdir(parents=True)
    (staging / "file").touch()
    assert remove_models() == [home / "models" / "GRU.h5"]
    assert list(staging.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_remove_takes_links_but_no_folder_in_place_of_a_model(kind: str, home: Path) -> None:
    path = home / "models" / "GRU.h5"
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nothing")
    assert remove_models() == ([] if kind == "folder" else [path])
    assert path.is_dir() is (kind == "folder")


def test_what_the_file_system_refuses_is_said_of_what_was_done(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home.touch()
    with pytest.raises(StorageError, match="File system error during import: Not a directory"):
        import_from(tmp_path / "file")


def test_models_of_any_age_can_be_exported(remote: str, home: Path, tmp_path: Path) -> None:
    """Container images and package stores set every time to 0, which zip archives do not know."""
    download_models()
    for spec in MODELS.values():
        os.utime(home / "models" / spec.path, (0, 0))
    export_to(tmp_path / "models.zip")
    assert import_from(tmp_path / "models.zip") == []


ENDED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from humanpose3d.model_assets.service.maintenance import export_to, import_from

def watch(event, arguments):
    path = str(arguments[0]) if event == "open" else ""
    scratch = "/tmp-" if work is import_from else "/.humanpose3d-export-"
    if path.endswith("GRU.h5") and (scratch in path or list(file.parent.glob(scratch[1:] + "*"))):
        os.kill(os.getpid(), int(sys.argv[3]))

work, file = {"export": export_to, "import": import_from}[sys.argv[1]], Path(sys.argv[2])
sys.addaudithook(watch)
work(file)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM that a program could hear")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("work", ["export", "import"])
@pytest.mark.slow
def test_ended_in_the_middle_nothing_is_left(
    work: str, number: signal.Signals, remote: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download_models()
    file = tmp_path / "carried" / "models.zip"
    file.parent.mkdir()
    if work == "import":
        export_to(file)
        monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "other"))
    done = run(ENDED_IN_THE_MIDDLE, work, file, int(number))
    assert done.returncode in (-number, 128 + number), done
    assert list(file.parent.iterdir()) == ([file] if work == "import" else [])
    assert temporaries(tmp_path / "other") == []
