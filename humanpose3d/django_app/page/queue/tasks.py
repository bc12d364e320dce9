"""Put trials into the queue, take them out again, and what workers do with them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from humanpose3d.django_app.page.models import Trial

try:
    from django.tasks import task
except ImportError:  # Django 5
    from django_tasks import task

__all__ = ["cancel", "compute_trial", "enqueue", "fetch_models"]


@task()
def compute_trial(trial: int, run: int) -> None:
    """Compute a trial, if this `run` of it is still wanted. When its worker must end, it waits again."""
    from humanpose3d.django_app.page.queue.compute import compute

    settled = False
    try:
        settled = compute(trial, run)
    finally:
        mine = None if settled else Trial.objects.filter(pk=trial, run=run, state=Trial.State.RUNNING).first()
        if mine is not None:
            enqueue(mine, attempt=mine.attempt - 1, only_if=Trial.State.RUNNING)  # that start does not count


@task(priority=10)
def fetch_models() -> None:
    """Fetch the models that are missing."""
    from humanpose3d.django_app.page.queue.fetch import fetch

    fetch()


def enqueue(trial: Trial, *, attempt: int = 0, only_if: Any = None) -> bool:
    """Let a trial wait for a worker; with `only_if` only one that is still in that state. Return whether it does.

    One that waits again keeps its place. Trial and queue change together, in one transaction.
    """
    run, again = trial.run + 1, only_if is not None
    fresh = {
        "state": Trial.State.WAITING,
        "run": run,
        "attempt": attempt,
        "queued": trial.queued if again else timezone.now(),
        "started": None,
        "finished": None,
        "heartbeat": None,
        "stage": "",
        "fraction": 0.0,
        "frames_done": 0,
        "frames_total": None,
        "rate": None,
        "seconds_left": None,
        "error": "",
    }
    with transaction.atomic():
        mine = Trial.objects.filter(pk=trial.pk, run=trial.run)
        if not (mine.filter(state=only_if) if again else mine).update(**fresh):
            return False
        task = compute_trial.using(priority=1 if again else 0).enqueue(trial.pk, run)
        Trial.objects.filter(pk=trial.pk).update(task=str(task.id))
    trial.refresh_from_db()
    return True


def cancel(trial: Trial) -> bool:
    """Take a trial out of the queue, or end its computation; return whether it was waiting or running.

    A worker looks several times a second whether its trial is still wanted.
    """
    active = Trial.objects.filter(pk=trial.pk, state__in=(Trial.State.WAITING, Trial.State.RUNNING))
    changed = active.update(state=Trial.State.CANCELLED, finished=timezone.now(), seconds_left=None)
    trial.refresh_from_db()
    return bool(changed)
