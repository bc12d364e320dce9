"""``humanpose3d demo``: run the pipeline on an embedded clip, without a network."""

from __future__ import annotations

import argparse
from pathlib import Path

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.run import results_of
from humanpose3d.cli.terminal import DONE, frame_progress

_BEFORE = """\
HumanPose3D demo: a rendered person walks, and the pipeline finds out how.

Video:   {video}
Models:  {models}
         This file is a git repository. Git fetches each model from it when it is first needed, just as it
         would from the public one. In it, pose_landmarker_heavy.task is MediaPipe's smaller "full" model,
         and the other four are small stand-ins whose corrections are zero.
Home:    {home}
"""
_AFTER = """
Your own video:  humanpose3d run VIDEO --height 1.78  (and --focal-length MM, where the lens is known, as here)
It fetches the published models on first use; 'humanpose3d models list' shows them."""


def add_command(commands: Commands) -> None:
    """Add ``demo`` to the parser."""
    demo = commands.add(
        "demo", "Run the pipeline on an embedded clip, with models fetched from an embedded repository.", _demo
    )
    text = "folder for the results and the models (default: %(default)s)"
    demo.add_argument("--output", type=Path, default="humanpose3d_demo", metavar="DIR", help=text)


def _demo(options: argparse.Namespace) -> int:
    from humanpose3d.demo import (
        CLIP_FOCAL_LENGTH_MM,
        CLIP_HEIGHT_M,
        clip_path,
        demo_environment,
        models_bundle_path,
    )
    from humanpose3d.errors import explained_imports
    from humanpose3d.model_assets import download_models

    with explained_imports("numpy"):
        from humanpose3d.runs.run import run_pipeline

    home = (options.output / "home").absolute()
    _require_models_or_git(home)
    print(_BEFORE.format(video=clip_path(), models=models_bundle_path(), home=home), flush=True)
    with demo_environment(home):
        with frame_progress() as progress:
            trial = run_pipeline(
                clip_path(),
                height=CLIP_HEIGHT_M,
                focal_length=CLIP_FOCAL_LENGTH_MM,
                output=options.output,
                progress=progress,
            )
        print(results_of(trial))
        fetched = download_models()
    print(f"\nThe {len(fetched)} models now in the demo's home:")
    for status in fetched:
        print(f"  {status.path.relative_to(home)} ({status.size or 0:,} bytes, commit {(status.commit or '')[:12]})")
    print(_AFTER)
    return DONE


def _require_models_or_git(home: Path) -> None:
    """Raise OfflineError before any output: offline forbids git, which fetches the embedded models."""
    from humanpose3d.demo import demo_environment
    from humanpose3d.model_assets import MODELS, OfflineError
    from humanpose3d.runs.models import ModelsNotFoundError, require_models

    try:
        with demo_environment(home):
            require_models(MODELS)
    except ModelsNotFoundError as error:
        raise OfflineError(
            f"Offline (HUMANPOSE3D_OFFLINE is set), and the demo's models are not yet in {home}. Unset the variable "
            "for the first demo: git then takes them from a file inside the package, and nothing opens a connection.",
            models=error.models,
        ) from error
