#!/usr/bin/env python3
"""Fetch HumanPose3D's neural models before they are needed.

Works from a plain checkout, in any working directory, with Python, git, and the packages filelock and tqdm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from humanpose3d.cli.terminal import DONE, FAILED, INTERRUPTED, make_printable, marks
from humanpose3d.model_assets import MODELS, ModelAssetError, ModelStatus, UserPaths, check_models, download_models
from humanpose3d.model_assets.settings import Settings

_RULE = "=" * 70


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only say which models are there")
    mode.add_argument("--force", action="store_true", help="move the whole set to the newest commit")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"models (default: all): {', '.join(MODELS)}")
    options = parser.parse_args(arguments)
    make_printable(sys.stdout, sys.stderr)
    try:
        return _check(options.names) if options.check else _download(options.names, force=options.force)
    except ModelAssetError as error:
        print(f"Error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


def _check(names: Sequence[str]) -> int:
    good, missing = marks(sys.stdout)
    statuses = check_models(names or None)
    for status in statuses:
        print(f"  {good if status.ready else missing} {status.purpose}: {status.path.name} ({_state(status)})")
    if all(status.ready for status in statuses):
        print("All required models are present.")
        return DONE
    print("Some models are missing. Run without --check to download.")
    return FAILED


def _download(names: Sequence[str], *, force: bool) -> int:
    good, _ = marks(sys.stdout)
    paths, settings = UserPaths.default(), Settings.from_environment()
    print(f"{_RULE}\nHumanPose3D Model Downloader\n{_RULE}\n")
    print(f"Target directory: {paths.base}\nModels directory: {paths.models}\n")
    print("Starting download...\n")
    print("  Creating temporary directory...")
    print(f"  Cloning models from {settings.shown_remotes}...", flush=True)
    statuses = download_models(names or None, force=force)
    print("  Copying model files...\n  Download complete!\n")
    print(f"{good} Models downloaded successfully\n\nDownloaded files:")
    for status in statuses:
        print(f"  - {status.path.name} ({_state(status)})")
    print(f"{good} Models are ready! You can now run the pipeline.")
    return DONE


def _state(status: ModelStatus) -> str:
    if status.reason:
        return f"corrupt: {status.reason}"
    return "missing" if status.size is None else f"{status.size / 2**20:.2f} MB"


if __name__ == "__main__":
    sys.exit(main())
