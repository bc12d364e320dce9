"""Choose the seconds and the person of a video, and queue it; the demo needs no choice."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from humanpose3d.demo import clip_path
from humanpose3d.django_app.page.access.middleware import owner_of
from humanpose3d.django_app.page.files.isolated import draw_picture
from humanpose3d.django_app.page.files.places import picture_path, video_path
from humanpose3d.django_app.page.files.ranges import ranged_file
from humanpose3d.django_app.page.files.uploads import trial_of_video
from humanpose3d.django_app.page.forms import PrepareForm
from humanpose3d.django_app.page.models import Person, Trial
from humanpose3d.django_app.page.numbers.wording import report_language
from humanpose3d.django_app.page.queue.tasks import enqueue
from humanpose3d.django_app.page.views.trials import find_trial
from humanpose3d.errors import PipelineError

_DEMO_HEIGHT_M = 1.78
_DEMO_NAME = "Demo"


@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what is analysed, and queue the trial."""
    trial = find_trial(request, pk)
    if trial.is_active or not trial.has_video:
        return redirect("page:trial", pk)
    form = PrepareForm(trial, request.POST if request.method == "POST" else None)
    if form.is_valid():
        enqueue(form.save())
        return redirect("page:trial", pk)
    movements = Trial.objects.seen_by(request).exclude(movement="").order_by("movement")
    context = {
        "trial": trial,
        "form": form,
        "people": Person.objects.seen_by(request),
        "movements": list(movements.values_list("movement", flat=True).distinct()),
        "video": {
            "width": trial.width,
            "height": trial.height_px,
            "duration": trial.duration,
            "rate": trial.frame_rate,
        },
        "picture_url": reverse("page:picture", args=[pk]),
    }
    return render(request, "page/prepare.html", context, status=422 if form.errors else 200)


@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the frame of a trial at a time."""
    trial = find_trial(request, pk)
    try:
        seconds = float(request.GET.get("t", 0))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf or not trial.has_video:
        raise Http404
    path = picture_path(trial, seconds)
    if not path.is_file():
        try:
            draw_picture(Path(trial.video), seconds, path)
        except PipelineError as error:
            raise Http404 from error
    return HttpResponse(path.read_bytes(), "image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@require_GET
def video(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Play the video of a trial."""
    trial = find_trial(request, pk)
    if not trial.has_video:
        raise Http404
    return ranged_file(request, Path(trial.video))


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Queue the embedded clip, which needs no models from elsewhere."""
    trial = trial_of_video(owner_of(request), _DEMO_NAME, clip_path())
    target = video_path(trial, clip_path().name)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(clip_path(), target)
    trial.video, trial.video_bytes = str(target), target.stat().st_size
    trial.is_demo, trial.height, trial.movement = True, _DEMO_HEIGHT_M, _("walking")
    trial.options = {"language": report_language()}
    trial.save()
    enqueue(trial)
    return redirect("page:trial", trial.pk)
