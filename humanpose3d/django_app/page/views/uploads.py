"""Uploads: begin, receive slices, cancel, finish. Answers are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from humanpose3d.django_app.page.access.middleware import owner_of
from humanpose3d.django_app.page.files.uploads import SLICE_BYTES, UploadError, begin, discard, finish, receive
from humanpose3d.django_app.page.models import Upload

View = Callable[..., HttpResponse]


def explained(view: View) -> View:
    """Answer a refused upload with its sentence."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UploadError as error:
            content: dict[str, Any] = {"error": str(error)}
            if error.received is not None:
                content["received"] = error.received
            return JsonResponse(content, status=error.status)

    return answer


@require_POST
@explained
def upload_new(request: HttpRequest) -> HttpResponse:
    """Begin an upload: its name and size come as JSON."""
    try:
        given = json.loads(request.body)
        name, size = str(given["name"]), int(given["size"])
    except (ValueError, KeyError, TypeError):
        raise UploadError(_("An upload begins with its name and size."), 400) from None
    return JsonResponse(_facts(begin(owner_of(request), name, size)), status=201)


@require_http_methods(["GET", "PUT", "DELETE"])
@explained
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tell how much has arrived, take the next slice, or cancel."""
    found = _find(request, pk)
    if request.method == "GET":
        return JsonResponse(_facts(found))
    if request.method == "DELETE":
        discard(found)
        return HttpResponse(status=204)
    try:
        offset, length = int(request.headers["Upload-Offset"]), int(request.META["CONTENT_LENGTH"])
    except (KeyError, ValueError):
        raise UploadError(_("A part of the file comes with its place and its length."), 400) from None
    return JsonResponse({"received": receive(found, offset, length, request)})


@require_POST
@explained
def upload_finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a trial of an upload that has arrived whole."""
    trial = finish(_find(request, pk))
    return JsonResponse({"trial": trial.pk, "url": reverse("page:prepare", args=[trial.pk])}, status=201)


def _find(request: HttpRequest, pk: UUID) -> Upload:
    found: Upload | None = Upload.objects.seen_by(request).filter(pk=pk).first()
    if found is None:
        raise UploadError(_("This upload was cancelled, or is too old; begin it again."), 410)
    return found


def _facts(upload: Upload) -> dict[str, Any]:
    return {
        "id": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "received": upload.received,
        "chunk": SLICE_BYTES,
        "url": reverse("page:upload", args=[upload.pk]),
        "finish_url": reverse("page:upload_finish", args=[upload.pk]),
    }
