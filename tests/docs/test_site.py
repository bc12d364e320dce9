"""The guide can be built, and the built site asks nobody for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.blocks import PAGE_NAMES, PROJECT, blocks_of

pytestmark = pytest.mark.slow

_LOADING = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide, built as strictly as can be."""
    for package in ("material", "mkdocstrings_handlers.python"):
        pytest.importorskip(package, reason="building the guide needs: pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("guide") / "site"
    # Not --quiet: what is not said is no warning to --strict either.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {"NO_MKDOCS_2_WARNING": "1"}  # Material's advertisement for its successor
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **quiet}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class _Loaded(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(_LOADING.get(tag, ""))
        if address:
            self.addresses.append(address)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert {"index.html", "models.html", "troubleshooting.html", "api.html"} <= {page.name for page in pages}
    for page in pages:
        loaded = _Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        elsewhere = [address for address in loaded.addresses if re.match(r"(\w+:)?//", address)]
        assert elsewhere == [], page.name
        if page.name != "404.html":  # which is served from any address, and therefore names files from the root
            missing = [
                address for address in loaded.addresses if not (page.parent / address.partition("?")[0]).exists()
            ]
            assert missing == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name
    for drawing in site.rglob("*.svg"):
        assert "href=" not in drawing.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGE_NAMES if page.startswith("docs/")])
def test_every_block_is_shown_as_a_block(page: str, site: Path) -> None:
    text = (site / Path(page).relative_to("docs").with_suffix(".html")).read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article")]
    assert len(re.findall(r'<div class="[^"]*highlight">', article)) >= len(blocks_of(page))
    assert "```" not in article and "&lt;!--" not in article


def test_the_reference_holds_the_docstrings(site: Path) -> None:
    text = (site / "api.html").read_text(encoding="utf-8")
    names = ("get_model_path", "download_models", "check_models", "UserPaths", "IntegrityError", "VideoReadError")
    for name in (*names, "run_pipeline", "Trial", "SignalSettings", "load_gru", "ReportError", "TrialListError"):
        assert re.search(rf'id="humanpose3d\.[\w.]*{name}"', text), name
