"""``python manage.py download_models``: fetch the neural models before they are needed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError

from humanpose3d.django_app.command import QUIET, VERBOSE, HumanPose3DCommand
from humanpose3d.model_assets import MODELS, ModelAssetError, ModelStatus, UserPaths, check_models
from humanpose3d.model_assets.registry import select_models
from humanpose3d.model_assets.service import wording
from humanpose3d.model_assets.service.delivery import deliver
from humanpose3d.model_assets.settings import Settings


class Command(HumanPose3DCommand):
    """Same actions and messages as ``scripts/download_models.py``."""

    help = "Fetch HumanPose3D's neural models before they are needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--check-only", action="store_true", help="only say which models are there")
        mode.add_argument(
            "--force",
            action="store_true",
            help="move the set to the newest commit, and replace what is damaged; reads every byte",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"models (default: all): {', '.join(MODELS)}")

    def handle(self, *_args: object, **options: Any) -> None:
        """Check or download."""
        names = options["names"] or None
        speaks = options["verbosity"] > QUIET and not options["json"]
        if options["check_only"]:
            statuses = self._check(names, speaks=speaks)
        else:
            statuses = self._download(names, force=options["force"], speaks=speaks)
        if options["json"]:
            self.stdout.write(json.dumps([dict(wording.facts_of(status)) for status in statuses], indent=2))
        elif options["verbosity"] >= VERBOSE:
            self.stdout.write("\n".join(_origin(status) for status in statuses))
        if absent := [status.path.name for status in statuses if not status.ready]:
            raise CommandError(f"Some models are missing: {', '.join(absent)}")

    def _check(self, names: Sequence[str] | None, *, speaks: bool) -> list[ModelStatus]:
        statuses = check_models(names)
        if speaks:
            report = wording.check_report(UserPaths.default(), statuses, self._marks(), option="--check-only")
            self.stdout.write(report)
        return statuses

    def _download(self, names: Sequence[str] | None, *, force: bool, speaks: bool) -> list[ModelStatus]:
        def say(message: str) -> None:
            if speaks:
                self.stdout.write(f"{message}\n")  # Django itself adds a line end only where there is none
                self.stdout.flush()

        select_models(names)  # refuse unknown names before any output
        settings = Settings.from_environment()
        say(wording.opening(settings.paths))
        try:
            delivery = deliver(settings, names, force=force, say=lambda message: say(wording.step(message)))
        except ModelAssetError as error:
            absent = [status for status in check_models(names) if not status.ready]
            raise CommandError(wording.failure(str(error), absent).removeprefix("Error: ")) from error
        say(wording.ending(delivery.arrived, self._marks()))
        return delivery.models

    def _marks(self) -> wording.Marks:
        # A stream of text without an encoding, such as the one that a program hands to call_command, takes any letter.
        return wording.marks_for(getattr(self.stdout, "encoding", None) or "utf-8")


def _origin(status: ModelStatus) -> str:
    """Return path, origin and digest of a model."""
    facts = (("origin", status.origin), ("commit", status.commit), ("sha256", status.sha256))
    return "\n".join([f"  {status.path}", *(f"    {name}: {value}" for name, value in facts if value)])
