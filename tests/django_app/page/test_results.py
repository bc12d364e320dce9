"""Results: adopted, shown, compared, and deleted."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest


def write_results(folder: Path, value: float = 60.0, subject: str = "P07", **outputs: str) -> Path:
    """Write a record as a run does, and small files in place of the others."""
    folder.mkdir(parents=True)
    names = {"report": "report.html", "angle": "joint_angles/knee_R.csv", **outputs, "run": "run.json"}
    number = {"value": value, "uncertainty": 2.0, "unit": "deg", "source": "bands"}
    record = {
        "created": "2026-05-03T10:00:00+00:00",
        "input": {"name": "squat.mp4"},
        "settings": {"height_m": 1.7, "weight_kg": 70, "about": {"subject": subject, "task": "squat", "date": None}},
        "movement": {"kind": "repeated", "numbers": {"cadence": {"value": None, "reason": "no walking"}}},
        "angles": {"knee_R_flex": {"range": number}},
        "verdict": {"level": "usable", "reasons": [{"text": "All is well.", "level": "usable"}]},
        "outputs": names,
    }
    for name in names.values():
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()):
            path.parent.mkdir(exist_ok=True)
            path.write_text("<p>report</p>", encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_results_of_the_command_line_are_adopted(visitor: Any, page: Path) -> None:
    from humanpose3d.django_app.page.models import Trial

    output = page / "data" / "output"
    write_results(output / "batch" / "squat_humanpose3d")
    (output / "everybody").mkdir()
    (output / "everybody" / "run.json").write_text('{"people": {"1": "person_1"}}', encoding="utf-8")
    write_results(output / "everybody" / "person_1", subject="")
    assert len(visitor.get("/").context["trials"]) == 2
    assert len(visitor.get("/").context["trials"]) == 2  # each once
    trial = Trial.objects.get(person__name="P07")
    assert (trial.title, trial.movement, trial.kind, trial.verdict) == ("squat.mp4", "squat", "repeated", "usable")
    assert (trial.created.date(), trial.date) == (trial.date, trial.date)
    (number,) = trial.numbers
    assert (number["name"], number["side"], number["text"]) == ("Knee, range of flexion", "R", "60 ± 4°")


def test_a_folder_elsewhere_is_adopted_on_request(visitor: Any, tmp_path: Path) -> None:
    write_results(tmp_path / "elsewhere" / "squat")
    assert visitor.post("/settings/adopt", {"folder": str(tmp_path / "none")}).status_code == 302
    visitor.post("/settings/adopt", {"folder": str(tmp_path / "elsewhere")})
    assert len(visitor.get("/").context["trials"]) == 1


@pytest.fixture
def adopted(visitor: Any, page: Path, tmp_path: Path) -> Any:
    from humanpose3d.django_app.page.files.adoption import adopt
    from humanpose3d.django_app.page.models import Trial

    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    write_results(tmp_path / "results" / "one", evil="../../secret.txt")
    adopt(tmp_path / "results", None)
    return Trial.objects.get()


def test_a_report_is_shown_in_a_sandbox(visitor: Any, adopted: Any) -> None:
    answer = visitor.get(f"/trials/{adopted.pk}/report")
    assert b"".join(answer.streaming_content) == b"<p>report</p>"
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts") and "allow-same-origin" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_only_files_of_the_results_are_sent(visitor: Any, adopted: Any) -> None:
    base = f"/trials/{adopted.pk}/files"
    good = visitor.get(f"{base}/joint_angles/knee_R.csv")
    assert good.status_code == 200 and good["Content-Disposition"].startswith("attachment")
    for name in ("../../secret.txt", "..%2F..%2Fsecret.txt", "secret.txt", "/etc/passwd", "joint_angles", "nothing"):
        assert visitor.get(f"{base}/{name}").status_code == 404
    packed = zipfile.ZipFile(io.BytesIO(b"".join(visitor.get(f"/trials/{adopted.pk}/zip").streaming_content)))
    assert sorted(packed.namelist()) == ["one/joint_angles/knee_R.csv", "one/report.html", "one/run.json"]


def test_results_are_deleted_and_nothing_else(visitor: Any, adopted: Any, tmp_path: Path) -> None:
    from humanpose3d.django_app.page.models import Person, Trial

    folder = tmp_path / "results" / "one"
    (folder / "mine.txt").touch()
    sizes = visitor.get(f"/trials/{adopted.pk}/delete").context["sizes"]
    assert sizes["video"] == 0 and sizes["results"] > 0
    visitor.post(f"/trials/{adopted.pk}/delete", {"what": "results"})
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert (tmp_path / "secret.txt").read_text(encoding="utf-8") == "secret"
    assert not Trial.objects.exists() and not Person.objects.exists()  # it had no video, so nothing was left of it


def test_a_video_is_deleted_and_results_stay(visitor: Any, adopted: Any, page: Path) -> None:
    video = page / "data" / "input" / "trial-1.mp4"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"0123456789")
    type(adopted).objects.update(video=str(video))
    part = visitor.get(f"/trials/{adopted.pk}/video", HTTP_RANGE="bytes=2-4")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"234")
    assert visitor.get(f"/trials/{adopted.pk}/video", HTTP_RANGE="bytes=99-").status_code == 416
    visitor.post(f"/trials/{adopted.pk}/delete", {"what": "video"})
    assert not video.exists()
    assert visitor.get(f"/trials/{adopted.pk}/report").status_code == 200


def test_a_running_trial_is_not_deleted(visitor: Any, make_trial: Callable[..., Any]) -> None:
    trial = make_trial(state="running")
    visitor.post(f"/trials/{trial.pk}/delete", {"what": "all"})
    assert type(trial).objects.filter(pk=trial.pk).exists()


def test_numbers_of_a_person_over_time(visitor: Any, page: Path) -> None:
    from datetime import date

    from humanpose3d.django_app.page.models import Trial

    for month, value in ((5, 50.0), (6, 60.0), (8, 90.0)):
        write_results(page / "data" / "output" / f"t{month}", value)
        visitor.get("/")
        Trial.objects.filter(folder__endswith=f"t{month}").update(date=date(2026, month, 1))
    person = Trial.objects.first().person
    (curve,) = visitor.get(f"/people/{person.pk}/").context["curves"]
    assert [row["text"] for row in curve["rows"]] == ["50 ± 4°", "60 ± 4°", "90 ± 4°"]
    pks = list(Trial.objects.order_by("date").values_list("pk", flat=True))
    context = visitor.get("/compare", {"trial": pks}).context
    assert context["rows"][0]["cells"] == ["50 ± 4°", "60 ± 4°", "90 ± 4°"]
    assert context["comparison_url"] == f"/comparison?trial={pks[0]}&trial={pks[2]}"
    assert visitor.get("/compare", {"trial": [pks[0], "x"]}).context["error"]
    assert visitor.get(context["comparison_url"]).status_code == 422  # these are no real results


def test_search(visitor: Any, make_trial: Callable[..., Any]) -> None:
    from humanpose3d.django_app.page.models import Person

    ada = Person.objects.create(name="Ada")
    make_trial(title="walk.mp4", person=ada, movement="walking", date="2026-05-01")
    make_trial(title="jump.mp4", movement="jump", date="2026-06-01")

    def found(**query: str) -> set[str]:
        return {trial.title for trial in visitor.get("/", query).context["trials"]}

    assert found(q="ada") == found(person=str(ada.pk)) == found(movement="Walking") == {"walk.mp4"}
    assert found(since="2026-05-02") == {"jump.mp4"} and found(until="2026-05-01") == {"walk.mp4"}
    assert found(q="ada jump") == set() and found(since="tomorrow", person="x") == {"walk.mp4", "jump.mp4"}


def test_a_list_that_is_fetched_again_stays_on_its_page(visitor: Any, make_trial: Callable[..., Any]) -> None:
    for number in range(51):
        make_trial(title=f"walk {number}.mp4")
    again = visitor.get("/", {"page": "2"}, headers={"HX-Request": "true"}).content.decode()
    assert 'name="page" value="2"' in again, "the page sends it with the next request"
    assert again.count("<h3>") == 1


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no zone of a single process")
def test_days_are_those_of_this_machine(
    visitor: Any, make_trial: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = make_trial()
    type(trial).objects.update(created=datetime(2026, 5, 3, 2, 0, tzinfo=timezone.utc))
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    try:
        answer = visitor.get("/", {"since": "2026-05-02", "until": "2026-05-02"})
        assert "2026-05-02" in answer.content.decode() and len(answer.context["trials"]) == 1
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_is_prepared_is_what_runs(visitor: Any, make_trial: Callable[..., Any]) -> None:
    from humanpose3d.django_app.page.queue.compute import run_options
    from humanpose3d.runs.settings import Settings

    trial = make_trial(video=__file__, duration=4.0)
    address = f"/trials/{trial.pk}/prepare"
    given = {"person": " P 07 ", "height": "1,78", "weight": "75", "start": "1", "end": "3", "person_x": "0.5"}
    given |= {"person_y": "0.25", "person_at": "1.5", "movement": "squat", "date": "2026-05-03", "side": "left"}
    wrong = visitor.post(address, {**given, "height": "178"})
    assert wrong.status_code == 422 and "centimetres" in wrong.context["form"].errors["height"][0]
    assert visitor.post(address, given).url == f"/trials/{trial.pk}/"
    trial.refresh_from_db()
    assert trial.state == "waiting"
    settings = Settings(**run_options(trial))
    assert (settings.height, settings.person, settings.side) == (1.78, (0.5, 0.25, 1.5), "left")
    assert (settings.subject, settings.task, settings.date, settings.start) == ("P 07", "squat", "2026-05-03", 1.0)
