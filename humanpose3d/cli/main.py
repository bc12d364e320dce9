"""The entry point: parse the arguments and call one command."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from humanpose3d import __version__
from humanpose3d.cli import app, batch, completion, demo, doctor, export, models, people, report, run
from humanpose3d.cli.arguments import Commands, Parser
from humanpose3d.cli.terminal import DONE, make_printable, run_and_report

_COMMANDS = {
    module.__name__.rpartition(".")[2]: module
    for module in (run, people, batch, report, export, app, demo, models, doctor, completion)
}
_OWN_OPTIONS = ("-h", "--help", "--version")


def make_parser() -> Parser:
    """Return the parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = Parser(
        prog="humanpose3d",
        description="One ordinary video in, three-dimensional human movement out.",
        epilog="'humanpose3d VIDEO' is short for 'humanpose3d run VIDEO'.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = Commands(parser.add_subparsers(title="commands", metavar="COMMAND", required=True), common)
    for module in _COMMANDS.values():
        module.add_command(commands)
    return parser


def with_command(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the command ``run`` where only a video, or options of a run, are given."""
    if not arguments or arguments[0] in (*_COMMANDS, *_OWN_OPTIONS):
        return list(arguments)
    first = arguments[0]
    option = first.startswith("-") and not any(word in _COMMANDS for word in arguments)
    video = not first.startswith("-") and (Path(first).suffix or {"/", os.sep} & set(first) or Path(first).exists())
    return ["run", *arguments] if option or video else list(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments without the program's name; by default those of the process.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong usage (raised by the parser as ``SystemExit``), 130 interrupted.
    """
    make_printable(sys.stdout, sys.stderr)
    arguments = with_command(sys.argv[1:] if arguments is None else arguments)
    parser = make_parser()
    if "_ARGCOMPLETE" in os.environ:  # set by a shell that asks for completions
        completion.answer_shell(parser)
    if not arguments:
        parser.print_help()
        return DONE
    options = parser.parse_args(arguments)
    options.command_line = shlex.join(["humanpose3d", *arguments])
    as_json = getattr(options, "json", False)
    return run_and_report(lambda: int(options.command(options)), debug=options.debug, as_json=as_json)


if __name__ == "__main__":
    sys.exit(main())
