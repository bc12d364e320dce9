"""``humanpose3d run``: one video in, its results out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.cli.terminal import DONE, print_json

if TYPE_CHECKING:
    from humanpose3d.pipeline.detection import ProgressCallback
    from humanpose3d.pipeline.trial import Trial


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``run`` to the parser."""
    text = "Turn a video of one person into 3D markers."
    run = commands.add_parser("run", help=text, description=text, parents=[common])
    run.add_argument("video", type=Path, metavar="VIDEO", help="any video file, one person in it")
    run.add_argument("--height", type=float, metavar="M", help="the person's height in metres")
    run.add_argument("--weight", type=float, metavar="KG", help="the person's weight in kilograms")
    run.add_argument("--output", type=Path, metavar="DIR", help="folder for the results (default: VIDEO_humanpose3d)")
    run.add_argument("--json", action="store_true", help="print what was done as JSON")
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from humanpose3d.pipeline.run import run_pipeline

    with frame_progress() as progress:
        trial = run_pipeline(
            options.video, height=options.height, weight=options.weight, output=options.output, progress=progress
        )
    if options.json:
        print_json(trial.record)
    else:
        print_results(trial)
    return DONE


@contextmanager
def frame_progress() -> Iterator[ProgressCallback]:
    """Yield a callback that shows frames, frames per second and time left: one bar, or a line for each 10 %."""
    from tqdm import tqdm

    from humanpose3d.model_assets.settings import Settings

    mode = Settings.from_environment().progress
    bars = mode == "1" or (mode == "auto" and sys.stderr.isatty())
    shown = 0
    with tqdm(desc="frames", unit="frame", file=sys.stderr, disable=not bars, dynamic_ncols=True) as bar:

        def show(done: int, total: int | None) -> None:
            nonlocal shown
            if bars:
                bar.total = max(done, total) if total else None
                bar.update(done - bar.n)
            elif mode != "0" and total and 10 * done // total > shown:
                shown = 10 * done // total
                print(f"frames: {10 * shown} % ({done} of {total})", file=sys.stderr, flush=True)

        yield show


def print_results(trial: Trial) -> None:
    """Print what was found, and every file that was written."""
    landmarks = trial.landmarks
    found = int(landmarks.detected.sum())
    seconds = landmarks.times[-1] - landmarks.times[0]
    print(f"Found a person in {found} of {len(landmarks.times)} frames ({seconds:.2f} s).")
    for warning in trial.warnings:
        print(f"Note: {warning}")
    print(f"Wrote to {trial.folder}:")
    for path in trial.outputs.values():
        print(f"  {path.name} ({path.stat().st_size / 1024:.0f} kB)")
