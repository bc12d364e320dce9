"""Pinning: the same bytes everywhere, or an IntegrityError."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.repositories import commit_file, git

from humanpose3d.cli.main import main
from humanpose3d.model_assets import IntegrityError, ModelAssetError, download_models, get_model_path
from humanpose3d.model_assets.resolver import check_in, download_into
from humanpose3d.model_assets.service.maintenance import write_lock
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.manifest import ModelsLock, read_lock


@pytest.fixture
def local(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    return repository


@pytest.fixture
def lock(home: Path, local: Path, tmp_path: Path) -> ModelsLock:
    download_models()
    return write_lock(tmp_path / "models.lock.json")


def with_a_byte_changed(models: Path) -> bytes:
    """A structurally sound HDF5 file with other content."""
    content = bytearray((models / "GRU.h5").read_bytes())
    content[-1] ^= 1
    return bytes(content)


def test_lock_holds_the_commit_and_all_five_digests(lock: ModelsLock, local: Path, tmp_path: Path) -> None:
    assert lock.commit == git("rev-parse", "models", cwd=local)
    assert len(lock.sha256) == 5
    assert read_lock(tmp_path / "models.lock.json") == lock


def test_lock_needs_all_models(home: Path, local: Path, tmp_path: Path) -> None:
    get_model_path("gru")
    with pytest.raises(ModelAssetError, match="depth"):
        write_lock(tmp_path / "models.lock.json")
    assert not (tmp_path / "models.lock.json").exists()


def test_locked_download_takes_the_pinned_commit_though_the_branch_moved(
    lock: ModelsLock, local: Path, models_checkout: Path, tmp_path: Path
) -> None:
    commit_file(local, "models/GRU.h5", with_a_byte_changed(models_checkout))
    other = Settings.from_environment({"HUMANPOSE3D_HOME": str(tmp_path / "b"), "HUMANPOSE3D_MODELS_URL": str(local)})
    statuses = download_into(other, pinned=lock)
    assert {status.commit for status in statuses} == {lock.commit}
    assert all(status.ready for status in check_in(other, verify=True, pinned=lock))


def test_other_bytes_from_a_mirror_are_refused(
    lock: ModelsLock, local: Path, models_checkout: Path, tmp_path: Path
) -> None:
    changed = commit_file(local, "models/GRU.h5", with_a_byte_changed(models_checkout))
    forged = ModelsLock(changed, lock.sha256)
    other = Settings.from_environment({"HUMANPOSE3D_HOME": str(tmp_path / "b"), "HUMANPOSE3D_MODELS_URL": str(local)})
    with pytest.raises(IntegrityError, match="lock file") as caught:
        download_into(other, ["gru"], pinned=forged)
    assert "'gru'" in str(caught.value)
    assert not (other.paths.models / "GRU.h5").exists()


def test_a_file_that_is_not_the_pinned_one_is_corrupt(lock: ModelsLock, home: Path, models_checkout: Path) -> None:
    (home / "models" / "GRU.h5").write_bytes(with_a_byte_changed(models_checkout))
    settings = Settings.from_environment()
    assert check_in(settings, ["gru"], pinned=lock)[0].state == "corrupt"


def test_commands_take_a_lock_file(
    lock: ModelsLock, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.lock.json"
    assert main(["models", "verify", "--locked", str(path)]) == 0
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sha256"]["GRU.h5"] = "0" * 64
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["models", "verify", "--locked", str(path)]) == 1
    assert "lock file" in capsys.readouterr().out


def lock_text(digests: object, commit: object = None) -> str:
    return json.dumps({"schema": 1, "commit": commit, "sha256": digests})


@pytest.mark.parametrize(
    ("digests", "commit", "words"),
    [
        ({}, None, "it pins nothing"),
        ({"gru": "0" * 64}, None, "'gru', which is no model"),
        ({"../GRU.h5": "0" * 64, "GRU.h5": "0" * 64}, None, "'../GRU.h5', which is no model"),
        ({"GRU.h5": "0" * 63}, None, "which is no sha256"),
        ({"GRU.h5": None}, None, "which is no sha256"),
        ({"GRU.h5": "0" * 64}, "models", "'models', which is no commit id"),
    ],
)
def test_a_lock_file_that_pins_nothing_or_unknown_things_is_refused(
    digests: object, commit: object, words: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.lock.json"
    path.write_text(lock_text(digests, commit), encoding="utf-8")
    for command in ("check", "verify", "download"):
        assert main(["models", command, "--locked", str(path)]) == 1
        message = capsys.readouterr().err
        assert words in message and "no lock file of this version" in message


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"schema": 99}', '{"schema": 1, "commit": null, "sha256": 3}', "[" * 10**5],
    ids=["empty", "nothing", "list", "newer", "number", "deep"],
)
def test_what_is_no_lock_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "models.lock.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IntegrityError, match="no lock file"):
        read_lock(path)


def test_a_lock_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelAssetError, match=r"nothing\.json"):
        read_lock(tmp_path / "nothing.json")
