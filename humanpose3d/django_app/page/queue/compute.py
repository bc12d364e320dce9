"""Compute one trial in a process of its own, and note its progress and its end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from humanpose3d.batch.pool import Ended, Progressed, Staged, run_trials
from humanpose3d.batch.trials import BatchTrial, remove_leftovers
from humanpose3d.demo import demo_environment
from humanpose3d.django_app.page.files.places import results_folder
from humanpose3d.django_app.page.models import Choices, Trial
from humanpose3d.django_app.page.numbers.summary import summary_of
from humanpose3d.django_app.page.queue.progress import TrialProgress
from humanpose3d.django_app.page.queue.stopping import stop_requests
from humanpose3d.environment import environment
from humanpose3d.runs.output import read_record

__all__ = ["compute", "run_options"]

_LOG = logging.getLogger("humanpose3d.app")
_PULSE_SECONDS = 0.5
_POINT = ("person_x", "person_y", "person_at")


def compute(pk: int, run: int) -> bool:
    """Compute a trial, if this run of it waits; return whether that is settled: False when this worker must end."""
    now = timezone.now()
    waiting = Trial.objects.filter(pk=pk, run=run, state=Trial.State.WAITING)
    claimed = {"state": Trial.State.RUNNING, "started": now, "heartbeat": now, "attempt": F("attempt") + 1}
    if not waiting.update(**claimed):
        return True
    _LOG.info("trial %s: started", pk)
    trial = Trial.objects.get(pk=pk)
    with stop_requests() as stop:
        end = _run(trial, stop.is_set)
    if end is not None:
        _note_end(trial, end)
    _LOG.info("trial %s: %s", pk, "left" if end is None else "ended")
    return end is not None or not stop.is_set()


def run_options(trial: Trial) -> dict[str, Any]:
    """Return the settings of a run as keyword arguments."""
    point = tuple(getattr(trial, name) for name in _POINT if getattr(trial, name) is not None)
    return {
        **trial.options,
        "height": trial.height,
        "weight": trial.weight,
        "start": trial.start,
        "end": trial.end,
        "person": point if len(point) > 1 else None,
        "subject": trial.person.name if trial.person else None,
        "date": trial.date.isoformat() if trial.date else None,
        "task": trial.movement or None,
        "note": trial.note or None,
    }


def _run(trial: Trial, stopped: Any) -> Ended | None:
    """Run a trial until it ends, or is no longer wanted; the process of a run that is left ends at once."""
    folder = results_folder(trial)
    Trial.objects.filter(pk=trial.pk).update(folder=str(folder))
    job = BatchTrial(str(trial.pk), Path(trial.video), folder, run_options(trial))
    progress, noted = TrialProgress(), 0.0
    with _surroundings(trial), closing(run_trials([job], jobs=1, pulse=_PULSE_SECONDS)) as events:
        for event in events:
            if isinstance(event, Ended):
                return event
            if isinstance(event, Staged):
                progress.staged(event.name)
            elif isinstance(event, Progressed):
                progress.frames(event.done, event.total)
            if time.monotonic() - noted >= _PULSE_SECONDS:
                noted = time.monotonic()
                if stopped() or not _mine(trial).update(heartbeat=timezone.now(), **progress.fields()):
                    break
    remove_leftovers(folder)
    return None


def _mine(trial: Trial) -> Any:
    """Return the row of the trial as long as this run of it is wanted."""
    return Trial.objects.filter(pk=trial.pk, run=trial.run, state=Trial.State.RUNNING)


def _note_end(trial: Trial, end: Ended) -> None:
    record = None if end.reason else read_record(end.trial.folder)
    fields: dict[str, Any] = {"finished": timezone.now(), "seconds_left": None, "heartbeat": None}
    if record is not None:
        fields |= {"state": Trial.State.DONE, "fraction": 1.0, **summary_of(record)}
    else:
        reason = end.reason or f"The results in {end.trial.folder} cannot be read."
        fields |= {"state": Trial.State.FAILED, "error": reason.replace(trial.video, trial.title)}
    _mine(trial).update(**fields)


@contextmanager
def _surroundings(trial: Trial) -> Iterator[None]:
    """Give the run of a trial its environment: the demo's embedded models, and whether it may fetch others."""
    offline = {"HUMANPOSE3D_OFFLINE": "1"} if Choices.current().offline and not trial.is_demo else {}
    temporary = settings.APP_FOLDER / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    with environment(offline):
        if trial.is_demo and "HUMANPOSE3D_OFFLINE" not in os.environ:
            with demo_environment(settings.APP_FOLDER / "demo"):
                yield
        else:
            yield
