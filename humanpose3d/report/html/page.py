"""Render an HTML page as one file: scripts and style embedded, network access forbidden."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.report import language
from humanpose3d.report.html import wording
from humanpose3d.report.html.embedding import json_for_script, script_digest
from humanpose3d.report.style import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["add_languages", "render_page", "render_plain"]

_ASSETS = Path(__file__).parents[1] / "assets"
_PLOTLY = "plotly/plotly-gl3d.min.js"
_MESSAGE_OF_SCRIPT = re.compile(r'\b_\("([^"]+)"')


def render_page(template: str, scripts: Sequence[str], data: dict[str, Any], **context: Any) -> str:
    """Fill in a template of ``report/assets``, which extends ``base.html.j2``; all text of `context` is escaped.

    The scripts, files there too, run in their order after plotly.js, and find `data` in the element of that name, with
    their messages in the language of the page as ``words``.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    code = [_asset(name) for name in (_PLOTLY, *scripts)]
    words = {text: language.message(text) for script in code[1:] for text in _MESSAGE_OF_SCRIPT.findall(script)}
    return (
        _environment()
        .get_template(template)
        .render(
            data=json_for_script({**data, "words": words}),
            scripts=code,
            script_digests=" ".join(script_digest(script) for script in code),
            style=_asset("report.css"),
            plotly_licence=_asset("plotly/LICENSE.txt"),
            **context,
        )
    )


def render_plain(template: str, **context: Any) -> str:
    """Fill in a template of ``report/assets`` that needs no script; all text of `context` is escaped."""
    return _environment().get_template(template).render(style=_asset("report.css"), **context)


@cache
def _environment() -> "Environment":
    from humanpose3d.errors import explained_imports

    with explained_imports("jinja2"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_ASSETS, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_languages(environment)
    environment.filters |= {
        "angle_method": _translating(wording.angle_method_label),
        "quantity": _translating(wording.quantity_text),
        "difference": _translating(wording.difference_text),
        "difference_value": _translating(wording.difference_value),
        "change": _translating(wording.change_text),
        "judgement": _translating(wording.judgement_text),
        "doubt": _translating(wording.doubt_text),
        "moment": wording.moment_text,
        "lines": lambda value: [printable(line) for line in wording.record_lines(value)],
        "printable": lambda value: printable("; ".join(wording.record_lines(value))),
    }
    return environment


def add_languages(environment: "Environment") -> None:
    """Let templates translate: ``_`` and ``plural`` their own messages, the filter ``translated`` finished sentences.

    A message may hold HTML; what fills it in is escaped.
    """
    from jinja2 import pass_context
    from markupsafe import Markup

    def message(text: str, **values: object) -> Markup:
        return Markup(language.message(text)).format(**values)

    @pass_context  # else Jinja would translate a constant once, when it compiles the template
    def translated(_context: object, text: object) -> str:
        return language.translated(str(text))

    environment.globals |= {"_": message, "plural": language.plural, "language": language.language}
    environment.filters["translated"] = translated


def _translating(function: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: language.translated(function(value))


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
