"""The tables of the guide and of the README say what the code says."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.blocks import PAGE_NAMES, PROJECT
from humanpose3d.cli.main import make_parser
from humanpose3d.kinematics.validity.bands import LARGEST, measured_bands
from humanpose3d.model_assets import MODELS
from humanpose3d.model_assets.registry import MIB
from humanpose3d.model_assets.settings import DEFAULT_REMOTE, DEFAULT_REVISION, Settings


def _rows(page: str, first_cell: str) -> list[list[str]]:
    """Return the cells of the table rows whose first cell matches."""
    lines = (PROJECT / page).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if re.fullmatch(first_cell, row[0])]


@pytest.mark.parametrize("page", ["README.md", "docs/models.md"])
def test_the_models_are_those_of_the_registry(page: str) -> None:
    expected = [
        [f"`{spec.name}`", f"`{spec.path}`", f"{spec.published_size / MIB:.2f} MB", spec.purpose]
        for spec in MODELS.values()
    ]
    assert _rows(page, f"`({'|'.join(MODELS)})`") == expected


def _variables_of(folder: Path) -> set[str]:
    return {
        name
        for module in folder.rglob("*.py")
        for name in re.findall(r"HUMANPOSE3D_[A-Z_]+", module.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("page", ["README.md", "docs/paths.md"])
def test_the_settings_are_those_that_the_code_reads(page: str) -> None:
    assert {row[0].strip("`") for row in _rows(page, "`HUMANPOSE3D_.*`")} == _variables_of(PROJECT / "humanpose3d")


def test_the_defaults_are_those_of_the_code() -> None:
    shown = {row[0].strip("`"): row[2].strip("`") for row in _rows("docs/paths.md", "`HUMANPOSE3D_.*`")}
    settings = Settings.from_environment({})
    assert shown["HUMANPOSE3D_MODELS_URL"] == DEFAULT_REMOTE
    assert shown["HUMANPOSE3D_MODELS_REVISION"] == DEFAULT_REVISION
    assert shown["HUMANPOSE3D_LOCK_TIMEOUT"] == f"{settings.lock_timeout:g}"
    assert shown["HUMANPOSE3D_STALL_TIMEOUT"] == f"{settings.stall_timeout:g}"
    assert shown["HUMANPOSE3D_PROGRESS"] == settings.progress
    assert settings.paths.base == Path(shown["HUMANPOSE3D_HOME"]).expanduser()
    assert not settings.offline and settings.search_path == ()


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_no_page_names_a_variable_that_is_none(page: str) -> None:
    named = set(re.findall(r"HUMANPOSE3D_[A-Z_]+", (PROJECT / page).read_text(encoding="utf-8")))
    assert named <= _variables_of(PROJECT / "humanpose3d")


def _commands(parser: argparse.ArgumentParser, words: str = "humanpose3d") -> Iterator[tuple[str, str]]:
    """Yield each command of the command line, and each of its options with it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield f"{words} {name}", ""
                yield from _commands(command, f"{words} {name}")
        elif action.option_strings and "--help" not in action.option_strings:
            yield words, action.option_strings[-1]


@pytest.mark.parametrize(("command", "option"), sorted(set(_commands(make_parser()))))
def test_every_command_and_option_is_in_the_guide(command: str, option: str) -> None:
    guide = "\n".join((PROJECT / page).read_text(encoding="utf-8") for page in PAGE_NAMES)
    assert command in guide and option in guide


def _text(page: str) -> str:
    return " ".join((PROJECT / page).read_text(encoding="utf-8").split())


def test_the_guide_says_how_much_of_two_errors_is_left_in_a_change() -> None:
    left = re.search(
        r"(\d+) % are left in a change of a range, (\d+) % of a maximum, (\d+) % of a minimum, and (\d+) %",
        _text("docs/report.md"),
    )
    assert left
    kinds = ("range", "maximum", "minimum", "curve")
    assert {kind: int(share) for kind, share in zip(kinds, left.groups(), strict=True)} == {
        kind: round(100 * share) for kind, share in measured_bands().repeatability.items()
    }


def test_the_guide_says_from_which_uncertainty_on_a_number_is_left_out() -> None:
    sentence = _text("docs/angles.md").partition("standard uncertainty is more than ")[2].partition(". ")[0]
    assert {float(limit) for limit in re.findall(r"[\d.]+", sentence)} == set(LARGEST.values())
