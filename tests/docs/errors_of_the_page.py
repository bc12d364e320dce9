"""How each error of the page comes about."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from docs.workbench import Workbench
from humanpose3d.django_app.page.access.environment import database_of, quota_gb
from humanpose3d.django_app.page.server import instance, listen
from humanpose3d.django_app.page.server.errors import no_account, unusable_database

PAGE_ERRORS: dict[str, Callable[[Workbench], str]] = {}


def provokes(name: str) -> Callable[[Callable[[Workbench], str]], None]:
    """Register a function that returns the text of the error of that name."""
    return lambda provocation: PAGE_ERRORS.update({name: provocation})


@provokes("app-silent")
def _(bench: Workbench) -> str:
    def begin_a_second() -> None:
        with instance.only_instance(bench.home / "app"):
            pass

    with bench.patch.context() as patch, instance.only_instance(bench.home / "app"):
        patch.setattr(instance, "_UNTIL_TOLD_SECONDS", 0.0)
        return bench.message(begin_a_second)


@provokes("app-database")
def _(_bench: Workbench) -> str:
    return str(unusable_database(ValueError("connection refused\nIs the server running?")))


@provokes("app-host")
def _(bench: Workbench) -> str:
    return bench.message(lambda: listen.listen("pose.invalid", 8765))


@provokes("app-port")
def _(bench: Workbench) -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken, bench.patch.context() as patch:
        patch.setattr(listen, "_TRIES", 1)
        return bench.message(lambda: listen.listen("127.0.0.1", taken.getsockname()[1]))


@provokes("app-account")
def _(_bench: Workbench) -> str:
    return str(no_account("0.0.0.0"))


@provokes("settings-database")
def _(bench: Workbench) -> str:
    return bench.message(lambda: database_of({"HUMANPOSE3D_DATABASE_URL": "my database"}, Path("unused")))


@provokes("settings-quota")
def _(bench: Workbench) -> str:
    return bench.message(lambda: quota_gb({"HUMANPOSE3D_APP_QUOTA_GB": "much"}))
