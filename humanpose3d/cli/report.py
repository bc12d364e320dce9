"""``humanpose3d report``: write a report from the files of a run, or compare two runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.run import add_language_option
from humanpose3d.cli.terminal import answer

_NAMES = ("report.html", "comparison.html")


def add_command(commands: Commands) -> None:
    """Add ``report`` to the parser."""
    report = commands.add(
        "report", "Make report.html again from the files of a run, or compare two runs of one person.", _report
    )
    report.add_argument("folder", type=Path, metavar="DIR", help="folder that 'humanpose3d run' wrote")
    report.add_argument("after", type=Path, metavar="DIR_B", nargs="?", help="a second folder, to compare with DIR")
    report.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="file or folder of the page (default: report.html in DIR, or comparison.html in the current folder)",
    )
    report.add_argument("--pdf", action="store_true", help="also write a PDF; needs Chromium, Chrome or Edge")
    add_language_option(report, None)
    report.add_argument("--json", action="store_true", help="print the names of the files as JSON")


def _report(options: argparse.Namespace) -> int:
    from humanpose3d.runs.output import explained_write_errors

    page = _page_path(options)
    with explained_write_errors(page.parent):
        replaced = page.is_file() and page.name in _NAMES
        _write_page(options, page)
        if replaced:
            page.with_suffix(".pdf").unlink(missing_ok=True)  # it shows the page that was replaced
        written = [page]
        if options.pdf:
            from humanpose3d.report.html.pdf import write_pdf

            written.append(page.with_suffix(".pdf"))
            write_pdf(page.absolute(), written[-1])
    text = "\n".join(f"Wrote {path} ({path.stat().st_size / 1024:.0f} kB)" for path in written)
    return answer(options, {"written": [str(path) for path in written]}, text)


def _page_path(options: argparse.Namespace) -> Path:
    name = _NAMES[0] if options.after is None else _NAMES[1]
    folder: Path = options.output or (options.folder if options.after is None else Path())
    return folder / name if options.output is None or folder.is_dir() else folder


def _write_page(options: argparse.Namespace, page: Path) -> None:
    from humanpose3d.errors import explained_imports

    with explained_imports("numpy"):
        from humanpose3d.report.data.folder import content_from_folder
        from humanpose3d.report.errors import ReportError
        from humanpose3d.report.html.comparison import Compared, labels_of, write_comparison
        from humanpose3d.report.html.report import write_report

    if options.after is not None and options.folder.resolve() == options.after.resolve():
        raise ReportError(f"{options.folder} was named twice; name the folders of two runs to compare them.")
    first = content_from_folder(options.folder)
    if options.after is None:
        write_report(page, first.content, first.overlay, options.language)
    else:
        second = content_from_folder(options.after)
        labels = labels_of(options.folder.resolve(), options.after.resolve())
        before, after = (Compared(label, *each) for label, each in zip(labels, (first, second), strict=True))
        write_comparison(page, before, after, options.language)
