"""Who gets in: on this machine whoever has the token of the printed address; elsewhere who has logged in."""

from __future__ import annotations

import hashlib
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

__all__ = ["AccessMiddleware", "owner_of"]

_PARAMETER, _MARK = "token", "token"


def owner_of(request: HttpRequest) -> Any:
    """Return the account whose trials a visitor sees; None on this machine, where there is one person."""
    return request.user if settings.APP_TOKEN is None else None


class AccessMiddleware(LoginRequiredMiddleware):
    """Asks for the token or, where there is none, for an account."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a visitor who may enter, and refuse others."""
        token = settings.APP_TOKEN
        if token is None or request.session.get(_MARK) == _digest(token):
            if token and _PARAMETER in request.GET:
                return _without_token(request)
            return self.get_response(request)
        if compare_digest(request.GET.get(_PARAMETER, "").encode(), token.encode()):
            request.session.cycle_key()
            request.session[_MARK] = _digest(token)
            return _without_token(request)
        reason = _("This page is open only at the address that the command 'humanpose3d app' printed last.")
        return render(request, "403.html", {"reason": reason}, status=403)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Send a visitor to the login where there are accounts."""
        return super().process_view(request, view, args, kwargs) if settings.APP_TOKEN is None else None


def _without_token(request: HttpRequest) -> HttpResponse:
    """Go on at the same address without the token, which so stays out of the history and of links."""
    query = request.GET.copy()
    query.pop(_PARAMETER, None)
    address = f"{request.path}?{query.urlencode()}" if query else request.path
    return redirect(address if url_has_allowed_host_and_scheme(address, None) else "/")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
