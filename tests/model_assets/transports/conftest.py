"""Every test of this folder runs with git and with its stand-in; ``of_git`` marks those that concern git alone."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def with_each(program: str) -> None:
    """Run with each program."""
