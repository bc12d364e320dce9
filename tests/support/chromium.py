"""Where Chromium is on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]  # 3D without a graphics card, all else without SwiftShader


def chromium() -> str:
    """Return the path of the program, or skip the whole module that asks."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright (pip install playwright) is not installed"
    )
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if path is None:
        with playwright.sync_playwright() as driver:
            path = driver.chromium.executable_path
    if not Path(path).exists():
        reason = "no Chromium is installed (apt-get install chromium, or playwright install chromium)"
        pytest.skip(reason, allow_module_level=True)
    return path
