"""The queue: order, cancelling, and trials whose worker has died."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

MINUTE = timedelta(minutes=1)


@pytest.fixture
def long_ago(page: Any) -> Any:
    from django.utils import timezone

    return timezone.now() - MINUTE


def test_trials_wait_in_order(make_trial: Callable[..., Any]) -> None:
    from django_tasks_db.models import DBTaskResult

    from humanpose3d.django_app.page.queue.tasks import enqueue

    first, second = make_trial(), make_trial()
    assert enqueue(first) and enqueue(second)
    assert (first.place, second.place) == (1, 2)
    assert [task.args_kwargs["args"] for task in DBTaskResult.objects.ready()] == [[first.pk, 1], [second.pk, 1]]


def test_a_cancelled_trial_is_left_alone_by_its_task(visitor: Any, make_trial: Callable[..., Any]) -> None:
    from humanpose3d.django_app.page.queue.compute import compute
    from humanpose3d.django_app.page.queue.tasks import enqueue

    trial = make_trial(video=__file__)
    enqueue(trial)
    visitor.post(f"/trials/{trial.pk}/cancel")
    assert compute(trial.pk, trial.run) is True
    trial.refresh_from_db()
    assert trial.state == "cancelled" and trial.started is None
    visitor.post(f"/trials/{trial.pk}/retry")
    trial.refresh_from_db()
    assert (trial.state, trial.run) == ("waiting", 2)


def test_a_trial_of_a_dead_worker_starts_again_once(make_trial: Callable[..., Any], long_ago: Any) -> None:
    from humanpose3d.django_app.page.queue.recovery import recover

    trial = make_trial(state="running", attempt=1, run=1, heartbeat=long_ago, queued=long_ago)
    recover()
    trial.refresh_from_db()
    assert (trial.state, trial.run, trial.attempt, trial.queued) == ("waiting", 2, 1, long_ago)
    type(trial).objects.update(state="running", attempt=2, heartbeat=long_ago)
    recover()
    trial.refresh_from_db()
    assert trial.state == "failed" and "cut off twice" in trial.error


def test_a_trial_of_a_living_worker_is_left_alone(make_trial: Callable[..., Any]) -> None:
    from django.utils import timezone

    from humanpose3d.django_app.page.queue.recovery import recover

    trial = make_trial(state="running", attempt=1, run=1, heartbeat=timezone.now())
    recover()
    trial.refresh_from_db()
    assert (trial.state, trial.run) == ("running", 1)


@pytest.mark.parametrize("task_begun_by_the_dead", [True, False])
def test_a_trial_whose_task_was_lost_is_queued_again(
    task_begun_by_the_dead: bool, make_trial: Callable[..., Any], long_ago: Any
) -> None:
    from django_tasks_db.models import DBTaskResult

    from humanpose3d.django_app.page.queue.recovery import recover
    from humanpose3d.django_app.page.queue.tasks import enqueue

    trial = make_trial()
    enqueue(trial)
    type(trial).objects.update(queued=long_ago)
    recover()
    trial.refresh_from_db()
    assert trial.run == 1  # its task is ready
    if task_begun_by_the_dead:
        DBTaskResult.objects.update(status="RUNNING", started_at=long_ago)
    else:
        DBTaskResult.objects.all().delete()
    recover()
    trial.refresh_from_db()
    assert (trial.state, trial.run) == ("waiting", 2)
    assert DBTaskResult.objects.ready().count() == 1


def test_progress_only_grows_and_tells_the_time_left() -> None:
    from humanpose3d.django_app.page.queue.progress import TrialProgress

    now = 0.0
    progress = TrialProgress(clock=lambda: now)
    progress.staged("models")
    now = 50.0
    progress.staged("detect")
    assert progress.fields()["seconds_left"] is None
    now = 60.0
    progress.frames(100, 200)
    told = progress.fields()
    assert (told["rate"], told["frames_done"], told["frames_total"]) == (10.0, 100, 200)
    assert told["fraction"] == pytest.approx(0.36) and told["seconds_left"] == pytest.approx(10 / 0.36 - 10)
    progress.staged("overlay")
    progress.frames(1, 200)  # a second pass over the video
    assert progress.fields()["fraction"] == 0.85 and progress.fields()["rate"] is None


def test_tables_and_models_agree(call: Any) -> None:
    call("makemigrations", "--check", "--dry-run", skip_checks=True)
