"""``index.html`` of a batch: a row, a picture and a link for each trial."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from support.parsed_page import HOSTILE, Page

from batch.test_batch_table import WALK
from humanpose3d.batch.index import index_page
from humanpose3d.batch.summary import Outcome, Summary, summarise, write_summary
from humanpose3d.batch.trials import BatchTrial

NAME = "50 % of a walk #1"


@pytest.fixture
def summary(tmp_path: Path, short_trials: Path) -> Summary:
    """A trial that is done, with an overlay, and one that failed for a hostile reason."""
    folder = tmp_path / NAME
    folder.mkdir()
    shutil.copy(short_trials / "short-side.mp4", folder / "overlay.mp4")
    record = {**WALK, "outputs": {"report": "report.html", "overlay": "overlay.mp4"}}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "report.html").write_text("", encoding="utf-8")
    done = Outcome(BatchTrial(NAME, Path("walk.mp4"), folder), "done")
    failed = Outcome(BatchTrial("broken", Path(HOSTILE), tmp_path / "broken"), "failed", HOSTILE)
    return summarise([done, failed], engine="local", jobs=1, seconds=1.0)


def test_each_trial_has_a_row_and_each_result_a_picture_and_a_link(tmp_path: Path, summary: Summary) -> None:
    write_summary(tmp_path, summary)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert len([tag for tag, _ in page.tags if tag == "tr"]) == 3  # with the header
    links = [unquote(attributes["href"] or "") for tag, attributes in page.tags if tag == "a"]
    assert all((tmp_path / link).is_file() for link in links)
    assert links == ["batch.csv", "batch_cycles.csv", f"{NAME}/report.html"]
    [picture] = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
    head, _, content = picture.partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(content).startswith(b"\xff\xd8")
    for shown in (
        "with care",
        "Half <hidden>",
        "cadence: 104 ± 4 steps/min",
        "knee range: right 61 ± 8°",
        "1 done, 1 failed",
    ):
        assert shown in page.text


def test_hostile_text_stays_text_and_nothing_comes_from_a_network(tmp_path: Path, summary: Summary) -> None:
    text = index_page(tmp_path, summary)
    page = Page(text)
    assert {"script", "iframe", "link"}.isdisjoint(tag for tag, _ in page.tags)
    assert HOSTILE in page.text
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text


def test_results_of_an_earlier_version_are_shown(tmp_path: Path, summary: Summary) -> None:
    old = {"cadence": {"value": 104.0, "uncertainty": 2.0, "unit": "steps/min"}, "step_length_R": {"reason": "short"}}
    trial = {**summary["trials"][0], "numbers": old, "angles": {}}
    assert "cadence: 104 ± 4" in index_page(tmp_path, {**summary, "trials": [trial]})


def test_it_is_written_in_the_language_that_was_asked_for(tmp_path: Path, summary: Summary) -> None:
    page = Page(text := index_page(tmp_path, summary, pictures=False, language="de"))
    assert '<html lang="de">' in text
    for shown in ("2 Messungen", "1 fertig, 1 fehlgeschlagen", "mit Vorsicht", "Kadenz: 104 ± 4 Schritte/min",
                  "Bewegungsumfang des Knies: rechts 61 ± 8°", HOSTILE):  # fmt: skip
        assert shown in page.text


def test_without_pictures_it_has_none(tmp_path: Path, summary: Summary) -> None:
    assert "<img" not in index_page(tmp_path, summary, pictures=False)


def test_without_an_overlay_the_picture_is_the_plot_or_none(tmp_path: Path, summary: Summary) -> None:
    (tmp_path / NAME / "overlay.mp4").write_bytes(b"no video")
    assert "<img" not in index_page(tmp_path, summary)
