"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from humanpose3d import __version__
from humanpose3d.django_app.page.models import Choices, Trial
from humanpose3d.model_assets.settings import is_offline

__all__ = ["app"]


class App:
    """The state of the page; what needs the database is read when a template asks."""

    version = __version__

    def __init__(self, *, accounts: bool) -> None:
        self.accounts = accounts

    @property
    def offline(self) -> bool:
        """Whether nothing may be fetched."""
        return is_offline() or Choices.current().offline

    @cached_property
    def running(self) -> int:
        """How many trials are being computed, everybody's."""
        return int(Trial.objects.filter(state=Trial.State.RUNNING).count())

    @cached_property
    def waiting(self) -> int:
        """How many trials wait, everybody's."""
        return int(Trial.objects.filter(state=Trial.State.WAITING).count())


def app(_request: HttpRequest) -> dict[str, Any]:
    """Return the context."""
    return {"app": App(accounts=settings.APP_TOKEN is None)}
