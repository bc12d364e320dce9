"""Chromium for the tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from humanpose3d.report.html.pdf import find_chromium

_FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]  # 3D without a graphics card, all else without SwiftShader


def need_chromium() -> Path:
    """Return the path of the program, or skip the whole module that asks."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright (pip install playwright) is not installed"
    )
    path = find_chromium()
    if path is None:
        with playwright.sync_playwright() as driver:
            path = Path(driver.chromium.executable_path)
    if not path.exists():
        reason = "no Chromium is installed (apt-get install chromium, or playwright install chromium)"
        pytest.skip(reason, allow_module_level=True)
    return path


@contextmanager
def launched(path: Path) -> Iterator[Any]:
    """Start the program at `path`; it is gone at the end of the context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()
