"""Write Excel workbooks: sheets of plain tables, with frozen headings and cells that keep their type."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from humanpose3d.errors import explained_imports
from humanpose3d.formats.atomic import replacing

__all__ = ["Cell", "Sheet", "write_xlsx"]

Cell: TypeAlias = str | float | int | bool | None
"""Text, a number, or nothing; a number that is not finite is written as an empty cell."""

_WIDEST = 80
_SAMPLED = 50
"""Rows whose texts decide how wide a column is."""


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    """At most 31 characters, none of ``[]:*?/\\``."""
    header: Sequence[str]
    """One for each of C columns."""
    rows: Sequence[Sequence[Cell]]
    """Each with up to C cells."""
    decimals: int = 3
    """Of numbers, as shown; the file has all digits."""
    frozen: int = 0
    """Columns that stay in sight, as the heading does."""


def write_xlsx(path: Path, sheets: Iterable[Sheet], *, title: str = "") -> None:
    """Write a workbook; a path is written atomically.

    Text is never taken for a formula or a link.

    Raises
    ------
    PackageImportError
        XlsxWriter is not installed.
    """
    with explained_imports("xlsxwriter", extra="xlsx"):
        import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path, "bytes") as file, xlsxwriter.Workbook(file, options) as workbook:
        workbook.set_properties({"title": title})
        heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            number = workbook.add_format({"num_format": f"0.{'0' * sheet.decimals}"})
            page.write_row(0, 0, sheet.header, heading)
            for line, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    _write(page, line, column, cell, number)
            page.freeze_panes(1, sheet.frozen)
            for column, width in enumerate(_widths(sheet)):
                page.set_column(column, column, width)


def _write(page: Any, line: int, column: int, cell: Cell, number: Any) -> None:
    if isinstance(cell, float):
        if math.isfinite(cell):
            page.write_number(line, column, cell, number)
    elif cell is not None:
        page.write(line, column, cell)


def _widths(sheet: Sheet) -> list[int]:
    """Return widths in characters, with which the longest words of the heading and the texts can be read."""
    widths = [max(map(len, title.replace("_", "_ ").split()), default=0) + 2 for title in sheet.header]
    for row in sheet.rows[:_SAMPLED]:
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                widths[column] = max(widths[column], len(cell) + 1)
    return [min(max(width, 9), _WIDEST) for width in widths]
