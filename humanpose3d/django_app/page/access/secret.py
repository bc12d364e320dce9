"""The secret that signs sessions: made once, kept beside the database, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_NAME = "secret"


def secret_key(folder: Path) -> str:
    """Return the secret in `folder`; it is made on first use, once for all processes."""
    path = folder / _NAME
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f".{_NAME}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        if not path.exists():
            beside.replace(path)  # of two at once the last one stays, for both read it again
    finally:
        beside.unlink(missing_ok=True)
    return path.read_text(encoding="ascii")
