"""Days and hours as the clock of this machine shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import timezone as fixed_offset

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

__all__ = ["LocalTimeMiddleware"]


class LocalTimeMiddleware:
    """Shows times in the zone of this machine, whose name not every system tells: its offset from UTC is enough."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        offset = datetime.now().astimezone().utcoffset() or timedelta(0)
        with timezone.override(fixed_offset(offset)):
            return self._get_response(request)
