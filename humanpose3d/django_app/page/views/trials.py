"""The list of trials, and one trial: its progress, its name, its deletion."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from humanpose3d.django_app.page.access.middleware import owner_of
from humanpose3d.django_app.page.files.adoption import adopt, person_named
from humanpose3d.django_app.page.files.removal import (
    forget_unused,
    remove_all,
    remove_results_of,
    remove_video,
    result_files,
    sizes_of,
)
from humanpose3d.django_app.page.files.uploads import limits_for
from humanpose3d.django_app.page.models import Person, Trial, Upload
from humanpose3d.django_app.page.queue.tasks import cancel, enqueue
from humanpose3d.model_assets import UserPaths

_ON_A_PAGE = 50
_LONGEST_KEY = 18  # digits that fit into any database's integer
_QUERY = ("q", "person", "movement", "since", "until")


@require_GET
def trials(request: HttpRequest) -> HttpResponse:
    """Show the trials that fit a search, the newest first, and the place to drop videos."""
    owner = owner_of(request)
    if owner is None:
        adopt(UserPaths.default().data_output, None)
    mine = Trial.objects.seen_by(request)
    query = {name: request.GET.get(name, "").strip() for name in _QUERY}
    found = Paginator(_search(mine, query).select_related("person"), _ON_A_PAGE).get_page(request.GET.get("page"))
    places = Trial.places()
    for each in found:
        each.place = places.get(each.pk)
    context = {"trials": found, "query": query}
    if request.htmx:
        return render(request, "page/trial_rows.html", context)
    movements = mine.exclude(movement="").order_by("movement").values_list("movement", flat=True).distinct()
    context |= {
        "people": Person.objects.seen_by(request),
        "movements": list(movements),
        "limits": limits_for(owner),
        "uploads": Upload.objects.seen_by(request),
        "is_empty": not mine.exists(),
    }
    return render(request, "page/trials.html", context)


@require_GET
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a trial: its progress, or its report and files."""
    found = find_trial(request, pk)
    if found.state == Trial.State.DRAFT and found.has_video:
        return redirect("page:prepare", pk)
    others = Trial.objects.none()
    if found.person_id:
        others = Trial.objects.seen_by(request).filter(person=found.person_id, state=Trial.State.DONE).exclude(pk=pk)
    files = [
        {"name": name, "size": path.stat().st_size, "url": reverse("page:file", args=[pk, name])}
        for name, path in result_files(found).items()
    ]
    return render(request, "page/trial.html", {"trial": found, "files": files, "others": others})


@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a trial is; a page that asks is loaded anew when the trial has ended."""
    found = find_trial(request, pk)
    response = render(request, "page/progress.html", {"trial": found})
    if not found.is_active:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def cancel_trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a trial out of the queue, or end its computation."""
    if not cancel(find_trial(request, pk)):
        messages.info(request, _("This trial had ended already."))
    return redirect("page:trial", pk)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a trial again."""
    found = find_trial(request, pk)
    if found.is_active:
        messages.info(request, _("This trial is in the queue already."))
    elif not found.has_video:
        messages.error(request, _("The video of this trial was deleted; upload it again."))
    else:
        enqueue(found)
    return redirect("page:trial", pk)


@require_POST
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Change title, note and person of a trial; numbers and report stay as they are."""
    found = find_trial(request, pk)
    given = request.POST
    if title := " ".join(given.get("title", "").split()):
        found.title = title[:200]
    if "note" in given:
        found.note = given["note"].strip()[:2000]
    former = found.person
    if "person" in given:
        found.person = person_named(found.owner, given["person"])
    found.save(update_fields=["title", "note", "person"])
    forget_unused(former)
    return redirect("page:trial", pk)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what of a trial is to be deleted, and delete it."""
    found = find_trial(request, pk)
    if request.method == "GET":
        return render(request, "page/delete.html", {"trial": found, "sizes": sizes_of(found)})
    work = {"video": remove_video, "results": remove_results_of, "all": remove_all}.get(request.POST.get("what", ""))
    if work is None:
        return redirect("page:delete", pk)
    if found.is_active:
        messages.error(request, _("This trial is being computed; cancel it first."))
        return redirect("page:trial", pk)
    work(found)
    messages.success(request, _("Deleted."))
    if work is remove_all:
        return redirect("page:trials")
    if found.has_video or found.has_results:
        return redirect("page:trial", pk)
    remove_all(found)  # nothing is left of it
    return redirect("page:trials")


def find_trial(request: HttpRequest, pk: int) -> Trial:
    """Return a trial of the visitor; somebody else's is answered as one that does not exist."""
    found: Trial = get_object_or_404(Trial.objects.seen_by(request).select_related("person"), pk=pk)
    return found


def key_of(text: str) -> int:
    """Return the key that an address names; 0, which nothing has, where it names none."""
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_KEY else 0


def _search(found: Any, query: dict[str, str]) -> Any:
    if words := query["q"]:
        for word in words.split():
            found = found.filter(
                Q(title__icontains=word)
                | Q(person__name__icontains=word)
                | Q(movement__icontains=word)
                | Q(note__icontains=word)
            )
    if person := key_of(query["person"]):
        found = found.filter(person=person)
    if query["movement"]:
        found = found.filter(Q(movement__iexact=query["movement"]) | Q(kind__iexact=query["movement"]))
    for name, condition in (("since", "gte"), ("until", "lte")):
        if day := _day(query[name]):
            found = found.filter(
                Q(**{f"date__{condition}": day}) | Q(date=None, **{f"created__date__{condition}": day})
            )
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
