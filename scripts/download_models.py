#!/usr/bin/env python3
"""Fetch HumanPose3D's neural models before they are needed.

Works from a plain checkout, in any working directory, with Python, git, and the packages filelock and tqdm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036  (a plain checkout meets whatever Python there is)
    sys.exit(f"Error: HumanPose3D needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from humanpose3d.cli.terminal import DONE, FAILED, INTERRUPTED, make_printable, print_json
from humanpose3d.model_assets import MODELS, ModelAssetError, ModelStatus, UserPaths, check_models
from humanpose3d.model_assets.registry import select_models
from humanpose3d.model_assets.service import wording
from humanpose3d.model_assets.service.delivery import deliver
from humanpose3d.model_assets.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit code."""
    options = _parser().parse_args(arguments)
    options.names = options.names or None
    make_printable(*filter(None, (sys.stdout, sys.stderr)))
    try:
        code = _check(options) if options.check else _download(options)
        print(end="", flush=True)
    except (ModelAssetError, ModuleNotFoundError) as error:
        return _fail(error, options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # whoever read our output has gone, and knows it
            print(f"Error: {error}", file=sys.stderr)
        sys.stdout = sys.stderr  # Python would complain once more when it closes a stream that is no use
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only say which models are there; fetch nothing")
    mode.add_argument(
        "--force",
        action="store_true",
        help="move the set to the newest commit, and replace what is damaged; reads every byte",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors and JSON")
    parser.add_argument("--json", action="store_true", help="print the status of the models as JSON")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"models (default: all): {', '.join(MODELS)}")
    return parser


def _check(options: argparse.Namespace) -> int:
    statuses = check_models(options.names)
    ready = all(status.ready for status in statuses)
    if options.json:
        _print_json(statuses)
    elif not options.quiet:
        print(wording.check_report(UserPaths.default(), statuses, _marks()))
    return DONE if ready else FAILED


def _download(options: argparse.Namespace) -> int:
    select_models(options.names)  # a name that is none is refused before anything is said
    settings = Settings.from_environment()
    if options.quiet:
        settings = replace(settings, progress="0")

    def say(text: str) -> None:
        if not (options.quiet or options.json):
            print(text, flush=True)  # at once, so that progress on standard error comes after it

    say(wording.opening(settings.paths))
    delivery = deliver(settings, options.names, force=options.force, say=lambda step: say(wording.step(step)))
    say(wording.ending(delivery.arrived, _marks()))
    if options.json:
        _print_json(delivery.models)
    return DONE


def _fail(error: Exception, options: argparse.Namespace) -> int:
    message = str(error)
    if isinstance(error, ModuleNotFoundError):
        message = f"The package {error.name} is not installed. Run 'python -m pip install filelock tqdm'."
    try:
        statuses = check_models(options.names)
    except ModelAssetError:  # the error itself: there is no such model, or no such setting
        statuses = []
    if options.json:
        _print_json(statuses)
    print(wording.failure(message, [status for status in statuses if not status.ready]), file=sys.stderr)
    return FAILED


def _print_json(statuses: Sequence[ModelStatus]) -> None:
    print_json([wording.facts_of(status) for status in statuses])


def _marks() -> wording.Marks:
    return wording.marks_for(getattr(sys.stdout, "encoding", None))


if __name__ == "__main__":
    sys.exit(main())
