#!/usr/bin/env python3
"""Take the guide's pictures of the report: of the demo clip, in Chromium. Needs Playwright and a Chromium."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from humanpose3d.demo import clip_path, demo_environment
from humanpose3d.runs.run import run_pipeline

_FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
_SIZE = {"width": 1440, "height": 900}
_FRAME = 30
_SLOWEST_MS = 180_000  # without a graphics card, on a busy machine
_READY = "document.querySelectorAll('.plot.js-plotly-plot').length >= 7 && video.readyState > 1"
_SHOWN = f"document.getElementById('skeleton').dataset.frame === '{_FRAME}' && !video.seeking"


def main() -> int:
    """Run the pipeline on the demo clip, open its report, and take the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[1] / "docs"
    parser.add_argument("--output", type=Path, default=default, metavar="FOLDER")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder, demo_environment(Path(folder) / "home"), sync_playwright() as driver:
        command = "humanpose3d run walk.mp4 --height 1.78"
        trial = run_pipeline(clip_path(), output=Path(folder) / "results", height=1.78, command=command)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        take_pictures(browser, trial.outputs["report"], output)
        browser.close()
    return 0


def take_pictures(browser: Any, report: Path, folder: Path) -> None:
    """Write ``report.png``, the page as it opens, and ``report_numbers.png``, its cards and curves."""
    page = browser.new_page(viewport=_SIZE)
    page.set_default_timeout(_SLOWEST_MS)
    page.goto(report.as_uri())
    for condition, then in ((_READY, f"player.seek({_FRAME})"), (_SHOWN, "0")):
        while not page.evaluate(condition):
            page.wait_for_timeout(50)
        page.evaluate(then)
    page.screenshot(path=folder / "report.png")
    page.evaluate("document.getElementById('joint-knee').scrollIntoView()")
    page.wait_for_timeout(500)  # the curves' cursors follow when they come into view
    page.screenshot(path=folder / "report_numbers.png")
    page.close()


if __name__ == "__main__":
    sys.exit(main())
