"""Files for the next person say the same thing: one version, one set of steps, the same tools."""

from __future__ import annotations

import re

import pytest

from docs.blocks import PROJECT
from humanpose3d import __version__


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def steps() -> set[str]:
    """The steps that ``.ci/run`` does when none is given."""
    (block,) = re.findall(r"^if \[ \$# = 0 \]; then\n(.+?)^else$", text_of(".ci/run"), re.M | re.S)
    return set(re.findall(r"\w+", re.sub(r"^  \w+", "", block, flags=re.M)))


def test_the_citation_and_the_changelog_are_of_this_version() -> None:
    citation = text_of("CITATION.cff")
    (date,) = re.findall(r"^date-released: (\S+)$", citation, re.M)
    assert f"\nversion: {__version__}\n" in citation
    assert f"\n## [{__version__}] - {date}\n" in text_of("CHANGELOG.md")


def test_every_step_is_a_function_and_is_in_the_guide() -> None:
    for step in steps():
        assert f"\n{step}() {{\n" in text_of(".ci/run")
        assert f"\n| `{step}` |" in text_of("docs/contributing.md")


def test_the_workflow_does_every_step() -> None:
    called = re.findall(r"run: \.ci/run (.+)$", text_of(".github/workflows/checks.yml"), re.M)
    assert {step for line in called for step in line.split()} == steps()


@pytest.mark.parametrize(
    ("package", "repository"), [("ruff", "ruff-pre-commit"), ("check-jsonschema", "check-jsonschema")]
)
def test_hooks_use_the_versions_that_were_tested_together(package: str, repository: str) -> None:
    (hook,) = re.findall(rf"/{repository}\n    rev: v?(\S+)$", text_of(".pre-commit-config.yaml"), re.M)
    assert f"\n{package}=={hook}\n" in text_of("constraints.txt")


def test_the_bug_form_asks_for_what_helps() -> None:
    form = text_of(".github/ISSUE_TEMPLATE/bug.yml")
    assert "humanpose3d doctor --json" in form
    assert "run.json" in form
