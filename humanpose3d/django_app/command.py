"""Base class of the management commands: errors, exit codes and verbosity."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from humanpose3d.cli.terminal import DONE, make_printable, run_and_report
from humanpose3d.environment import environment
from humanpose3d.errors import InvalidSettingError, PipelineError
from humanpose3d.model_assets import ModelAssetError

QUIET = 0
VERBOSE = 2


class HumanPose3DCommand(BaseCommand):
    """A command whose expected errors are one sentence, and which ends as ``humanpose3d`` does when interrupted."""

    requires_system_checks: Sequence[str] = []  # no warning about missing models from the command that fetches them

    def run_from_argv(self, argv: list[str]) -> None:
        """Run from a command line; exit with 1 after an error, 2 after wrong usage, 130 when interrupted."""
        make_printable(sys.stdout, sys.stderr)

        def command() -> int:
            super(HumanPose3DCommand, self).run_from_argv(argv)
            return DONE

        code = run_and_report(command, debug="--traceback" in argv)
        if code != DONE:
            sys.exit(code)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run from anywhere; expected errors become a CommandError."""
        try:
            with environment({"HUMANPOSE3D_PROGRESS": "0"} if options["verbosity"] == QUIET else {}):
                result: str | None = super().execute(*args, **options)
        except (ModelAssetError, PipelineError) as error:
            raise CommandError(str(error), returncode=2 if isinstance(error, InvalidSettingError) else 1) from error
        return result
