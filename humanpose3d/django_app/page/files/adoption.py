"""Adopt results that the command line made: any folder with a ``run.json`` becomes a trial."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from django.utils.timezone import now

from humanpose3d.django_app.page.files.places import display_name
from humanpose3d.django_app.page.models import Person, Trial
from humanpose3d.django_app.page.numbers.summary import about_of, summary_of
from humanpose3d.runs.output import RECORD_NAME, read_record

__all__ = ["adopt", "person_named"]

_DEEPEST = 4
_ONE_AT_A_TIME = threading.Lock()  # two pages that are opened at once adopt a folder once


def adopt(root: Path, owner: Any) -> int:
    """Make a trial of each folder with results in `root` that is not known yet; return how many were new."""
    with _ONE_AT_A_TIME:
        known = set(Trial.objects.exclude(folder="").values_list("folder", flat=True))
        return sum(_adopt(folder, record, owner) for folder, record in _results(root, known, _DEEPEST))


def person_named(owner: Any, name: str) -> Person | None:
    """Return the person of that name or code, who is made if there is none; None without a name."""
    name = " ".join(name.split())[:80]
    return Person.objects.get_or_create(owner=owner, name=name)[0] if name else None


def _results(root: Path, known: set[str], deepest: int) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield folders with the results of one person that are not known, and their records; links are not followed."""
    if str(root) in known:
        return
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == RECORD_NAME for entry in entries):
        record = read_record(root)
        if record is not None and "movement" in record:  # else it is not ours, or the list of everybody in a video
            yield root, record
            return
    if deepest:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _results(Path(entry.path), known, deepest - 1)


def _adopt(folder: Path, record: dict[str, Any], owner: Any) -> bool:
    about = about_of(record)
    person = person_named(owner, about.pop("person"))
    source = record.get("input") or {}
    made = _moment(record.get("created"))
    trial = Trial.objects.create(
        owner=owner,
        person=person,
        title=display_name(str(source.get("name") or folder.name)),
        folder=str(folder),
        duration=source.get("duration_s"),
        state=Trial.State.DONE,
        fraction=1.0,
        finished=made,
        **about,
        **summary_of(record),
    )
    Trial.objects.filter(pk=trial.pk).update(created=made)
    return True


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return now()
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
