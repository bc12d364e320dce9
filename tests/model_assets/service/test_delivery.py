"""The service that older programs call."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_server import GitServer
from support.repositories import commit_entries, commit_file, git

from humanpose3d.model_assets import MODELS, ModelDownloadService, UserPaths
from humanpose3d.model_assets.service.delivery import deliver
from humanpose3d.model_assets.settings import Settings


def test_success_is_a_flag_a_sentence_and_steps(tmp_path: Path, remote: str) -> None:
    steps: list[str] = []
    assert ModelDownloadService(tmp_path / "base").download_models(steps.append) == (
        True,
        "Models downloaded successfully",
    )
    assert steps == [
        "Creating temporary directory...",
        f"Cloning models from {remote}...",
        "Copying model files...",
        "Download complete!",
    ]
    assert UserPaths(tmp_path / "base").models_exist()


def test_each_step_is_told_when_it_comes(tmp_path: Path, remote: str, server: GitServer) -> None:
    requests = {}
    service = ModelDownloadService(str(tmp_path / "base"))
    assert service.download_models(lambda step: requests.update({step: len(server.requests)}))[0]
    creating, cloning, copying, complete = requests.values()
    assert creating == cloning == 0
    assert copying == complete == len(server.requests) > 0


def test_the_base_may_be_a_path_a_text_or_left_to_the_environment(home: Path, tmp_path: Path) -> None:
    for base in (tmp_path, str(tmp_path), UserPaths(tmp_path)):
        assert ModelDownloadService(base).paths == UserPaths(tmp_path)
    assert ModelDownloadService("~/here").paths.base == Path("~/here").expanduser()
    assert ModelDownloadService().paths.base == home


def test_models_that_are_there_are_not_fetched_and_not_claimed(
    tmp_path: Path, remote: str, server: GitServer, models_checkout: Path
) -> None:
    shutil.copytree(models_checkout, tmp_path / "models")
    for _ in range(2):
        steps: list[str] = []
        assert ModelDownloadService(tmp_path).download_models(steps.append) == (True, steps[0])
        assert steps == ["Nothing to download: the models are already there."]
    assert server.requests == []


def test_only_what_arrived_is_reported(tmp_path: Path, remote: str) -> None:
    settings = replace(Settings.from_environment(), paths=UserPaths(tmp_path / "base"))
    for asked, arrived in ((["gru"], ["gru"]), (["gru", "joint"], ["joint"]), (["joint"], [])):
        delivery = deliver(settings, iter(asked), say=lambda _step: None)
        assert [status.name for status in delivery.arrived] == arrived
        assert {status.name for status in delivery.models} == set(asked)
        assert all(status.ready for status in delivery.models)


def test_what_was_put_there_by_hand_is_recorded_and_did_not_arrive(
    tmp_path: Path, remote: str, models_checkout: Path
) -> None:
    settings = replace(Settings.from_environment(), paths=UserPaths(tmp_path / "base"))
    settings.paths.models.mkdir(parents=True)
    shutil.copy(models_checkout / "GRU.h5", settings.paths.models)
    delivery = deliver(settings, ["gru", "joint"], say=lambda _step: None)
    assert [status.name for status in delivery.arrived] == ["joint"]


def test_an_update_reports_the_whole_set(tmp_path: Path, remote: str, repository: Path, models_checkout: Path) -> None:
    settings = replace(Settings.from_environment(), paths=UserPaths(tmp_path / "base"))
    deliver(settings, ["joint", "gru"], say=lambda _step: None)
    newer = (models_checkout / MODELS["refiner"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['joint'].path}", newer)
    delivery = deliver(settings, ["gru"], force=True, say=lambda _step: None)
    assert [status.name for status in delivery.models] == ["gru"]
    assert [status.name for status in delivery.arrived] == ["joint"]


# ---- failures: no exception, the words that users look for, and no step that did not happen ----


def failure(base: Path, **variables: str) -> tuple[str, list[str]]:
    """Let the service fail; returns its message and its steps."""
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        success, message = ModelDownloadService(base).download_models(steps.append)
    assert success is False
    assert "\n" not in message
    assert not UserPaths(base).models_exist()
    return message, [step.partition(" from ")[0] for step in steps]


BEGUN = ["Creating temporary directory...", "Cloning models"]


def test_a_remote_that_is_none(tmp_path: Path) -> None:
    message, steps = failure(tmp_path / "base", HUMANPOSE3D_MODELS_URL=str(tmp_path / "nothing.git"))
    assert message.startswith("Git clone failed: ")
    assert steps == BEGUN


def test_a_branch_that_is_none(tmp_path: Path, remote: str) -> None:
    message, steps = failure(tmp_path / "base", HUMANPOSE3D_MODELS_REVISION="modles")
    assert message.startswith("Git clone failed: ")
    assert "modles" in message
    assert steps == BEGUN


def test_no_git(tmp_path: Path, remote: str, no_git: None) -> None:
    message, steps = failure(tmp_path / "base")
    assert message.startswith("Git is not installed or not in PATH")
    assert steps == BEGUN


def test_no_models_in_the_repository(tmp_path: Path, remote: str, repository: Path) -> None:
    paths = git("ls-tree", "-r", "--name-only", "models", cwd=repository).splitlines()
    commit_entries(repository, dict.fromkeys(paths))
    message, steps = failure(tmp_path / "base")
    assert message.startswith("Models directory not found in repository")
    assert steps == BEGUN


def test_a_base_that_can_not_be(tmp_path: Path, remote: str) -> None:
    (tmp_path / "base").write_text("I am a file.", encoding="utf-8")
    message, steps = failure(tmp_path / "base")
    assert message.startswith("File system error during download: ")
    assert steps == BEGUN


def test_a_model_that_is_none(tmp_path: Path, remote: str, repository: Path) -> None:
    commit_file(repository, "models/GRU.h5", b"<html>not found</html>")
    message, _ = failure(tmp_path / "base")
    assert "'gru'" in message
    assert "web page" in message


def test_offline_claims_no_step(tmp_path: Path, remote: str, server: GitServer) -> None:
    message, steps = failure(tmp_path / "base", HUMANPOSE3D_OFFLINE="1")
    assert message.startswith("Offline (HUMANPOSE3D_OFFLINE is set)")
    assert steps == []
    assert server.requests == []


def test_a_setting_that_is_none(tmp_path: Path, remote: str) -> None:
    message, steps = failure(tmp_path / "base", HUMANPOSE3D_STALL_TIMEOUT="soon")
    assert message.startswith("HUMANPOSE3D_STALL_TIMEOUT is 'soon'")
    assert steps == []


def test_what_the_callback_raises_is_the_callers(tmp_path: Path, remote: str) -> None:
    """So can a front end cancel between steps."""

    class CancelledByUserError(Exception):
        pass

    def cancel(step: str) -> None:
        raise CancelledByUserError(step)

    with pytest.raises(CancelledByUserError):
        ModelDownloadService(tmp_path / "base").download_models(cancel)
    assert not (tmp_path / "base").exists()
