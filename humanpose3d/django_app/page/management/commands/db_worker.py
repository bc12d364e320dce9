"""Run the queue: django-tasks' own worker, which also starts trials again whose worker has died."""

from __future__ import annotations

import os
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django_tasks_db.management.commands.db_worker import Command as DbWorker

from humanpose3d.django_app.page.queue.stopping import stop_when_stdin_closes
from humanpose3d.django_app.page.queue.upkeep import keep_up

_POLITE = 5


class Command(DbWorker):
    """The command ``db_worker`` of a project with the page."""

    requires_system_checks: Sequence[str] = []  # missing models are fetched with the first trial

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add one option to those of django-tasks."""
        super().add_arguments(parser)
        parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input closes")

    def handle(self, *, until_stdin_closes: bool, **options: Any) -> None:  # type: ignore[override]
        """Work until told to end."""
        if hasattr(os, "nice"):
            os.nice(_POLITE)  # pages come first
        if until_stdin_closes:
            stop_when_stdin_closes()
        ended = threading.Event()
        upkeep = keep_up(ended)
        try:
            super().handle(**options)
        finally:
            ended.set()
            upkeep.join(2)
