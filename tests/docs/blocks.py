"""The fenced blocks of the guide, and the comments right before them that say what they are."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((PROJECT / "docs").rglob("*.md")), PROJECT / "README.md"]
PAGE_NAMES = [page.relative_to(PROJECT).as_posix() for page in PAGES]

_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<mark>[^\n]*?) -->\n+ *)?```(?P<language>[^\n]*)\n(?P<text>.*?)^ *```$", re.S | re.M
)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes
    ----------
    page : str
        The page, from the project's root.
    line : int
        Where the block, or its comment, begins.
    language, text : str
        What stands after the fence, and inside it.
    mark : str
        The comment right before it; empty where there is none.
    """

    page: str
    line: int
    language: str
    text: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str) -> list[Block]:
    """Return the blocks of a page in order."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["language"].strip(),
            textwrap.dedent(found["text"]),
            found["mark"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]
