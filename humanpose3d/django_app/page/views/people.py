"""People: who was recorded, and their numbers over time."""

from __future__ import annotations

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from humanpose3d.django_app.page.models import Person, Trial
from humanpose3d.django_app.page.numbers.curves import curves_of


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """List the people."""
    found = Person.objects.seen_by(request).annotate(trial_count=Count("trials"), last=Max("trials__created"))
    return render(request, "page/people.html", {"people": found})


@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the trials of a person, and how their numbers change."""
    found = get_object_or_404(Person.objects.seen_by(request), pk=pk)
    trials = Trial.objects.seen_by(request).filter(person=found)
    done = trials.filter(state=Trial.State.DONE)
    return render(request, "page/person.html", {"person": found, "trials": trials, "curves": curves_of(done)})
