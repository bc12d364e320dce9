"""Settings: where data lie, how much space they take, the models, and offline."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from humanpose3d.django_app.page.access.middleware import owner_of
from humanpose3d.django_app.page.files.adoption import adopt
from humanpose3d.django_app.page.files.removal import size_of_folder
from humanpose3d.django_app.page.models import Choices
from humanpose3d.django_app.page.queue.tasks import fetch_models
from humanpose3d.model_assets import ModelAssetError, UserPaths, check_models
from humanpose3d.model_assets.settings import is_offline

_SURELY_OVER = timedelta(minutes=2)


@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    """Show folders, space, models and choices."""
    paths = UserPaths.default()
    folders = [(_("Videos"), paths.data_input), (_("Results"), paths.data_output), (_("Models"), paths.models)]
    there = next(path for path in (paths.base, *paths.base.parents) if path.exists())
    context = {
        "folders": [
            {"label": label, "path": str(path) if _may_change(request) else "", "bytes": size_of_folder(path)}
            for label, path in folders
        ],
        "free": shutil.disk_usage(there).free,
        "offline": is_offline() or Choices.current().offline,
        "offline_forced": is_offline(),
        "may_change": _may_change(request),
        **_models(),
    }
    return render(request, "page/settings.html", context)


@require_GET
def models_state(request: HttpRequest) -> HttpResponse:
    """Show the models and how far their download is."""
    return render(request, "page/models.html", {**_models(), "may_change": _may_change(request)})


@require_POST
def models_fetch(request: HttpRequest) -> HttpResponse:
    """Let a worker fetch the models that are missing."""
    _only_who_may(request)
    choices = Choices.current()
    if is_offline() or choices.offline:
        messages.error(request, _("The page is offline; switch that off to fetch models."))
    elif choices.fetch_state in ("idle", "failed") or now() - choices.fetch_changed > _SURELY_OVER:
        choices.fetch_state, choices.fetch_text = "waiting", ""
        choices.save()
        fetch_models.enqueue()
    return redirect("page:settings")


@require_POST
def models_verify(request: HttpRequest) -> HttpResponse:
    """Compare every byte of the models with the digests."""
    _only_who_may(request)
    try:
        wrong = [status.name for status in check_models(verify=True) if not status.ready]
    except ModelAssetError as error:
        messages.error(request, str(error))
        return redirect("page:settings")
    if wrong:
        messages.error(request, _("Missing or damaged: %s. Fetch the models.") % ", ".join(wrong))
    else:
        messages.success(request, _("All models are there, and every byte is right."))
    return redirect("page:settings")


@require_POST
def offline(request: HttpRequest) -> HttpResponse:
    """Switch the fetching of models on or off."""
    _only_who_may(request)
    Choices.current()
    Choices.objects.update(offline=request.POST.get("on") == "1")
    return redirect("page:settings")


@require_POST
def adopt_folder(request: HttpRequest) -> HttpResponse:
    """Adopt results of the command line in a folder."""
    _only_who_may(request)
    folder = Path(request.POST.get("folder", "").strip()).expanduser()
    if not folder.is_absolute() or not folder.is_dir():
        messages.error(request, _("There is no such folder; give its whole path."))
        return redirect("page:settings")
    new = adopt(folder, owner_of(request))
    messages.success(
        request, ngettext("%d trial was added.", "%d trials were added.", new) % new if new else _("Nothing new there.")
    )
    return redirect("page:settings")


def _may_change(request: HttpRequest) -> bool:
    """Whether a visitor may change what concerns everybody: on this machine, or as a member of the staff."""
    return django_settings.APP_TOKEN is not None or bool(request.user.is_superuser)


def _only_who_may(request: HttpRequest) -> None:
    if not _may_change(request):
        raise PermissionDenied


def _models() -> dict[str, Any]:
    choices = Choices.current()
    try:
        models = [
            {
                "name": each.name,
                "file": each.path.name,
                "purpose": each.purpose,
                "state": each.state,
                "ready": each.ready,
                "size": each.size,
            }
            for each in check_models()
        ]
    except ModelAssetError as error:
        return {"models": [], "fetch": {"state": "failed", "text": str(error)}}
    return {"models": models, "fetch": {"state": choices.fetch_state, "text": choices.fetch_text}}
