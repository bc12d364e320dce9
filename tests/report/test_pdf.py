"""The report as PDF."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.errors import ReportError
from humanpose3d.report.html.pdf import find_chromium, write_pdf
from humanpose3d.report.html.report import write_report

MakeWalk = Callable[..., ReportContent]


@pytest.fixture
def page(make_walk: MakeWalk, tmp_path: Path) -> Path:
    write_report(tmp_path / "report #1 ü.html", make_walk())
    return tmp_path / "report #1 ü.html"


@pytest.mark.slow
def test_a_report_is_printed(page: Path, tmp_path: Path) -> None:
    if find_chromium() is None:
        pytest.skip("no Chromium, Chrome or Edge is installed")
    write_pdf(page, tmp_path / "report.pdf")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(content) > 100_000, "the curves must be in it"


def test_without_a_browser_the_message_says_what_to_do(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("humanpose3d.report.html.pdf._PLACES", {})
    with pytest.raises(ReportError, match="none of them was found; install one"):
        write_pdf(page, tmp_path / "report.pdf")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a broken browser is a shell script")
def test_a_browser_that_fails_is_named_with_its_words(page: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho out of paper >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    (tmp_path / "report.pdf").write_bytes(b"old")
    with pytest.raises(ReportError, match=r"broken could not print .* \(out of paper\)"):
        write_pdf(page, tmp_path / "report.pdf", broken)
    with pytest.raises(ReportError, match="could not print"):
        write_pdf(page, tmp_path / "report.pdf", Path(sys.executable).with_name("no-such-browser"))
    assert (tmp_path / "report.pdf").read_bytes() == b"old"
