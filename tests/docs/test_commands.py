"""Every command in the guide and in the README is run, or says visibly why it is not."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.git_server import GitServer

from docs.blocks import PAGE_NAMES, blocks_of
from docs.sandbox import Sandbox

RUN = {"sh", "python"}
SHOWN = {"text", "json", "toml", "yaml", ""}
"""Kinds of blocks that are no commands."""
REASONS = {
    "needs administrator rights",
    "needs an ssh server",
    "needs Docker",
    "needs Slurm",
    "needs the package registry",
    "needs Windows",
}
_SHOWN_AGAIN = "same as: "
"""In the comment before a block that is also on another page, and is run there; so each is run once."""
LEFT_TO_CI = {"command: demo", "command: tests"}
"""The two commands of the README that install packages; ``.ci/run`` runs them."""


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_every_block_is_run_or_says_why_not(page: str) -> None:
    for block in blocks_of(page):
        if block.language in RUN:
            assert not block.mark.startswith("not run"), f"{block}: a block that is not run must be of another kind"
        elif block.language not in SHOWN:
            reason = block.mark.removeprefix("not run: ")
            assert reason in REASONS, f"{block}: no accepted reason in the comment before it: {block.mark!r}"


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_a_block_that_is_shown_again_is_run_where_it_says(page: str) -> None:
    for block in blocks_of(page):
        if block.mark.startswith(_SHOWN_AGAIN):
            elsewhere = blocks_of(block.mark.removeprefix(_SHOWN_AGAIN))
            assert (block.language, block.text, "") in [(it.language, it.text, it.mark) for it in elsewhere]


def test_the_blocks_are_found() -> None:
    """A parser that finds nothing would prove nothing."""
    assert {block.mark for block in blocks_of("README.md")} >= LEFT_TO_CI
    assert sum(block.language in RUN for page in PAGE_NAMES for block in blocks_of(page)) > 30


@pytest.mark.parametrize("page", [page for page in PAGE_NAMES if any(b.language in RUN for b in blocks_of(page))])
@pytest.mark.slow
def test_the_commands_of_a_page_work_in_their_order(
    page: str, server: GitServer, models_checkout: Path, demo_clip: Path, tmp_path: Path
) -> None:
    if os.name == "nt":
        pytest.skip("the commands of the guide are written for the shells of Linux and macOS")
    sandbox = Sandbox.make(tmp_path / "sandbox", f"{server.url}/models.git", models_checkout, demo_clip)
    printed = ""
    for block in blocks_of(page):
        if block.language in RUN and block.mark not in LEFT_TO_CI and not block.mark.startswith(_SHOWN_AGAIN):
            done = sandbox.run(block)
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
            printed = done.stdout.replace(str(sandbox.home), "/home/user")
        elif block.mark == "output":
            assert _without_numbers(printed).endswith(_without_numbers(block.text)), f"{block}\n{printed}"


def _without_numbers(text: str) -> str:
    """Let numbers count as equal: the models in the test's repository are small ones."""
    return re.sub(r"\d+(\.\d+)?", "#", text)
