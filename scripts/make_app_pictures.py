#!/usr/bin/env python3
"""Take the guide's pictures of the page: trials of the demo clip, in Chromium. Needs the extra app and Playwright."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from humanpose3d.demo import clip_path, demo_environment

_FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
_DESKTOP, _WIDE, _PHONE = {"width": 1100, "height": 740}, {"width": 1440, "height": 900}, {"width": 375, "height": 740}
_SLOWEST_MS = 600_000  # one run on a busy machine
_PERSON = "P07"
_TRIALS = (  # title, day, first and last second
    ("before surgery", "2026-09-02", "0", "3.97"),
    ("after six weeks", "2026-10-14", "0", "3.2"),
    ("after twelve weeks", "2026-11-25", "0.7", "3.97"),
)


def main() -> int:
    """Start the page in a home of its own, use it as a person does, and take the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[1] / "docs" / "assets"
    parser.add_argument("--output", type=Path, default=default, metavar="FOLDER")
    output = parser.parse_args().output
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_environment(Path(folder) / "home"),
        _served() as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        take_pictures(browser, address, Path(folder), output)
        browser.close()
    return 0


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "humanpose3d", "app", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        yield next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout or ()))).group()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def take_pictures(browser: Any, address: str, scratch: Path, folder: Path) -> None:
    """Write ``app_first.png``, ``app_prepare.png``, ``app_report.png``, ``app_person.png`` and ``app_phone.png``."""
    page = browser.new_page(viewport=_DESKTOP, locale="en-GB")
    page.set_default_timeout(_SLOWEST_MS)
    page.goto(address)
    page.screenshot(path=folder / "app_first.png")
    for number, (title, day, start, end) in enumerate(_TRIALS):
        video = scratch / f"{title}.mp4"
        shutil.copyfile(clip_path(), video)
        page.goto(address)
        page.locator("#files").set_input_files(video)
        page.locator("#prepare").wait_for()
        fields = {
            "end": end,
            "start": start,
            "person": _PERSON,
            "movement": "walking",
            "height": "1.78",
            "weight": "75",
        }
        for name, text in {**fields, "date": day}.items():
            page.locator(f"#id_{name}").fill(text)
        if number == 0:
            page.wait_for_timeout(3000)  # the frame of the first second
            page.locator("#picture").click(position={"x": 170, "y": 190})
            page.screenshot(path=folder / "app_prepare.png")
        page.get_by_role("button", name="Start").click()
        page.locator("iframe.report").wait_for()
    page.set_viewport_size(_WIDE)
    page.frame_locator("iframe.report").locator("#joint-knee ~ .plots .main-svg").first.wait_for()
    page.wait_for_timeout(2000)  # the 3D view
    page.screenshot(path=folder / "app_report.png")
    page.set_viewport_size(_DESKTOP)
    page.get_by_role("link", name=_PERSON).click()
    page.screenshot(path=folder / "app_person.png")
    page.set_viewport_size(_PHONE)
    page.goto(address)
    page.wait_for_timeout(3000)  # the small pictures
    page.screenshot(path=folder / "app_phone.png")
    page.close()


if __name__ == "__main__":
    sys.exit(main())
