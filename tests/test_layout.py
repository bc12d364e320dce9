"""The layout of the package: what each folder is for, how large it is, and in which direction imports go."""

from __future__ import annotations

import ast
import sys
from graphlib import TopologicalSorter

import pytest
from support.layout import PACKAGE, PROJECT, Import, entries, folders, imports_of, modules, tree_of

LAYERS = (
    {"model_assets", "demo"},
    {"loaders", "formats", "kinematics", "video"},
    {"pipeline"},
    {"report", "opensim"},
    {"runs"},
    {"batch"},
    {"cli", "django_app"},
)
"""The folders of the package, from the bottom to the top. Below them all are the single modules beside them."""

LAYERS_OF_THE_RESOLVER = (
    {"errors", "registry"},
    {"disk", "validation"},
    {"transports"},
    {"settings"},
    {"progress"},
    {"store"},
    {"locking"},
    {"download"},
    {"resolver"},
    {"service"},
)
"""The parts of ``model_assets``, from the bottom to the top."""

LARGEST_FOLDER = 14

PURE = {"pipeline", "kinematics"}
FILE_MODULES = {"glob", "io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile"}
FILE_CALLS = {"open", "np.load", "np.loadtxt", "np.save", "np.savez", "np.savetxt", "np.fromfile", "np.memmap"}


def rank_of(part: str) -> int:
    ranks = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
    return ranks.get(part, -1)


def part_of(module: str) -> str:
    return Import(module, for_types=False).part


def test_every_folder_is_in_a_layer() -> None:
    assert {entry for entry in entries(PACKAGE) if not entry.endswith(".py")} == set().union(*LAYERS)


def test_imports_point_down() -> None:
    """Imports in functions and for type checkers count too."""
    entry_points = {"humanpose3d", "humanpose3d.__main__"}  # the first names what it gives on first use
    assert [
        f"{module} imports {used.name}"
        for module in modules().keys() - entry_points
        for used in imports_of(module)
        if used.top == "humanpose3d" and used.part and rank_of(used.part) > rank_of(part_of(module))
    ] == []


def test_imports_in_the_resolver_point_down() -> None:
    ranks = {part: rank for rank, layer in enumerate(LAYERS_OF_THE_RESOLVER) for part in layer}
    package = "humanpose3d.model_assets"
    assert {entry.removesuffix(".py") for entry in entries(PACKAGE / "model_assets")} == ranks.keys()
    assert [
        f"{module} imports {used.name}"
        for module in modules()
        for used in imports_of(module)
        if module.startswith(f"{package}.") and used.name.startswith(f"{package}.")
        if ranks[used.name.split(".")[2]] > ranks[module.split(".")[2]]
    ] == []


def test_the_reader_of_imports_finds_them() -> None:
    ours = [used for module in modules() for used in imports_of(module) if used.top == "humanpose3d"]
    assert len(ours) > 500
    assert any(used.for_types for used in ours)
    deferred = imports_of("humanpose3d.runs.trial")
    assert Import("pandas", for_types=False) in deferred and Import("pandas", for_types=True) in deferred


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module: {used.name for used in imports_of(module) if used.name in modules() and not used.for_types}
        for module in modules()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_resolver_needs_little() -> None:
    allowed = sys.stdlib_module_names | {
        "humanpose3d",
        "filelock",
        "tqdm",
        "dulwich",
        "urllib3",
    }  # the last comes with dulwich
    for module in modules():
        if part_of(module) == "model_assets":
            assert {used.top for used in imports_of(module)} <= allowed, module


def test_stages_and_kinematics_know_no_files_and_no_models() -> None:
    for module in (module for module in modules() if part_of(module) in PURE):
        used = imports_of(module)
        assert {each.top for each in used} & FILE_MODULES == set(), module
        assert {each.part for each in used if each.top == "humanpose3d"} & {"formats", "model_assets"} == set(), module
        called = [node.func for node in ast.walk(tree_of(modules()[module])) if isinstance(node, ast.Call)]
        assert {func.id if isinstance(func, ast.Name) else ast.unparse(func) for func in called} & FILE_CALLS == set()


@pytest.mark.parametrize("folder", sorted(folders()))
def test_a_folder_has_few_entries(folder: str) -> None:
    names = entries(folders()[folder])
    if folder == ".":
        modules_beside = [name for name in names if name.endswith(".py")]
        assert len(modules_beside) <= 3
        names = [name for name in names if name not in modules_beside]
    assert len(names) <= LARGEST_FOLDER


@pytest.mark.parametrize("folder", sorted(folders()))
def test_a_folder_says_what_it_is_for_and_what_it_never_does(folder: str) -> None:
    purpose = ast.get_docstring(tree_of(folders()[folder] / "__init__.py")) or ""
    assert " never " in purpose
    assert purpose.count(".") >= 2


def test_the_drawing_names_each_folder() -> None:
    drawing = (PROJECT / "docs" / "assets" / "architecture.svg").read_text(encoding="utf-8")
    assert [part for layer in LAYERS for part in layer if part != "demo" and part not in drawing] == []
