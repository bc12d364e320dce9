"""Workers, seen from the process that started them."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from humanpose3d.batch import pool
from humanpose3d.batch.pool import Ended, Started, run_trials
from humanpose3d.batch.trials import BatchTrial


@pytest.mark.skipif(os.name != "posix", reason="only POSIX can stop a process without ending it")
def test_a_trial_that_hangs_is_ended_at_its_limit_and_the_next_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_GRACE_SECONDS", 0.2)
    trials = [BatchTrial(name, tmp_path / f"{name}.mp4", tmp_path / name) for name in ("first", "second")]
    ended, workers = [], set()
    with closing(run_trials(trials, 1, minutes=0.01)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Started):
                [worker] = active_children()
                workers.add(worker.pid)
                os.kill(worker.pid, signal.SIGSTOP)  # type: ignore[arg-type]
            if isinstance(event, Ended):
                ended.append(event)
    reason = "It was not done within the 0.01 min of --time-limit, and was ended."
    assert [(event.trial.name, event.reason) for event in ended] == [("first", reason), ("second", reason)]
    assert all(event.seconds and event.seconds >= 0.6 for event in ended)
    assert len(workers) == 2
    assert active_children() == []


def test_without_a_limit_and_before_it_a_trial_ends_as_it_does(tmp_path: Path) -> None:
    missing = BatchTrial("missing", tmp_path / "missing.mp4", tmp_path / "missing")
    for minutes in (None, 10.0):
        with closing(run_trials([missing], 1, minutes)) as events:  # type: ignore[type-var]
            *_, last = events
        assert isinstance(last, Ended) and last.reason is not None and "missing.mp4" in last.reason
