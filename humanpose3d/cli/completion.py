"""``humanpose3d completion``: completion of commands, options and file names in a shell."""

from __future__ import annotations

import argparse

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.terminal import DONE

_SHELLS = ("bash", "zsh", "fish", "powershell")


def add_command(commands: Commands) -> None:
    """Add ``completion`` to the parser."""
    parser = commands.add(
        "completion", "Print the shell code that completes commands and options with the tab key.", _completion
    )
    parser.add_argument("shell", choices=_SHELLS, metavar="SHELL", help=", ".join(_SHELLS))


def answer_shell(parser: argparse.ArgumentParser) -> None:
    """Print the completions that the shell asked for, and exit."""
    import argcomplete

    argcomplete.autocomplete(parser)


def _completion(options: argparse.Namespace) -> int:
    from humanpose3d.errors import explained_imports

    with explained_imports("argcomplete", extra="completion"):
        from argcomplete.shell_integration import shellcode
    print(shellcode(["humanpose3d"], shell=options.shell))
    return DONE
