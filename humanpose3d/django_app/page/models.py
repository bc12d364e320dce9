"""What the page remembers: people, trials, unfinished uploads, and a few choices. Results stay in plain folders."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from humanpose3d.django_app.page.access.middleware import owner_of
from humanpose3d.django_app.page.numbers.wording import numbers_for_people, stage_label

__all__ = ["Choices", "Person", "Trial", "Upload"]


class OwnedQuerySet(models.QuerySet):
    """Rows that belong to accounts, or to nobody where there are none."""

    def seen_by(self, request: HttpRequest) -> OwnedQuerySet:
        """Return those that a visitor may see: with accounts their own, on this machine all."""
        owner = owner_of(request)
        return self.all() if owner is None else self.filter(owner=owner)


class Owned(models.Model):
    """Something that belongs to an account; to nobody on a machine with one person."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        """No table of its own."""

        abstract = True


class Person(Owned):
    """Somebody who is recorded, by name or code."""

    name = models.CharField(_("name or code"), max_length=80)

    class Meta(Owned.Meta):
        """Each name once for an account."""

        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="page_person_of_owner"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(owner=None), name="page_person_of_nobody"),
        )

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    """How far a trial is."""

    DRAFT = "draft", _("not started")
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Trial(Owned):
    """One video and its results."""

    State = State

    title = models.CharField(_("title"), max_length=200)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="trials")
    movement = models.CharField(_("movement"), max_length=80, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    date = models.DateField(_("day of the recording"), null=True, blank=True)
    height = models.FloatField(_("height"), null=True, blank=True)
    weight = models.FloatField(_("weight"), null=True, blank=True)
    start = models.FloatField(default=0.0)
    end = models.FloatField(null=True, blank=True)
    person_x = models.FloatField(null=True, blank=True)
    person_y = models.FloatField(null=True, blank=True)
    person_at = models.FloatField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)  # further settings of a run, by their names
    is_demo = models.BooleanField(default=False)

    video = models.CharField(max_length=500, blank=True)  # path; empty where there is none
    folder = models.CharField(max_length=500, blank=True, db_index=True)  # of the results
    video_bytes = models.BigIntegerField(default=0)
    duration = models.FloatField(null=True, blank=True)
    frame_rate = models.FloatField(null=True, blank=True)
    width = models.IntegerField(null=True, blank=True)
    height_px = models.IntegerField(null=True, blank=True)

    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT, db_index=True)
    run = models.IntegerField(default=0)  # raised each time it is queued, so that an older task leaves it alone
    task = models.CharField(max_length=40, blank=True)  # of the queue
    attempt = models.IntegerField(default=0)  # how often it was started without an end
    heartbeat = models.DateTimeField(null=True, blank=True)  # of the worker that runs it
    stage = models.CharField(max_length=20, blank=True)
    fraction = models.FloatField(default=0.0)
    frames_done = models.IntegerField(default=0)
    frames_total = models.IntegerField(null=True, blank=True)
    rate = models.FloatField(null=True, blank=True)
    seconds_left = models.FloatField(null=True, blank=True)
    error = models.TextField(blank=True)
    queued = models.DateTimeField(null=True, blank=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    verdict = models.CharField(max_length=20, blank=True)
    verdict_text = models.TextField(blank=True)
    kind = models.CharField(max_length=40, blank=True)
    found = models.JSONField(default=list, blank=True)  # numbers, as numbers.summary makes them

    class Meta(Owned.Meta):
        """The newest first."""

        ordering = ("-created", "-pk")
        indexes = (models.Index(fields=["state", "queued"], name="page_trial_queue"),)

    def __str__(self) -> str:
        return f"{self.pk}"  # nothing of a person in logs

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (State.WAITING, State.RUNNING)

    @cached_property
    def place(self) -> int | None:
        """Its place among those that wait, from 1; a list of trials looks up all of them at once."""
        return Trial.places().get(self.pk)

    @classmethod
    def places(cls) -> dict[int, int]:
        """Return the place of each trial that waits, by its number."""
        waiting = cls.objects.filter(state=State.WAITING).order_by("queued", "pk").values_list("pk", flat=True)
        return {pk: place for place, pk in enumerate(waiting, 1)}

    @property
    def percent(self) -> int:
        """How much of the work is done."""
        return round(100 * self.fraction)

    @property
    def stage_label(self) -> str:
        """What is being done, in words."""
        return stage_label(self.stage)

    @property
    def seconds(self) -> float | None:
        """How long the computation took."""
        return (self.finished - self.started).total_seconds() if self.finished and self.started else None

    @property
    def has_video(self) -> bool:
        """Whether its video is there."""
        return bool(self.video) and Path(self.video).is_file()

    @property
    def has_results(self) -> bool:
        """Whether there are results, perhaps of an earlier run."""
        return bool(self.folder) and (Path(self.folder) / "run.json").is_file()

    @property
    def numbers(self) -> list[dict[str, Any]]:
        """The numbers that were found, with names and texts for people."""
        return numbers_for_people(self.found)


class Upload(Owned):
    """A video that has not arrived whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.pk}"


class Choices(models.Model):
    """What was chosen on the settings page; one row."""

    offline = models.BooleanField(default=False)
    fetch_state = models.CharField(max_length=12, default="idle")  # idle, waiting, running, failed
    fetch_text = models.TextField(blank=True)
    fetch_changed = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return "choices"

    @classmethod
    def current(cls) -> Choices:
        """Return the row."""
        return cls.objects.get_or_create(pk=1)[0]
