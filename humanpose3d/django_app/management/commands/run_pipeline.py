"""``python manage.py run_pipeline``: run the pipeline on one video."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import SystemCheckError

from humanpose3d.cli.run import add_options, results_of, run_as_chosen
from humanpose3d.django_app.command import QUIET, VERBOSE, HumanPose3DCommand

if TYPE_CHECKING:
    from humanpose3d.runs.trial import Trial


class Command(HumanPose3DCommand):
    """Runs the pipeline as ``humanpose3d run`` does."""

    help = "Turn a video of one person into 3D markers, joint angles and a report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of ``humanpose3d run``."""
        parser.add_argument(
            "--video", type=Path, required=True, metavar="FILE", help="a video file, or a folder of pictures"
        )
        add_options(parser)
        parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the results")

    def handle(self, *_args: object, **options: Any) -> None:
        """Run the pipeline and print its results."""
        trials = _run(options)
        if options["json"]:
            records = [trial.record for trial in trials]
            content = records if options["people"] == "all" else records[0]
            self.stdout.write(json.dumps(content, indent=2, allow_nan=False))
            return
        for trial in trials if options["verbosity"] > QUIET else ():
            self.stdout.write(results_of(trial))
            if options["verbosity"] >= VERBOSE:
                self.stdout.write(_stages(trial))


def _run(options: Mapping[str, Any]) -> list[Trial]:
    from humanpose3d.runs.models import ModelsNotFoundError

    try:
        return run_as_chosen(options["video"], Namespace(**options))
    except ModelsNotFoundError as error:
        # Of all errors, Django prints this one as it is, without a name in front.
        raise SystemCheckError(error.report) from error


def _stages(trial: Trial) -> str:
    """Return how long each stage took or why it did not run, and which models took part."""
    stages = [
        f"  {stage['name']}: {stage['reason'] or format(stage['seconds'], '.2f') + ' s'}"
        for stage in trial.record["stages"]
    ]
    models = [f"  {model['name']}: sha256 {model['sha256']}" for model in trial.record["models"]]
    return "\n".join(["Stages:", *stages, "Models:", *models])
