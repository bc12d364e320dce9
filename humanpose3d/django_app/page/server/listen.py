"""Open a port: the one that is wanted, or the next that is free."""

from __future__ import annotations

import errno
import socket
import sys

from humanpose3d.django_app.page.server.errors import NoPortError

__all__ = ["is_loopback", "listen", "url_of"]

_TRIES = 50
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, seen from itself alone."""
    return host.strip("[]") in _LOOPBACK


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the port or, where it is occupied, to one of the next; 0 takes any.

    Raises
    ------
    NoPortError
        The host is none of this machine's, or all those ports are occupied.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise NoPortError(
            f"There is no address {host} ({error.strerror or error}); choose another with --host."
        ) from error
    for number in range(port, min(port + _TRIES, 65536) if port else 1):
        opened = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two servers share a port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((address[0], number, *address[2:]))
            opened.listen(0)
        except OSError as error:
            opened.close()
            refused = error
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                break
        else:
            return opened
    raise NoPortError(
        f"The page cannot be opened at {host}, port {port} ({refused.strerror or refused}); "
        "choose another with --host or --port."
    )


def url_of(host: str, port: int) -> str:
    """Return the address of the page."""
    plain = host.strip("[]")
    return f"http://{f'[{plain}]' if ':' in plain else plain}:{port}/"
