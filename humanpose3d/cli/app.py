"""``humanpose3d app``: the page for people who never open a terminal."""

from __future__ import annotations

import argparse
import os

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.terminal import DONE, FAILED

_SETTINGS = "humanpose3d.django_app.page.settings"
_PORT, _LAST_PORT = 8765, 65535


def add_command(commands: Commands) -> None:
    """Add ``app`` to the parser."""
    app = commands.add("app", "Open the page in the browser: drop videos, read reports, compare trials.", _app)
    app.add_argument(
        "--host", default="127.0.0.1", metavar="H", help="address to serve (default: %(default)s, this machine alone)"
    )
    app.add_argument("--port", type=_port, default=_PORT, metavar="P", help="port (default: %(default)s, or the next)")
    app.add_argument("--no-browser", action="store_true", help="print the address, and open no browser")
    app.add_argument("--workers", type=_number, default=1, metavar="N", help="trials at once (default: 1)")
    app.add_argument("--check", action="store_true", help="run Django's deployment checks, and serve nothing")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"it takes a whole number such as 1, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    number = _number(text)
    if number > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"ports go up to {_LAST_PORT}; {number} is none")
    return number


def _app(options: argparse.Namespace) -> int:
    from humanpose3d.errors import explained_imports

    os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
    with explained_imports("django", extra="app"):
        import django

        django.setup()
        from django.core.management.base import SystemCheckError

        from humanpose3d.django_app.page.server.serve import check, serve
    if options.check:
        try:
            check(options.host)
        except SystemCheckError as error:
            print(error)
            return FAILED
        return DONE
    serve(options.host, options.port, workers=options.workers, browser=not options.no_browser)
    return DONE
