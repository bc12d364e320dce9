"""Work beside the queue: trials of dead workers start again, and what is over is cleared away."""

from __future__ import annotations

import logging
import threading
import time

from django.core.management import call_command
from django.db import DatabaseError, connection

from humanpose3d.django_app.page.files.uploads import remove_stale
from humanpose3d.django_app.page.queue.recovery import recover

__all__ = ["keep_up", "tidy"]

_LOG = logging.getLogger("humanpose3d.app")
_RECOVER_SECONDS = 5.0
_TIDY_SECONDS = 3600.0


def tidy() -> None:
    """Remove forgotten uploads, sessions that have ended, and old tasks of the queue; trials stay."""
    remove_stale()
    for command in ("clearsessions", "prune_db_task_results"):
        call_command(command, verbosity=0)


def keep_up(stop: threading.Event) -> threading.Thread:
    """Recover every few seconds and tidy every hour, in a thread, until `stop` is set."""

    def work() -> None:
        tidied = time.monotonic()
        while not stop.is_set():
            try:
                recover()
                if time.monotonic() - tidied > _TIDY_SECONDS:
                    tidied = time.monotonic()
                    tidy()
            except DatabaseError as error:  # locked, or away for a moment
                _LOG.warning("upkeep: %s", error)
            finally:
                connection.close()
            stop.wait(_RECOVER_SECONDS)

    thread = threading.Thread(target=work, name="humanpose3d-upkeep", daemon=True)
    thread.start()
    return thread
