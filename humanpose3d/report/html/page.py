"""Render an HTML page as one file: scripts and style embedded, network access forbidden."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.report.html.embedding import json_for_script, script_digest
from humanpose3d.report.html.wording import (
    difference_text,
    difference_value,
    doubt_text,
    moment_text,
    quantity_text,
    record_text,
)
from humanpose3d.report.style import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_page"]

_ASSETS = Path(__file__).parents[1] / "assets"
_PLOTLY = "plotly-gl3d.min.js"


def render_page(template: str, scripts: Sequence[str], data: dict[str, Any], **context: Any) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : str
        File name in ``report/assets``; it extends ``base.html.j2``.
    scripts : sequence of str
        File names there; they run in this order, after plotly.js.
    data : dict
        What the scripts find in the element ``data``.
    **context
        What the template needs; all text in it is escaped.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    code = [_asset(name) for name in (_PLOTLY, *scripts)]
    page: str = (
        _environment()
        .get_template(template)
        .render(
            data=json_for_script(data),
            scripts=code,
            script_digests=" ".join(script_digest(script) for script in code),
            style=_asset("report.css"),
            plotly_licence=_asset("plotly-LICENSE.txt"),
            **context,
        )
    )
    return page


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
    environment.filters["quantity"] = quantity_text
    environment.filters["difference"] = difference_text
    environment.filters["difference_value"] = difference_value
    environment.filters["doubt"] = doubt_text
    environment.filters["moment"] = moment_text
    environment.filters["printable"] = lambda value: printable(record_text(value))
    return environment


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
