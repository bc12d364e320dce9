"""The package as its source shows it: modules, folders, and what imports what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "humanpose3d"


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes
    ----------
    name : str
        Full name of the module.
    for_types : bool
        Whether only type checkers see the import.
    """

    name: str
    for_types: bool

    @property
    def top(self) -> str:
        """The package that the module belongs to."""
        return self.name.partition(".")[0]

    @property
    def part(self) -> str:
        """Of a module of ours, the folder or module just below the package; empty for the package itself."""
        return f"{self.name}.".split(".")[1]


@cache
def modules() -> dict[str, Path]:
    """Return all modules of the package by their full names."""
    return {_name_of(path): path for path in PACKAGE.rglob("*.py")}


@cache
def folders() -> dict[str, Path]:
    """Return all folders with Python modules, by their path from the package; the package itself is ``.``."""
    return {path.parent.relative_to(PACKAGE).as_posix(): path.parent for path in sorted(PACKAGE.rglob("__init__.py"))}


def entries(folder: Path) -> list[str]:
    """List the modules of a folder, and the folders in it that hold modules, but for ``__init__`` and ``__main__``."""
    inside = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return sorted(path.name for path in inside if not path.stem.startswith("__"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """Return everything that a module imports, in functions and for type checkers too."""
    return tuple(_imports(tree_of(modules()[module]), for_types=False))


def _imports(node: ast.AST, *, for_types: bool) -> Iterator[Import]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for statement in node.body:
            yield from _imports(statement, for_types=True)
        for statement in node.orelse:
            yield from _imports(statement, for_types=for_types)
        return
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, for_types) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, "the package has no relative imports"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (Import(name if name in modules() else node.module, for_types) for name in dict.fromkeys(names))
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, for_types=for_types)


def _name_of(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
