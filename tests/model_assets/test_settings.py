"""The environment, read into settings or into a sentence that says what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from humanpose3d.model_assets import SettingsError
from humanpose3d.model_assets.settings import DEFAULT_REMOTE, Settings, is_offline

VARIABLES = [
    "HUMANPOSE3D_HOME",
    "HUMANPOSE3D_OFFLINE",
    "HUMANPOSE3D_MODELS_URL",
    "HUMANPOSE3D_MODELS_REVISION",
    "HUMANPOSE3D_MODELS_PATH",
    "HUMANPOSE3D_LOCK_TIMEOUT",
    "HUMANPOSE3D_STALL_TIMEOUT",
    "HUMANPOSE3D_PROGRESS",
]
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.dictionaries(st.sampled_from(VARIABLES), values))
@example({"HUMANPOSE3D_MODELS_URL": "~nobody-of-that-name/x"})
@example({"HUMANPOSE3D_MODELS_URL": "x" * 5000})
@example({"HUMANPOSE3D_MODELS_PATH": "~nobody-of-that-name/x"})
@example({"HUMANPOSE3D_LOCK_TIMEOUT": "1e999"})
@example({"HUMANPOSE3D_LOCK_TIMEOUT": "١٢"})
def test_any_environment_gives_settings_or_names_the_variable(environ: dict[str, str]) -> None:
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        assert error.variable in environ  # type: ignore[attr-defined]
        assert str(error.variable) in str(error)  # type: ignore[attr-defined]
        return
    assert settings.remotes and not any(remote.startswith("-") for remote in settings.remotes)
    assert not settings.revision.startswith("-")
    assert 0 < settings.stall_timeout < float("inf")
    assert settings.paths.base.is_absolute()


def test_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings.remotes == (DEFAULT_REMOTE,)
    assert (settings.revision, settings.lock_timeout, settings.stall_timeout) == ("models", 1800.0, 60.0)
    assert (settings.offline, settings.progress, settings.search_path) == (False, "auto", ())


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "a minute", "1,5", "1e999"])
def test_limits_are_positive_numbers(value: str) -> None:
    with pytest.raises(SettingsError, match=r"HUMANPOSE3D_STALL_TIMEOUT.*for example 60"):
        Settings.from_environment({"HUMANPOSE3D_STALL_TIMEOUT": value})


@pytest.mark.parametrize("value", ["--upload-pack=sh", "https://h/r -x", "https://h/r\x1b[2J", "http://h/\x07"])
def test_an_address_that_git_could_take_for_an_option_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="HUMANPOSE3D_MODELS_URL"):
        Settings.from_environment({"HUMANPOSE3D_MODELS_URL": value})


@pytest.mark.parametrize(
    "value",
    ["--depth=9", "+refs/heads/x:refs/heads/y", "a:b", "a..b", "a b", "HEAD~1", "x^{}", "*", "/a", "@{u}", "a\x1fb"],
)
def test_a_revision_that_git_could_take_for_more_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="HUMANPOSE3D_MODELS_REVISION"):
        Settings.from_environment({"HUMANPOSE3D_MODELS_REVISION": value})


@pytest.mark.parametrize(
    "address",
    [
        "https://user:s3cret@host\x07/r.git",
        "\x07https://user:s3cret@host/r.git",
        "-https://user:s3cret@host/r.git",
        "--https://s3cret@host/r.git",
        "https://user:s3cret word@host/r.git",
        "https://user:a s3cret@host/r.git",
        "https://a.example/r.git ssh://user:s3cret\tword@host/r.git",
    ],
)
def test_a_refused_address_is_shown_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match="HUMANPOSE3D_MODELS_URL") as caught:
        Settings.from_environment({"HUMANPOSE3D_MODELS_URL": address})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["h", "h:8443", "[::1]", "[::1]:8443", "a b", "user:p%20w@h", "user:p:w@h:8443"])
def test_ports_and_logins_are_no_obstacle(host: str) -> None:
    value = " ".join(f"https://{part}/r.git" for part in host.split())
    assert Settings.from_environment({"HUMANPOSE3D_MODELS_URL": value}).remotes == tuple(value.split())


def test_a_commit_id_may_be_written_in_capitals() -> None:
    environ = {"HUMANPOSE3D_MODELS_REVISION": "ABCDEF0123" * 4}
    assert Settings.from_environment(environ).revision == "abcdef0123" * 4


def test_an_existing_path_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "my models").mkdir()
    value = str(tmp_path / "my models")
    assert Settings.from_environment({"HUMANPOSE3D_MODELS_URL": f" {value}\n"}).remotes == (value,)
    several = Settings.from_environment({"HUMANPOSE3D_MODELS_URL": "https://a/b.git\n\tssh://c/d.git"})
    assert several.remotes == ("https://a/b.git", "ssh://c/d.git")


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("ON", True), (" yes ", True), ("0", False), ("", False)])
def test_the_switch(value: str, offline: bool) -> None:
    assert is_offline({"HUMANPOSE3D_OFFLINE": value}) is offline


def test_a_switch_that_is_neither_is_an_error() -> None:
    with pytest.raises(SettingsError, match="HUMANPOSE3D_OFFLINE is 'maybe'"):
        is_offline({"HUMANPOSE3D_OFFLINE": "maybe"})


def test_the_search_path_has_the_platforms_separator(tmp_path: Path) -> None:
    value = os.pathsep.join([str(tmp_path), "", "~/models"])
    path = Settings.from_environment({"HUMANPOSE3D_MODELS_PATH": value}).search_path
    assert path == (tmp_path, Path("~/models").expanduser())
