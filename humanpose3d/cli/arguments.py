"""Shared by the parsers of commands: suggestions for misspelt words, numbers with a decimal comma, formats."""

from __future__ import annotations

import argparse
import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from humanpose3d.runs.settings import FORMATS

_OPENSIM = "opensim"


class Parser(argparse.ArgumentParser):
    """Suggests the closest name for a misspelt command, choice or option."""

    if_too_many = ""  # advice where more arguments are given than the command takes

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Report unknown arguments here, where the options are known, not in the parser of all commands."""
        options, extras = super().parse_known_args(args, namespace)
        if extras:
            self.error(self._about(extras))
        return options, extras

    def _about(self, extras: Sequence[str]) -> str:
        unknown = next((text for text in extras if text.startswith("-")), None)
        if unknown is not None:
            name = unknown.partition("=")[0]
            return f"there is no option {name}{question_about(name, self._option_string_actions)}"
        return f"one argument too many: {extras[0]}{f'; {self.if_too_many}' if self.if_too_many else ''}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            near = question_about(str(value), map(str, action.choices))
            choices = ", ".join(map(str, action.choices))
            raise argparse.ArgumentError(action, f"there is no {value!r}{near} (choose from {choices})")


@dataclass(frozen=True)
class Commands:
    """The commands of a parser, with the options that all have in common."""

    subparsers: Any
    common: argparse.ArgumentParser

    def add(self, name: str, text: str, function: Callable[[argparse.Namespace], int] | None = None) -> Parser:
        """Add a command: its name, what it does, in one sentence, and the function that does it."""
        parser: Parser = self.subparsers.add_parser(name, help=text, description=text, parents=[self.common])
        parser.set_defaults(command=function)
        return parser


def question_about(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean X?`` for the closest known name, or nothing."""
    close = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def moment(text: str) -> float:
    """Read a time in seconds, or in minutes and seconds as MM:SS; hours may stand before them."""
    *larger, seconds = text.split(":")
    try:
        parts = [*(float(int(part)) for part in larger), float(seconds.replace(",", ".", 1))]
    except ValueError:
        parts = []
    if not parts or len(parts) > 3 or not all(0 <= part < math.inf for part in parts):
        raise argparse.ArgumentTypeError(f"it takes seconds such as 12.5, or minutes and seconds 1:05, not {text!r}")
    seconds_in_all = 0.0
    for part in parts:
        seconds_in_all = 60 * seconds_in_all + part
    return seconds_in_all


def person(text: str) -> int | tuple[float, ...]:
    """Read the choice of a person: N, a number, or X,Y or X,Y@S, a point and a time."""
    if text.isdecimal():
        return int(text)
    point, at, time = text.partition("@")
    try:
        x, y = map(float, point.split(","))
        return (x, y, moment(time)) if at else (x, y)
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(
            f"it takes a number such as 2, or a point such as 0.3,0.5 or 640,360@12.5, not {text!r}"
        ) from None


def decimal(text: str) -> float:
    """Read a number with a decimal point or a decimal comma."""
    try:
        return float(text.replace(",", ".", 1))
    except ValueError:
        raise argparse.ArgumentTypeError(f"it takes a number such as 1.78 or 1,78, not {text!r}") from None


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
