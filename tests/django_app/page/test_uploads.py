"""Uploads in slices: whole, cut, refused, cancelled, and with names that mean harm."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def begin(visitor: Any, name: str, size: int) -> Any:
    return visitor.post("/uploads/", json.dumps({"name": name, "size": size}), content_type="application/json")


def put(visitor: Any, url: str, offset: int, content: bytes) -> Any:
    return visitor.put(url, content, content_type="application/octet-stream", HTTP_UPLOAD_OFFSET=str(offset))


def upload(visitor: Any, name: str, content: bytes, slice_bytes: int = 1 << 16) -> Any:
    facts = begin(visitor, name, len(content)).json()
    for offset in range(0, len(content), slice_bytes):
        assert put(visitor, facts["url"], offset, content[offset : offset + slice_bytes]).status_code == 200
    return visitor.post(facts["finish_url"])


def parts(home: Path) -> list[str]:
    return [path.name for path in (home / "data" / "input").glob(".*")]


def test_a_video_becomes_a_trial(visitor: Any, page: Path, demo_clip: Path) -> None:
    from humanpose3d.django_app.page.models import Trial

    answer = upload(visitor, "Gang, März.MP4", demo_clip.read_bytes())
    assert answer.status_code == 201
    trial = Trial.objects.get(pk=answer.json()["trial"])
    assert (trial.title, trial.state, trial.width, trial.height_px) == ("Gang, März.MP4", "draft", 480, 640)
    assert Path(trial.video) == page / "data" / "input" / f"trial-{trial.pk}.mp4"
    assert Path(trial.video).read_bytes() == demo_clip.read_bytes()
    assert parts(page) == []
    picture = visitor.get(f"/trials/{trial.pk}/picture", {"t": "1.5"})
    assert picture["Content-Type"] == "image/jpeg" and picture.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x", "x"),
        ("..\\..\\x.mp4", "x.mp4"),
        ("/etc/passwd", "passwd"),
        ("<script>alert(1)</script>.mp4", "script>.mp4"),
        ("🏃‍♀️.mp4", "🏃♀️.mp4"),
        ("a\u202e4pm.exe", "a4pm.exe"),
        ("مشي.mp4", "مشي.mp4"),
        ("x" * 500, "x" * 200),
        ("", "video"),
    ],
)
def test_a_name_is_a_label_and_never_a_path(name: str, shown: str, page: Path) -> None:
    from humanpose3d.django_app.page.files.places import display_name, video_path
    from humanpose3d.django_app.page.models import Trial

    assert display_name(name) == shown
    path = video_path(Trial(pk=7), name)
    assert path.parent == page / "data" / "input" and path.stem == "trial-7"


def test_two_of_one_name_are_two(visitor: Any, demo_clip: Path) -> None:
    first, second = (upload(visitor, "walk.mp4", demo_clip.read_bytes()).json()["trial"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt"])
def test_a_text_is_refused_and_removed(name: str, visitor: Any, page: Path) -> None:
    from humanpose3d.django_app.page.models import Trial, Upload

    answer = upload(visitor, name, b"this is no video\n" * 100)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{name} is not a video")
    assert not Trial.objects.exists() and not Upload.objects.exists() and parts(page) == []


def test_limits_are_told_before_anything_is_sent(visitor: Any) -> None:
    from django.test import override_settings

    empty, huge, many = begin(visitor, "a.mp4", 0), begin(visitor, "a.mp4", 1 << 60), begin(visitor, "a.mp4", -1)
    assert (empty.status_code, huge.status_code, many.status_code) == (400, 507, 400)
    assert "0 bytes" in empty.json()["error"] and "no room" in huge.json()["error"]
    with override_settings(QUOTA_GB=1.0):
        assert visitor.get("/").context["limits"].free == 1 << 30
        assert begin(visitor, "a.mp4", (1 << 30) + 1).status_code == 507
    assert visitor.post("/uploads/", "no json", content_type="application/json").status_code == 400


def test_too_many_unfinished_ones_are_refused(visitor: Any) -> None:
    from humanpose3d.django_app.page.models import Upload

    Upload.objects.bulk_create(Upload(name="x", size=1) for _ in range(100))
    assert begin(visitor, "a.mp4", 9).status_code == 429


def test_a_cut_connection_costs_one_slice(visitor: Any, page: Path) -> None:
    from humanpose3d.django_app.page.files.uploads import UploadError, receive
    from humanpose3d.django_app.page.models import Upload

    facts = begin(visitor, "a.mp4", 100).json()
    assert put(visitor, facts["url"], 0, b"x" * 60).json() == {"received": 60}
    with pytest.raises(UploadError, match="cut"):
        receive(Upload.objects.get(), 60, 40, io.BytesIO(b"y" * 30))
    assert visitor.post(facts["finish_url"]).status_code == 409
    again = put(visitor, facts["url"], 0, b"x" * 60)  # whose answer was lost
    assert (again.status_code, again.json()["received"]) == (409, 60)
    assert visitor.get(facts["url"]).json()["received"] == 60
    assert put(visitor, facts["url"], 60, b"z" * 40).json() == {"received": 100}
    (part,) = parts(page)
    assert (page / "data" / "input" / part).read_bytes() == b"x" * 60 + b"z" * 40


def test_more_than_was_told_is_refused(visitor: Any) -> None:
    facts = begin(visitor, "a.mp4", 10).json()
    assert put(visitor, facts["url"], 0, b"x" * 11).status_code == 400
    assert visitor.put(facts["url"], b"x", HTTP_UPLOAD_OFFSET="many").status_code == 400


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(os.name != "posix", reason="this system has no limit for the size of files")
def test_a_full_disk_is_told_and_what_arrived_stays(visitor: Any) -> None:
    facts = begin(visitor, "a.mp4", 4 << 20).json()
    put(visitor, facts["url"], 0, b"x" * (1 << 20))
    with full_disk(2 << 20):  # the database is smaller
        answer = put(visitor, facts["url"], 1 << 20, b"x" * (3 << 20))
    assert (answer.status_code, answer.json()["received"]) == (507, 1 << 20)
    assert put(visitor, facts["url"], 1 << 20, b"x" * (3 << 20)).json() == {"received": 4 << 20}


def test_cancelled_and_forgotten_uploads_leave_nothing(visitor: Any, page: Path) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from humanpose3d.django_app.page.files.uploads import remove_stale
    from humanpose3d.django_app.page.models import Upload

    facts = begin(visitor, "a.mp4", 10).json()
    assert visitor.delete(facts["url"]).status_code == 204
    assert visitor.get(facts["url"]).status_code == 410 and parts(page) == []
    old, new = (begin(visitor, "a.mp4", 10).json()["id"] for _ in range(2))
    Upload.objects.filter(pk=old).update(updated=timezone.now() - timedelta(days=2))
    (page / "data" / "input" / ".nobody.part").touch()
    remove_stale()
    assert [str(pk) for pk in Upload.objects.values_list("pk", flat=True)] == [new]
    assert parts(page) == [f".{new.replace('-', '')}.part"]
