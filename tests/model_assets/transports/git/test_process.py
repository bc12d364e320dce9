"""Git runs with the user's network settings and without anything that could redirect it or run a program."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.repositories import git

from humanpose3d.model_assets import StorageError, get_model_path
from humanpose3d.model_assets.transports.choice import find_git
from humanpose3d.model_assets.transports.git.configuration import git_environment, git_settings


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("https_proxy", True),
        ("GIT_HTTP_PROXY_AUTHMETHOD", True),
        ("GIT_PROXY_SSL_CERT", True),
        ("GIT_SSL_CAINFO", True),
        ("GIT_SSH_COMMAND", True),
        ("SSH_AUTH_SOCK", True),
        ("SSH_ASKPASS", False),
        ("GIT_OBJECT_DIRECTORY", False),
        ("GIT_CONFIG_PARAMETERS", False),
        ("git_work_tree", False),
    ],
)
def test_network_settings_stay_and_redirections_go(name: str, kept: bool) -> None:
    assert (git_environment({name: "value"}).get(name) == "value") is kept


@pytest.mark.skipif(os.name != "posix", reason="the program named in the settings is a shell's")
@pytest.mark.parametrize("way", ["path", "ssh"])
def test_the_repository_that_one_stands_in_has_no_say(
    way: str, repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settings could send us elsewhere, and name a program to run."""
    work = tmp_path / "somebody's checkout"
    work.mkdir()
    git("init", "-q", cwd=work)
    git("config", "core.sshCommand", f"touch {shlex.quote(str(tmp_path / 'has run'))}; false", cwd=work)
    git("config", "url.ssh://host.invalid/.insteadOf", f"{repository}", cwd=work)
    monkeypatch.chdir(work)
    if way == "ssh":
        assert "BatchMode" in find_git(1.0).for_ssh().environment["GIT_SSH_COMMAND"]
        return
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    aftermath.recovered()
    assert not (tmp_path / "has run").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the programs named in the settings are a shell's")
@pytest.mark.parametrize("way", ["http", "path", "bundle"])
def test_no_program_of_the_users_settings_is_run(
    way: str, repository: Path, remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for those that are ways to the network or to a login."""
    (tmp_path / "hooks").mkdir()
    run = f"echo $0 >> {shlex.quote(str(tmp_path / 'has run'))}; true"
    for name in ("reference-transaction", "post-checkout", "post-merge", "pre-auto-gc", "post-index-change"):
        (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\n{run}\n", encoding="utf-8")
        (tmp_path / "hooks" / name).chmod(0o755)
    settings = {
        "core.alternateRefsCommand": run,
        "core.askPass": run,
        "core.editor": run,
        "core.fsmonitor": run,
        "core.hooksPath": str(tmp_path / "hooks"),
        "core.pager": run,
        "pager.fetch": run,
        "pager.cat-file": run,
        "diff.external": run,
        "gpg.program": run,
        "uploadpack.packObjectsHook": run,
        "filter.x.smudge": run,
        "filter.x.clean": run,
        "alias.fetch": f"!{run}",
        "alias.cat-file": f"!{run}",
        "maintenance.auto": "true",
        "fetch.writeCommitGraph": "true",
    }
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name, value in settings.items():
        git("config", "--file", str(tmp_path / "gitconfig"), name, value, cwd=tmp_path)
    if way == "path":
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    if way == "bundle":
        git("bundle", "create", str(tmp_path / "models.bundle"), "models", cwd=repository)
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(tmp_path / "models.bundle"))
        (tmp_path / "has run").unlink(missing_ok=True)
    aftermath.recovered("gru")
    aftermath.recovered("joint")
    assert not (tmp_path / "has run").exists(), (tmp_path / "has run").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="Windows deletes no folder that a process stands in")
def test_a_current_folder_that_is_gone_is_named(
    remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with aftermath.of(StorageError, "current working directory", "Use another current folder"):
        get_model_path("joint")


@pytest.mark.parametrize("seconds", ["1e10", "1e300"])
def test_a_limit_beyond_gits_own_numbers_is_no_limit(
    seconds: str, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", seconds)
    aftermath.recovered()


def test_the_smallest_limit_is_a_second() -> None:
    assert "http.lowSpeedTime=1" in git_settings(1e-9)
