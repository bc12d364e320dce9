"""Every sentence of the page in every language that it offers."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest

pytest.importorskip("django", reason="Django is not installed: pip install 'humanpose3d[app]'")
from django.utils.translation.template import templatize

PAGE = Path(__file__).resolve().parents[2] / "humanpose3d" / "django_app" / "page"
LANGUAGES = sorted(folder.parent.name for folder in (PAGE / "locale").glob("*/LC_MESSAGES"))
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\[\w+\]|<[^>]+>")
TEXT = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"


def sentences_of_templates() -> set[str]:
    code = "\n".join(templatize(path.read_text("utf-8")) for path in PAGE.rglob("templates/**/*.html"))
    return {
        ast.literal_eval(text) for text in re.findall(rf"gettext\({TEXT}", code) + re.findall(rf"\b_\({TEXT}\)", code)
    }


def sentences_of_modules() -> set[str]:
    calls = [
        node
        for path in PAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS
    ]
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}


def test_sentences_are_found() -> None:
    assert {"Drop a video here", "%(number)s file", "Undo"} <= sentences_of_templates()
    assert sentences_of_modules()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    catalogue = gettext.translation("django", PAGE / "locale", [language])
    known = {key if isinstance(key, str) else key[0] for key in catalogue._catalog}  # type: ignore[attr-defined]
    missing = (sentences_of_templates() | sentences_of_modules()) - known
    assert missing == set(), "put them into the .po file, then run django-admin compilemessages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_stay_in_a_translation(language: str) -> None:
    catalogue = gettext.translation("django", PAGE / "locale", [language])._catalog  # type: ignore[attr-defined]
    for source, translated in catalogue.items():
        text = source if isinstance(source, str) else source[0]
        if text:
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(translated)), text
