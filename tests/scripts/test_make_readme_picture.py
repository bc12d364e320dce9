"""The README's picture is made by the project, and can be made again."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]


def test_the_picture_can_be_made_again(tmp_path: Path) -> None:
    picture = tmp_path / "demo.png"
    script = PROJECT / "scripts" / "make_readme_picture.py"
    subprocess.run([sys.executable, str(script), "--output", str(picture)], check=True, capture_output=True)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == struct.unpack(
        ">II", (PROJECT / "docs" / "demo.png").read_bytes()[16:24]
    )


def test_the_readme_shows_it() -> None:
    assert "(docs/demo.png)" in (PROJECT / "README.md").read_text(encoding="utf-8")
