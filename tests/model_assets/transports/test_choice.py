"""Which program is taken, and what people are told of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import instead_of_git
from support.repositories import need_git

from humanpose3d.model_assets import GitNotFoundError, get_model_path
from humanpose3d.model_assets.service.doctor import Finding, examine
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.transports.choice import find_git, version_of

pytestmark = pytest.mark.of_git
posix = pytest.mark.skipif(os.name != "posix", reason="the git that is none is a shell's")


def finding() -> Finding:
    """Return what the doctor says of git."""
    return next(examine(Settings.from_environment()))


def test_git_is_taken_where_it_is(home: Path) -> None:
    need_git()
    assert version_of(find_git(5.0)).startswith("git version 2.")
    assert finding().detail.endswith(", found in PATH")


def test_without_git_its_stand_in_fetches(
    repository: Path, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    aftermath.recovered()
    assert finding().state == "good"
    assert finding().detail.startswith("dulwich 1.")
    assert finding().detail.endswith(", because git is not in PATH")


@posix
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("echo git version 2.24.9; exit", "because git version 2.24.9 is older than 2.25"),
        ("echo 'xcrun: error: no developer tools' >&2; exit 1", "does not run (xcrun: error: no developer tools)"),
    ],
)
def test_a_git_that_is_of_no_use_is_passed_over(
    line: str, words: str, remote: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead_of_git(tmp_path, line, monkeypatch)
    assert (finding().state, finding().detail.partition(" ")[0]) == ("good", "dulwich")
    assert words in finding().detail
    monkeypatch.setitem(sys.modules, "dulwich", None)
    assert finding().state == "problem"
    assert "Install" in finding().advice


def test_the_user_chooses_the_program(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_GIT", "dulwich")
    assert finding().detail.startswith("dulwich") and finding().detail.endswith(", as HUMANPOSE3D_GIT says")
    instead_of_git(tmp_path, "echo git version 9.9; exit", monkeypatch)
    monkeypatch.setenv("HUMANPOSE3D_GIT", str(tmp_path / "bin" / "git"))
    assert finding().detail == "git version 9.9, as HUMANPOSE3D_GIT says"


def test_a_program_that_the_user_chose_and_that_is_not_there(
    remote: str, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_GIT", str(tmp_path / "git"))
    with aftermath.of(GitNotFoundError, "Git is not installed or not in PATH", "HUMANPOSE3D_GIT", "unset it"):
        get_model_path("joint")


def test_without_both_there_are_two_cures(remote: str, aftermath: Aftermath, no_git: None) -> None:
    with aftermath.of(
        GitNotFoundError, "Git is not installed or not in PATH", "winget install Git.Git", "pip install dulwich"
    ):
        get_model_path("joint")
