"""Print a report to PDF with an installed Chromium, Chrome or Edge."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from humanpose3d.formats.atomic import replacing
from humanpose3d.report.errors import ReportError

__all__ = ["find_chromium", "write_pdf"]

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
_FLAGS = (
    "--headless",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--enable-unsafe-swiftshader",  # the 3D view without a graphics card
    "--virtual-time-budget=20000",  # until everything is drawn
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no connection of the page or of the browser itself
    "--disable-background-networking",
    "--disable-component-update",
)
_LONGEST_S = 180
_BY_HAND = "open it in a browser and print it there"


def find_chromium() -> Path | None:
    """Find Chromium, Chrome or Edge on this machine."""
    found = [shutil.which(command) for command in _COMMANDS]
    there = [place for place in _PLACES.get(sys.platform, ()) if Path(place).is_file()]
    return next((Path(path) for path in (*found, *there) if path), None)


def write_pdf(page: Path, target: Path, chromium: Path | None = None) -> None:
    """Print a page to a PDF file, which is replaced when the new one is complete.

    Raises
    ------
    ReportError
        There is no such browser, or it could not print.
    """
    chromium = chromium or find_chromium()
    if chromium is None:
        raise ReportError(
            "A PDF takes Chromium, Chrome or Edge, and none of them was found; install one, "
            f"or open {page} in any browser and print it."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "report.pdf"
        command = [str(chromium), *_FLAGS, f"--user-data-dir={folder}", f"--print-to-pdf={made}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium requires this as root, for example in a container
        try:
            done = subprocess.run(
                [*command, page.resolve().as_uri()], capture_output=True, timeout=_LONGEST_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ReportError(f"{chromium} could not print {page} ({error}); {_BY_HAND}.") from error
        if done.returncode != 0 or not made.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason was given"]
            raise ReportError(f"{chromium} could not print {page} ({last[0]}); {_BY_HAND}.")
        with replacing(target, "bytes") as file:
            file.write(made.read_bytes())
