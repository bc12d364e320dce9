"""The backend; its name is Django's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

__all__ = ["DatabaseWrapper"]


class DatabaseWrapper(base.DatabaseWrapper):
    """Since version 6.1, Django opens the database in its checks, before anything else has made the folder."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Make the folder, and open the file in it."""
        Path(conn_params["database"]).parent.mkdir(parents=True, exist_ok=True)
        return super().get_new_connection(conn_params)
