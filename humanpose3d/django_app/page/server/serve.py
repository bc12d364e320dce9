"""Serve the page on this machine: prepare the database, start the workers, answer requests until told to end."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import webbrowser
from contextlib import ExitStack

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError
from waitress.server import create_server

from humanpose3d.django_app.checks import MODELS_NOT_READY
from humanpose3d.django_app.page.files.places import make_private_places
from humanpose3d.django_app.page.files.uploads import SLICE_BYTES
from humanpose3d.django_app.page.queue.upkeep import tidy
from humanpose3d.django_app.page.server.errors import no_account, unusable_database
from humanpose3d.django_app.page.server.instance import only_instance
from humanpose3d.django_app.page.server.listen import is_loopback, listen, url_of
from humanpose3d.django_app.page.server.workers import Workers

__all__ = ["check", "serve"]

_THREADS = 16
_RECEIVED_AT_ONCE = 1 << 18
_BUFFER_BYTES = SLICE_BYTES + (1 << 20)  # a slice stays in memory until it is written once, at its place
_BEHIND_A_SERVER = {"trusted_proxy": "*", "trusted_proxy_headers": {"x-forwarded-proto"}}


def check(host: str) -> None:
    """Run Django's checks, those of a deployment too.

    Raises
    ------
    django.core.management.CommandError
        One of them fails.
    """
    _allow(host)
    settings.SILENCED_SYSTEM_CHECKS = [MODELS_NOT_READY]  # they arrive with the first trial
    if _is_for_one(host):
        # Plain HTTP never leaves this machine, and a browser would not keep a cookie that asks for more.
        settings.SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]
    call_command("check", deploy=True, fail_level="WARNING")


def serve(host: str, port: int, *, workers: int, browser: bool) -> None:
    """Serve the page until Ctrl-C, or open the one that runs in this folder already.

    Raises
    ------
    AppError
        The address cannot be used, or nobody could log in there.
    KeyboardInterrupt
        The page was ended.
    """
    with ExitStack() as stack:
        instance = stack.enter_context(only_instance(settings.APP_FOLDER))
        if instance.running:
            print(f"The page of this folder is open already: {instance.running}", flush=True)
            _open(instance.running, browser)
            return
        make_private_places()
        _bring_up_to_date()
        query = _protect(host)
        opened = stack.enter_context(listen(host, port))
        got = opened.getsockname()[1]
        if port not in (0, got):
            print(f"Port {port} is occupied; the page takes {got}.", file=sys.stderr, flush=True)
        settings.SESSION_COOKIE_NAME = f"{settings.SESSION_COOKIE_NAME}_{got}"  # cookies know no ports
        server = _server(opened)
        stack.enter_context(Workers(workers))
        address = f"{url_of(host, got)}{query}"
        instance.tell(address)
        print(f"HumanPose3D is open at {address}\nEnd it with Ctrl-C.", flush=True)
        _open(address, browser)
        server.run()
        raise KeyboardInterrupt  # it returns only when it was interrupted


def _bring_up_to_date() -> None:
    """Bring the database to this version, and clear away what is over."""
    try:
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        tidy()
    except DatabaseError as error:
        raise unusable_database(error) from error


def _protect(host: str) -> str:
    """Set a token for this machine, or make sure that there is an account; return what is added to the address."""
    _allow(host)
    if _is_for_one(host):
        settings.APP_TOKEN = secrets.token_urlsafe(24)
        return f"?token={settings.APP_TOKEN}"
    from django.contrib.auth import get_user_model

    if not get_user_model().objects.filter(is_active=True).exists():
        raise no_account(settings.APP_URL or host)
    if not settings.SESSION_COOKIE_SECURE:
        print(
            "Passwords and videos are not encrypted on their way; set HUMANPOSE3D_APP_URL to an https address "
            "and let a web server show the page there.",
            file=sys.stderr,
            flush=True,
        )
    return ""


def _is_for_one(host: str) -> bool:
    """Whether the page is for the one person at this machine: no web server shows it to others."""
    return is_loopback(host) and not settings.APP_URL


def _allow(host: str) -> None:
    """Let requests name the host that is served."""
    if host in ("0.0.0.0", "::"):
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, socket.gethostname(), socket.getfqdn()]
    elif not is_loopback(host):
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, host]


def _server(opened: socket.socket):  # type: ignore[no-untyped-def]  # waitress has no types
    from humanpose3d.django_app.page.wsgi import application

    return create_server(
        application,
        sockets=[opened],
        threads=_THREADS,
        recv_bytes=_RECEIVED_AT_ONCE,
        inbuf_overflow=_BUFFER_BYTES,
        max_request_body_size=_BUFFER_BYTES,
        ident=None,
        **(_BEHIND_A_SERVER if settings.APP_URL else {}),
    )


def _open(address: str, wanted: bool) -> None:
    """Open the browser; it may take a while, or there is none."""
    if wanted:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
