"""Write a trial in the formats of other programs: while it is made, or later from its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

from humanpose3d.errors import explained_imports
from humanpose3d.formats.atomic import replacing
from humanpose3d.formats.xlsx import write_xlsx
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.folder import content_from_folder
from humanpose3d.runs.exports.c3d import write_trial_as_c3d
from humanpose3d.runs.exports.workbook import sheets_of
from humanpose3d.runs.output import RECORD_NAME, explained_write_errors, output_folder
from humanpose3d.runs.results import ResultFiles

__all__ = ["export_folder", "require_packages", "write_exports"]


def _write_xlsx(path: Path, content: ReportContent) -> None:
    write_xlsx(path, sheets_of(content), title=content.name)


_WRITERS: dict[str, tuple[str, Callable[[Path, ReportContent], None]]] = {
    "c3d": ("ezc3d", write_trial_as_c3d),
    "xlsx": ("xlsxwriter", _write_xlsx),
}
"""For each format the package that it needs, and its writer."""


def require_packages(formats: Sequence[str]) -> None:
    """Raise PackageImportError if what a format needs is not installed; nothing is imported."""
    for name in formats:
        package, _ = _WRITERS[name]
        with explained_imports(package, extra=name):
            if find_spec(package) is None:
                raise ModuleNotFoundError(name=package)


def write_exports(content: ReportContent, formats: Sequence[str], files: ResultFiles) -> None:
    """Write a trial in each of `formats`: ``<video>.c3d`` and ``<video>.xlsx``.

    Raises
    ------
    PackageImportError
        What a format needs is not installed.
    """
    for name in formats:
        _WRITERS[name][1](files.place(name, f"{content.name}.{name}"), content)


def export_folder(folder: Path, formats: Sequence[str], output: Path | None = None) -> list[Path]:
    """Write the results in `folder` in each of `formats`, there or to `output`; return the files.

    Files in `folder` are added to its ``run.json``, so that they are replaced and removed with the others.

    Raises
    ------
    ReportError
        The folder holds no results.
    PackageImportError
        What a format needs is not installed.
    OutputError
        The files cannot be written.
    """
    require_packages(formats)
    content = content_from_folder(folder).content
    target = output or folder
    with output_folder(target), explained_write_errors(target), ExitStack() as stack:
        elsewhere = not target.samefile(folder)
        record = StringIO() if elsewhere else stack.enter_context(replacing(folder / RECORD_NAME))
        files = ResultFiles(stack, target, content.name, record)
        write_exports(content, formats, files)
        written = list(files.paths.values())
        files.record(lambda names: {**content.record, "outputs": {**content.provenance.outputs, **names}})
    return written
