"""Every error text in the guide is what the code raises; every error that the code raises is in the guide."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import humanpose3d.batch.errors
import humanpose3d.django_app.page.server.errors
import humanpose3d.errors
import humanpose3d.opensim.errors
import humanpose3d.report.errors
from docs.blocks import PROJECT, blocks_of
from docs.errors_of_batches import BATCH_ERRORS
from docs.errors_of_loaders import LOADER_ERRORS
from docs.errors_of_models import MODEL_ERRORS
from docs.errors_of_opensim import OPENSIM_ERRORS
from docs.errors_of_runs import RUN_ERRORS
from docs.errors_of_the_page import PAGE_ERRORS
from docs.workbench import Workbench
from humanpose3d.batch.errors import BatchError
from humanpose3d.cli.terminal import facts_of_error
from humanpose3d.errors import InvalidSettingError, LoaderError, PipelineError
from humanpose3d.loaders.gru import UnsupportedModelError
from humanpose3d.model_assets import ModelAssetError, errors
from humanpose3d.model_assets.transports.git.diagnosis import diagnose

PAGE = "docs/troubleshooting.md"
TEXT = (PROJECT / PAGE).read_text(encoding="utf-8")
SHOWN = {block.mark.removeprefix("error: "): block for block in blocks_of(PAGE) if block.mark.startswith("error: ")}
RAISED = MODEL_ERRORS | RUN_ERRORS | LOADER_ERRORS | BATCH_ERRORS | OPENSIM_ERRORS | PAGE_ERRORS


def _matches(template: str, message: str) -> bool:
    """Whether `message` is `template`; ``…`` stands for anything, and numbers count as equal."""
    parts = (re.escape(_without_numbers(part)) for part in template.strip().split("…"))
    return re.fullmatch(".+?".join(parts), _without_numbers(message), re.S) is not None


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+([.,]\d+)*", "#", text)


def test_a_text_that_differs_is_noticed() -> None:
    assert _matches("Waited 1800 s for …. End it.", "Waited 0.1 s for another. End it.")
    assert not _matches("Waited 1800 s for …. End it.", "Waited 0.1 s for another. Kill it.")


def test_every_text_is_provoked() -> None:
    assert SHOWN.keys() == RAISED.keys()


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.slow
def test_the_text_is_what_the_code_raises(name: str, workbench: Workbench) -> None:
    message = workbench.as_in_the_guide(RAISED[name](workbench))
    assert _matches(SHOWN[name].text, message), f"{SHOWN[name]}\nguide: {SHOWN[name].text}\ncode:  {message}"


def _error_classes() -> list[type[Exception]]:
    modules = (
        errors, humanpose3d.errors, humanpose3d.report.errors, humanpose3d.batch.errors, humanpose3d.opensim.errors,
        humanpose3d.django_app.page.server.errors,
    )  # fmt: skip
    classes = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    ours = {kind for kind in classes if issubclass(kind, (ModelAssetError, PipelineError))}
    return sorted({*ours, UnsupportedModelError} - {PipelineError, LoaderError, BatchError}, key=str)


@pytest.mark.parametrize("kind", _error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_has_an_entry_that_names_its_built_in(kind: type[Exception]) -> None:
    entry = re.search(rf"^### {kind.__name__}\n(.*?)^##", TEXT, re.S | re.M)
    assert entry is not None
    built_ins = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    if built_ins[0] is not Exception:
        assert f"`{built_ins[0].__name__}`" in entry[1].lstrip().partition("\n")[0]


@pytest.mark.parametrize("kind", _error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_in_the_table_of_the_guide(kind: type[Exception]) -> None:
    code = facts_of_error(kind("a sentence"))["code"]
    exit_code = 2 if issubclass(kind, InvalidSettingError) else 1
    row = f"| `{code}` | [`{kind.__name__}`](troubleshooting.md#{kind.__name__.lower()}) | {exit_code} |"
    assert row in (PROJECT / "docs" / "index.md").read_text(encoding="utf-8")


def _sentences(folder: Path) -> list[tuple[str, list[str]]]:
    """List the fixed parts of the message of each error that is made in the modules of a folder."""
    found = []
    names = {kind.__name__ for kind in _error_classes()}
    for module in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and re.fullmatch(r"\w+Error", ast.unparse(node.func)):
                constants = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                fixed = [str(constant).strip() for constant in constants if len(str(constant).strip()) > 20]
                if fixed and ast.unparse(node.func) in names:
                    found.append((f"{module.relative_to(folder)}:{node.lineno}", fixed))
    return found


def test_every_sentence_is_in_the_guide() -> None:
    sentences = _sentences(PROJECT / "humanpose3d")
    assert len(sentences) > 60
    absent = [where for where, fixed in sentences if not any(part in TEXT for part in fixed)]
    assert absent == [], f"add these errors to {PAGE}"


def _words_of_git() -> list[tuple[str, str]]:
    table = TEXT.partition("## What git says")[2]
    return re.findall(r"^\| `([^`]+)` \| (\w+) \|$", table, re.M)


@pytest.mark.parametrize(("words", "error"), _words_of_git())
def test_words_of_git_become_the_error_that_the_table_says(words: str, error: str) -> None:
    found = diagnose(f"fatal: {words}", remote="https://git.example.org/models.git", subject="models/GRU.h5")
    assert type(found).__name__ == error


def test_the_table_of_words_is_read() -> None:
    assert len(_words_of_git()) > 20
