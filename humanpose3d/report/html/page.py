"""Render an HTML page as one file: scripts and style embedded, network access forbidden."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.report.html import wording
from humanpose3d.report.html.embedding import json_for_script, script_digest
from humanpose3d.report.style import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_page", "render_plain"]

_ASSETS = Path(__file__).parents[1] / "assets"
_PLOTLY = "plotly/plotly-gl3d.min.js"


def render_page(template: str, scripts: Sequence[str], data: dict[str, Any], **context: Any) -> str:
    """Fill in a template of ``report/assets``, which extends ``base.html.j2``; all text of `context` is escaped.

    The scripts, files there too, run in their order after plotly.js, and find `data` in the element of that name.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    code = [_asset(name) for name in (_PLOTLY, *scripts)]
    return (
        _environment()
        .get_template(template)
        .render(
            data=json_for_script(data),
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
    environment.filters |= {
        "quantity": wording.quantity_text,
        "angle_method": wording.angle_method_label,
        "difference": wording.difference_text,
        "difference_value": wording.difference_value,
        "change": wording.change_text,
        "judgement": wording.judgement_text,
        "doubt": wording.doubt_text,
        "moment": wording.moment_text,
        "lines": lambda value: [printable(line) for line in wording.record_lines(value)],
        "printable": lambda value: printable("; ".join(wording.record_lines(value))),
    }
    return environment


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
