"""The options that choose files for other programs, which ``run``, ``batch`` and ``export`` share."""

from __future__ import annotations

import argparse
from pathlib import Path

from humanpose3d.cli.arguments import question_about
from humanpose3d.runs.settings import FORMATS

__all__ = ["add_format_options", "chosen_formats"]

_OPENSIM = "opensim"


def add_format_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--formats``, ``--opensim`` and the user's own model."""
    group = parser.add_argument_group("other programs")
    group.add_argument(
        "--formats", type=_formats, default=(), metavar="NAMES", help=f"files to write: {', '.join(FORMATS)}"
    )
    group.add_argument("--opensim", action="store_true", help="the same as --formats opensim: scale and solve a model")
    text = "model to scale in place of Pose2Sim's"
    group.add_argument("--osim", type=Path, metavar="MODEL", help=f"{text} (.osim)")
    group.add_argument("--osim-markers", type=Path, metavar="FILE", help="its markers, with the names of ours (.xml)")


def chosen_formats(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the formats that the options choose, each once."""
    opensim = options.opensim or options.osim is not None or options.osim_markers is not None
    return tuple(dict.fromkeys((*options.formats, *([_OPENSIM] if opensim else ()))))


def _formats(text: str) -> tuple[str, ...]:
    """Read the names of formats, separated by commas or white space."""
    names = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    if not names:
        raise argparse.ArgumentTypeError(f"it takes at least one of {', '.join(FORMATS)}")
    for name in names:
        if name not in FORMATS:
            known = f"choose from {', '.join(FORMATS)}, separated by commas"
            raise argparse.ArgumentTypeError(f"there is no {name!r}{question_about(name, FORMATS)} ({known})")
    return names
