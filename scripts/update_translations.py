#!/usr/bin/env python3
"""Bring the catalogues of reports and of the app up to date with their messages, and compile them. Needs Babel, Django.

A new language starts with: update_translations.py --add CODE
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from humanpose3d import __version__
from humanpose3d.kinematics.conventions import CONVENTIONS, JOINT_NAMES, SIDE_WORDS
from humanpose3d.model_assets import MODELS
from humanpose3d.report.language import LOCALE
from humanpose3d.report.style import JOINTS, PLANES
from humanpose3d.report.vocabulary import VOCABULARY

_PACKAGE = Path(__file__).resolve().parents[1] / "humanpose3d"
_DOMAIN = "humanpose3d"

_PAGES = ("report/assets/*.j2", "batch/*.j2")
_SCRIPTS = ("report/assets/*.js",)
_PYTHON = ("report/**/*.py",)
_APP_PAGES = ("django_app/page/templates/**/*.html",)
_APP_PYTHON = ("django_app/page/**/*.py",)
_WITH_SENTENCES = (
    "kinematics/**/*.py",
    "pipeline/**/*.py",
    "report/data/*.py",
    "report/figures/c*.py",
    "report/html/angle_table.py",
    "report/html/wording.py",
    "report/people.py",
    "report/plots.py",
    "runs/exports/opensim.py",
    "runs/neural.py",
    "runs/people/everybody.py",
    "runs/record.py",
)
"""Modules whose texts reach a page as finished sentences."""
_NO_SENTENCES = frozenset(
    (_PACKAGE / name) for name in ("report/data/folder.py", "report/data/gather.py", "runs/people/detect.py")
)  # they only raise errors, or build command lines


def main() -> int:
    """Update and compile each catalogue; say what has no translation yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--add", metavar="CODE", help="start a catalogue for one more language")
    code = parser.parse_args().add
    template = messages_of_the_project()
    paths = set(LOCALE.glob(f"*/LC_MESSAGES/{_DOMAIN}.po")) | ({catalogue_path(code)} if code else set())
    lacking = 0
    for path in sorted(paths):
        catalogue = read_catalogue(path) if path.exists() else _new_catalogue(code)
        created = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.creation_date = created  # else each call would change the file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, include_lineno=False, sort_by_file=True)
        for compiled in (path.with_suffix(".mo"), path.with_name("django.mo")):  # the name that Django looks for
            with compiled.open("wb") as file:
                write_mo(file, catalogue)
        untranslated = [str(each.id) for each in catalogue if each.id and not each.string]
        print(
            "\n".join([f"{path}: {len(catalogue)} messages, {len(untranslated)} without a translation", *untranslated])
        )
        lacking += len(untranslated)
    return 1 if lacking else 0


def _new_catalogue(code: str | None) -> Catalog:
    authors = "The HumanPose3D authors"
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return Catalog(
        code, project="HumanPose3D", version=__version__, msgid_bugs_address=authors, last_translator=authors,
        language_team=authors, creation_date=now, revision_date=now, fuzzy=False,
    )  # fmt: skip


def catalogue_path(code: str) -> Path:
    """Return where the catalogue of a language is."""
    return LOCALE / code / "LC_MESSAGES" / f"{_DOMAIN}.po"


def read_catalogue(path: Path) -> Catalog:
    """Read the catalogue of a language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, domain=_DOMAIN)


def messages_of_the_project() -> Catalog:
    """Collect the messages of templates and scripts, the sentences of the code, and single words."""
    catalogue = Catalog(project="HumanPose3D")
    catalogue.add(".", context="decimal mark", locations=[("humanpose3d/report/language.py", 0)])
    sources: list[tuple[tuple[str, ...], str, dict[str, Any]]] = [
        (_PAGES, "jinja2.ext:babel_extract", {"_": None, "plural": (1, 2)}),
        (_SCRIPTS, "javascript", {"_": None}),
        (_PYTHON, "python", {"message": None, "plural": (1, 2)}),
        (_APP_PYTHON, "python", {"_": None, "gettext_lazy": None, "ngettext": (1, 2)}),
    ]
    for patterns, method, keywords in sources:
        for path in _files(patterns):
            for _line, text, _comments, _context in extract_from_file(method, path, keywords=keywords):
                catalogue.add(text, locations=[_place(path)])
    for path in _files(_APP_PAGES):
        for text in messages_of_template(path):
            catalogue.add(text, locations=[_place(path)])
    for path in _files(_WITH_SENTENCES):
        for text in sentences_of(path):
            catalogue.add(text, locations=[_place(path)])
    for text in words():
        catalogue.add(text, locations=[("humanpose3d/report/vocabulary.py", 0)])
    return catalogue


def messages_of_template(path: Path) -> Iterator[str | tuple[str, str]]:
    """Yield the messages of a template of the app, with its plurals as pairs."""
    from django.utils.translation.template import templatize

    text = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    code = templatize(path.read_text(encoding="utf-8"))
    for one, many in re.findall(rf"\bngettext\({text},\s*{text}", code):
        yield ast.literal_eval(one), ast.literal_eval(many)
    for found in re.findall(rf"\b(?:gettext|_)\({text}", code):
        yield ast.literal_eval(found)


def words() -> Iterator[str]:
    """Yield the words and phrases that fill in sentences, or stand alone in a table."""
    yield from VOCABULARY
    yield from JOINTS
    yield from SIDE_WORDS.values()
    yield from (spec.purpose for spec in MODELS.values())
    yield from (plane for name in PLANES for plane in (name, name.split()[0]))
    for row in CONVENTIONS:
        yield from (row.positive, row.zero)
    for name in JOINT_NAMES:
        joint, _, side = name.partition("_")
        if side:
            yield from (f"{SIDE_WORDS[side]} {joint}", f"{joint} {side}")


def sentences_of(path: Path) -> list[str]:
    """Return the texts of a module that read as prose, with names in braces for what is filled in.

    Docstrings, annotations, errors that are raised, and what is only compared with a text are none.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = {id(part) for node in ast.walk(tree) for part in _no_texts(node)}
    found = []
    for node in ast.walk(tree):
        if id(node) not in left_out and (text := _template(node)) and _is_prose(text):
            found.append(text)
    return list(dict.fromkeys(found))


def _no_texts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that hold no text for a reader."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.Raise):
        yield from ast.walk(node)
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if name in _TAKING_NO_TEXT:
            yield from (part for argument in node.args for part in ast.walk(argument))
        if name == "_in_words_of_the_run":
            yield node.args[1]
    for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
        if annotation is not None:
            yield from ast.walk(annotation)


_TAKING_NO_TEXT = frozenset({"startswith", "partition", "filterwarnings", "cast", "legend", "setdefault", "message"})


def _template(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    names: list[str] = []
    parts = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            names.append(_name(value.value, names))
            parts.append(f"{{{names[-1]}}}")
        elif isinstance(value, ast.Constant):
            parts.append(str(value.value))
    return "".join(parts)


def _name(expression: ast.expr, taken: list[str]) -> str:
    """Name a placeholder after the last variable or attribute in its expression."""
    named = [
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(expression)
        if isinstance(node, (ast.Attribute, ast.Name))
    ]
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
    }
    plain = [name for name in named if name not in called and name not in ("self", "np", "i")]
    name = next((name for name in plain if name.islower()), "value").strip("_")
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _is_prose(text: str) -> bool:
    outside = "".join(part for part in text.replace("}", "{").split("{")[::2])
    return " " in text.strip() and any(letter.isalpha() for letter in outside) and text not in _NOT_SHOWN


_NOT_SHOWN = frozenset(
    {
        "side, near", "side, far", "oblique, near", "oblique, far", "{what} {joint} {angle}", "{row} over ground",
        "{row} over ground, lens {lens}",
        "{name} steps", "{name} stances", "{what} {joint}", "{axis} domain", "lower center",
        ", frontal plane", ", transverse plane", "heel strike", "{event} of a repetition", "{name} right",
        "{name} left",
        "%Y-%m-%d %H:%M", "Stage {name}: {message}", "Stage {name}: {error}", "{moment} s", "{size} mm",
        "(n = {cycles})",
        "n = {cycles}",
    }
)  # fmt: skip
"""Names in tables and of plotly.js; and templates whose few results are in the vocabulary."""


def _files(patterns: Iterable[str]) -> list[Path]:
    found = {path for pattern in patterns for path in _PACKAGE.glob(pattern)}
    return sorted(found - _NO_SENTENCES)


def _place(path: Path) -> tuple[str, int]:
    return (path.relative_to(_PACKAGE.parent).as_posix(), 0)


if __name__ == "__main__":
    sys.exit(main())
