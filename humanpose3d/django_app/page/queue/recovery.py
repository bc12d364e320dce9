"""Start trials again whose worker has died, and lose none that nobody will run."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from humanpose3d.django_app.page.models import Trial
from humanpose3d.django_app.page.queue.tasks import enqueue

__all__ = ["recover"]

_LOG = logging.getLogger("humanpose3d.app")
SILENCE = timedelta(seconds=10)
"""A worker that has not been heard of for so long is dead: one that lives tells every half second."""
_MOST_STARTS = 2


def recover(silence: timedelta = SILENCE) -> None:
    """Queue trials of dead workers once more; the second time a worker dies with a trial, the trial has failed."""
    silent = timezone.now() - silence
    for trial in Trial.objects.filter(state=Trial.State.RUNNING, heartbeat__lt=silent):
        if trial.attempt < _MOST_STARTS:
            if enqueue(trial, attempt=trial.attempt, only_if=Trial.State.RUNNING):
                _LOG.warning("trial %s: its worker died; it waits again", trial.pk)
        else:
            failed = {
                "state": Trial.State.FAILED,
                "finished": timezone.now(),
                "seconds_left": None,
                "error": _(
                    "The computation was cut off twice, perhaps because memory ran out; "
                    "choose a shorter part of the video, and try again."
                ),
            }
            mine = Trial.objects.filter(pk=trial.pk, run=trial.run, state=Trial.State.RUNNING)
            if mine.update(**failed):
                _LOG.warning("trial %s: its worker died again; it failed", trial.pk)
    for trial in Trial.objects.filter(state=Trial.State.WAITING).filter(_taken_by_the_dead(silent)):
        enqueue(trial, attempt=max(1, trial.attempt), only_if=Trial.State.WAITING)


def _taken_by_the_dead(silent: object) -> Q:
    """Select waiting trials whose task a worker took without beginning them, or that have none."""
    from django_tasks_db.models import DBTaskResult

    alive = Q(status="READY") | Q(started_at__gte=silent)
    tasks = [str(pk) for pk in DBTaskResult.objects.filter(alive).values_list("pk", flat=True)]
    return ~Q(task__in=tasks) & Q(queued__lt=silent)
