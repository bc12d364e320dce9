"""Models in further folders (``HUMANPOSE3D_MODELS_PATH``): as good as one's own, and held to the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from humanpose3d.cli.main import main
from humanpose3d.model_assets import (
    MODELS,
    IntegrityError,
    ModelAssetError,
    OfflineError,
    check_models,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.resolver import check_in, download_into
from humanpose3d.model_assets.service.doctor import examine
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models, write_lock
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import store_at
from humanpose3d.model_assets.store.manifest import ModelsLock, read_lock


@pytest.fixture
def lab(home: Path, models_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of all models without receipts, in the search path of an offline machine with an empty home."""
    folder = Path(shutil.copytree(models_checkout, tmp_path / "lab"))
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(folder))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    return folder


@pytest.fixture
def recorded_lab(lab: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with receipts: the home of somebody else."""
    with monkeypatch.context() as patch:
        patch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "other"))
        patch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
        patch.delenv("HUMANPOSE3D_OFFLINE")
        patch.delenv("HUMANPOSE3D_MODELS_PATH")
        download_models()
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(tmp_path / "other" / "models"))
    return tmp_path / "other" / "models"


def spoil(path: Path) -> None:
    """Change one byte and keep size and time, as a failing disk does."""
    facts, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


@pytest.mark.parametrize("kind", ["without receipts", "of another time"])
@pytest.mark.slow
def test_a_file_is_examined_once_and_costs_nothing_from_then_on(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = request.getfixturevalue("lab" if kind == "without receipts" else "recorded_lab")
    os.utime(folder / "GRU.h5", (1, 1))
    assert get_model_path("gru") == folder / "GRU.h5"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, *_, **__: pytest.fail(f"{path} was read again"))
        assert get_model_path("gru") == folder / "GRU.h5"
    (folder / "GRU.h5").write_bytes(b"<html>")
    with pytest.raises(OfflineError):
        get_model_path("gru")


def test_a_relative_folder_gives_an_absolute_path(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab.parent)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", "lab")
    assert get_model_path("gru") == lab / "GRU.h5"


def test_the_lock_file_holds_for_every_folder(lab: Path, remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = {spec.path: hashlib.sha256((lab / spec.path).read_bytes()).hexdigest() for spec in MODELS.values()}
    pins["GRU.h5"] = "0" * 64
    settings, lock = Settings.from_environment(), ModelsLock(None, pins)
    states = {status.name: status.state for status in check_in(settings, pinned=lock)}
    assert states == dict.fromkeys(MODELS, "ready") | {"gru": "missing"}
    monkeypatch.delenv("HUMANPOSE3D_OFFLINE")
    settings = Settings.from_environment()
    with pytest.raises(IntegrityError, match="lock file"):
        download_into(settings, pinned=lock)


def test_verify_reads_every_folder(recorded_lab: Path) -> None:
    assert all(status.origin == "git" and status.commit and status.sha256 for status in check_models())
    spoil(recorded_lab / MODELS["depth"].path)
    assert check_models(["depth"])[0].ready
    status = check_models(["depth"], verify=True)[0]
    assert (status.state, status.path) == ("corrupt", recorded_lab / MODELS["depth"].path)


@pytest.mark.parametrize("finder", ["verify", "export", "doctor"])
@pytest.mark.parametrize("mender", ["download", "get", "remove first"])
def test_what_rotted_in_a_folder_of_others_is_fetched_into_ones_own(
    finder: str,
    mender: str,
    recorded_lab: Path,
    repository: Path,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(recorded_lab / MODELS["gru"].path)
    if finder == "export":
        with pytest.raises(IntegrityError, match=r"gru.*wrong digest.*models download"):
            export_to(tmp_path / "models.zip")
    elif finder == "doctor":
        findings = {finding.name: finding for finding in examine(Settings.from_environment(), verify=True)}
        assert re.search("models download", findings["models"].advice)
    else:
        assert main(["models", "verify"]) == 1
    store_at.cache_clear()  # another process
    with pytest.raises(OfflineError, match=r"where GRU\.h5 is not the model: its content has changed"):
        get_model_path("gru")
    if mender == "remove first":
        remove_models()
    monkeypatch.delenv("HUMANPOSE3D_OFFLINE")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    if mender == "download":
        assert main(["models", "download"]) == 0
    assert get_model_path("gru") == home / "models" / MODELS["gru"].path
    export_to(tmp_path / "models.zip")


@pytest.mark.parametrize("cure", ["written again", "verified again"])
def test_a_file_of_others_that_was_mended_is_used_again(cure: str, recorded_lab: Path) -> None:
    path = recorded_lab / MODELS["gru"].path
    spoil(path)
    check_models(["gru"], verify=True)
    spoil(path)  # the same bit twice: size and time are still the same
    if cure == "written again":
        os.utime(path, (1, 1))
    store_at.cache_clear()
    assert check_models(["gru"])[0].ready is (cure == "written again")
    assert check_models(["gru"], verify=True)[0].ready
    store_at.cache_clear()
    assert get_model_path("gru") == path


@pytest.mark.parametrize("unusable", ["file", "loop", "receipts that cannot be read"])
def test_verify_tells_where_no_note_can_be_kept(unusable: str, recorded_lab: Path, home: Path) -> None:
    if unusable == "file":
        home.write_bytes(b"")
    elif unusable == "loop":
        home.symlink_to(home.name)
    else:
        (home / "models").mkdir(parents=True)
        (home / "models" / "manifest.json").symlink_to("manifest.json")
    spoil(recorded_lab / MODELS["gru"].path)
    for _ in range(2):
        store_at.cache_clear()
        assert check_models(["gru"], verify=True)[0].path == recorded_lab / MODELS["gru"].path
        assert get_model_path("joint") == recorded_lab / MODELS["joint"].path


def test_control_characters_in_the_receipts_of_others_reach_no_terminal(
    recorded_lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts = json.loads((recorded_lab / "manifest.json").read_text(encoding="utf-8"))
    receipts["models"]["GRU.h5"]["fault"] = "bad \x1b[2J"
    (recorded_lab / "manifest.json").write_text(json.dumps(receipts), encoding="utf-8")
    assert main(["models", "list"]) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    with pytest.raises(OfflineError, match="bad") as caught:
        get_model_path("gru")
    assert str(caught.value).isprintable()


def test_what_is_wrong_with_a_file_that_was_passed_over_is_said(lab: Path) -> None:
    (lab / "GRU.h5").write_bytes(b"<html>")
    with pytest.raises(OfflineError, match=r"lab \(where GRU\.h5 is not the model: it is a saved web page"):
        get_model_path("gru")


def test_a_spoilt_file_of_ones_own_is_no_matter_where_another_folder_has_a_good_one(lab: Path, home: Path) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "GRU.h5").write_bytes(b"<html>")
    assert get_model_path("gru") == lab / "GRU.h5"
    for status in (*check_models(["gru"]), *download_models(["gru"])):
        assert status.ready and status.path == lab / "GRU.h5"


@pytest.mark.parametrize("kind", ["lab", "recorded_lab"])
def test_lock_and_export_take_models_from_where_they_are(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = request.getfixturevalue(kind)
    lock = write_lock(tmp_path / "models.lock.json")
    assert read_lock(tmp_path / "models.lock.json") == lock
    for spec in MODELS.values():
        assert lock.sha256[spec.path] == hashlib.sha256((folder / spec.path).read_bytes()).hexdigest()
    assert (lock.commit is None) is (kind == "lab")
    export_to(tmp_path / "models.zip")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "third"))
    assert import_from(tmp_path / "models.zip", lock) == list(MODELS)


@pytest.mark.parametrize("fault", ["gone", "spoilt"])
def test_a_lock_pins_what_is_there_and_not_what_once_was(fault: str, recorded_lab: Path, tmp_path: Path) -> None:
    if fault == "gone":
        (recorded_lab / "GRU.h5").unlink()
    else:
        (recorded_lab / "GRU.h5").write_bytes(b"<html>")
    for work in (write_lock, export_to):
        with pytest.raises(ModelAssetError, match=r"gru.*models download"):
            work(tmp_path / "result")
    assert not (tmp_path / "result").exists()
