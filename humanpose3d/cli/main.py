"""The entry point: parse the arguments, hand over to one command."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence

from humanpose3d import __version__
from humanpose3d.cli import batch, demo, doctor, models, report, run
from humanpose3d.cli.terminal import make_printable, run_and_report


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser = argparse.ArgumentParser(
        prog="humanpose3d", description="One ordinary video in, three-dimensional human movement out."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (run, batch, report, demo, models, doctor):
        module.add_command(commands, common)
    return parser


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
    arguments = sys.argv[1:] if arguments is None else arguments
    options = make_parser().parse_args(arguments)
    options.command_line = shlex.join(["humanpose3d", *arguments])
    return run_and_report(lambda: int(options.command(options)), debug=options.debug)


if __name__ == "__main__":
    sys.exit(main())
