"""Django, set up as ``manage.py`` sets it up, and commands called both ways: by a program and by a person."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = "humanpose3d.django_app.page.settings"

Manage = Callable[..., "subprocess.CompletedProcess[str]"]
Call = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session")
def django_set_up() -> Iterator[None]:
    django = pytest.importorskip("django", reason="Django is not installed: pip install 'humanpose3d[app]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
        django.setup()
        yield


@pytest.fixture
def call(django_set_up: None) -> Call:
    """Call a command in this process; returns what it wrote to both streams."""
    from django.core.management import call_command

    def call(name: str, *arguments: str, **options: object) -> tuple[str, str]:
        out, err = io.StringIO(), io.StringIO()
        call_command(name, *arguments, stdout=out, stderr=err, **options)
        return out.getvalue(), err.getvalue()

    return call


@pytest.fixture
def command_error(django_set_up: None) -> type[Exception]:
    from django.core.management import CommandError

    return CommandError


@pytest.fixture
def manage(django_set_up: None, tmp_path: Path) -> Manage:
    """Run ``manage.py`` in a process of its own, from another folder."""

    def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": "", "PYTHONIOENCODING": "utf-8", **environment},
            check=False,
        )

    return manage
