"""The report as a file; ``test_report_in_browser.py`` opens it."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.parsed_page import HOSTILE, Page
from support.rendered_walk import walk_record

from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.html.report import render_report, write_report
from humanpose3d.report.html.skeleton import skeleton_data

MakeWalk = Callable[..., ReportContent]


def test_everything_is_in_the_one_file(make_walk: MakeWalk, demo_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_report(target, make_walk(), demo_clip)
    page = Page(target.read_text(encoding="utf-8"))
    addresses = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert addresses
    assert all(address and address.startswith("data:") for address in addresses)
    assert "@import" not in target.read_text(encoding="utf-8")
    assert target.stat().st_size < 3.5e6


def test_a_policy_in_the_page_forbids_the_network_and_foreign_scripts(make_walk: MakeWalk) -> None:
    page = Page(render_report(make_walk()))
    [policy] = [tag[1]["content"] for tag in page.tags if tag[1].get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in re.search(r"script-src[^;]*", policy).group()  # type: ignore[union-attr]
    assert policy.count("sha256-") == len(page.scripts) - 1  # all but the data


def test_a_minute_of_a_large_noisy_video_stays_below_8_mb(make_walk: MakeWalk, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    times = np.arange(1800) / 30
    degrees = rng.normal(0, 30, (1800, 12, 3))
    walk = make_walk().markers
    assert walk is not None
    names = (*walk.names, *(f"anatomical {number}" for number in range(43)))
    markers = Markers(times, names, rng.normal(0, 1, (1800, len(names), 3)), np.ones((1800, len(names))))
    video = tmp_path / "overlay.mp4"
    video.write_bytes(bytes(2_700_000))
    whole = make_walk(times=times, degrees=degrees, raw_degrees=degrees + 1, markers=markers, landmarks=None)
    write_report(tmp_path / "report.html", whole, video)
    assert (tmp_path / "report.html").stat().st_size < 8e6


def test_ten_minutes_are_thinned_in_the_curves_but_not_in_the_data(make_walk: MakeWalk) -> None:
    times = np.arange(18_000) / 30
    degrees = np.random.default_rng(5).normal(0, 30, (18_000, 12, 3))
    text = render_report(make_walk(times=times, degrees=degrees, raw_degrees=None, markers=None, landmarks=None))
    page = Page(text).data
    for figure in page["figures"]["isb"].values():  # type: ignore[attr-defined]
        for curve in figure["time"]["data"]:
            assert 0 < len(base64.b64decode(curve["frames"])) / 4 <= 2000
    whole = np.frombuffer(base64.b64decode(str(page["degrees"])), "<f4").reshape(degrees.shape)
    np.testing.assert_allclose(whole, degrees, rtol=1e-6)
    assert len(text) < 12e6
    assert "not every sample" in text
    assert "not every sample" not in render_report(make_walk())


def test_devices_are_a_column_only_where_a_run_named_them(make_walk: MakeWalk) -> None:
    record = {**walk_record(), "stages": [{"name": "detect", "status": "ran", "seconds": 4.2, "details": {}}]}
    text = Page(render_report(make_walk(record=record))).text
    assert "Did it run" in text
    assert "Device" not in text


def test_hostile_text_is_shown_and_never_run(make_walk: MakeWalk) -> None:
    record = walk_record()
    record["input"] = {"name": HOSTILE, HOSTILE: {HOSTILE: HOSTILE}}
    record["settings"] = {"height_m": 1.8, "note": HOSTILE}
    record["warnings"] = [HOSTILE]
    record["models"] = [{"name": HOSTILE, "path": HOSTILE, "commit": HOSTILE, "sha256": HOSTILE}]
    record["stages"] = [{"name": HOSTILE, "status": "skipped", "reason": HOSTILE, "details": {HOSTILE: HOSTILE}}]
    page = Page(render_report(make_walk(name=HOSTILE, record=record, command=HOSTILE, error_source=HOSTILE)))
    plain = Page(render_report(make_walk()))
    assert len(page.scripts) == len(plain.scripts)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert page.data["name"] == HOSTILE
    assert "alert(1)" in page.text
    assert "{{ 7*7 }}" in page.text


SIGNALS = {"name": "signals", "details": {"steps": {"repair_swaps": {"frames_exchanged": "many"}}}}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"models": None, "stages": "?", "settings": [], "warnings": {}},
        {"models": [1], "stages": [{}], "input": {}},
        {"stages": [SIGNALS]},
    ],
)
def test_an_older_or_damaged_record_still_gives_a_report(make_walk: MakeWalk, record: dict[str, object]) -> None:
    assert "Joint angles" in Page(render_report(make_walk(record=record))).text


def test_what_is_missing_is_said_and_not_invented(make_walk: MakeWalk) -> None:
    text = Page(render_report(make_walk())).text
    assert "not measured: no floor was found" in text
    assert "109 steps/min (± unknown)" in text
    assert "Typical error: sagittal plane 8.5°." in text
    assert "Typical errors of the curves: the rendered walk." in text
    assert "No error was measured for this number." in text
    assert "The error of these angles was not measured." in text
    assert "Not resolved in this trial: frontal plane, transverse plane." in text


def test_provenance_is_complete(make_walk: MakeWalk) -> None:
    text = Page(render_report(make_walk())).text
    record = walk_record()
    [model] = record["models"]  # type: ignore[misc]
    for part in (model["sha256"], model["commit"], "humanpose3d run walk.mp4 --height 1.78", "3.11.2", "cpu", "28.6"):
        assert str(part) in text
    assert "no: a stand-in was found" in text
    assert "Device" in text
    assert "pose_landmarker_heavy.task" in text
    assert "alice" not in text, "a report is sent to others, and folders tell names"
    assert "Grood" in text
    assert "MIT License" in text


def test_single_frames_and_empty_trials_give_a_report(make_walk: MakeWalk) -> None:
    bare = {"raw_degrees": None, "markers": None, "landmarks": None, "cycles": (), "numbers": ()}
    one = render_report(make_walk(times=np.zeros(1), degrees=np.ones((1, 12, 3)), **bare))
    empty = render_report(make_walk(times=np.arange(5.0), degrees=np.full((5, 12, 3), np.nan), **bare))
    assert "Not usable" in Page(empty).text
    assert "frame 1 of 1" in Page(one).text


def test_pictures_and_controls_have_names(make_walk: MakeWalk, demo_clip: Path, tmp_path: Path) -> None:
    page = Page(render_report(make_walk(), demo_clip))
    for tag, attributes in page.tags:
        if tag == "video" or attributes.get("role") in ("img", "application", "region"):
            assert attributes.get("aria-label"), (tag, attributes.get("class"))
    assert ("html", {"lang": "en"}) in page.tags


def test_the_report_is_replaced_whole(make_walk: MakeWalk, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        write_report(target, make_walk(), tmp_path / "missing.mp4")
    assert target.read_text(encoding="utf-8") == "old"
    write_report(target, make_walk())
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [target]


def test_the_page_says_what_is_known_of_the_camera(make_walk: MakeWalk) -> None:
    lens = {"value": 26.0, "uncertainty": 2.0, "source": "metadata"}
    camera = {"focal_length_35mm": lens, "moving": None, "height_m": 0.97, "tilt_deg": 4.5}
    page = render_report(make_walk(record={"camera": camera}))
    for words in ("26 ± 4 mm, as the file states", "taken to have stood still", "0.97 m", "4.5°"):
        assert words in page


def test_legs_that_nobody_saw_are_not_drawn(make_walk: MakeWalk) -> None:
    content = make_walk()
    assert content.markers is not None and content.landmarks is not None
    image = content.landmarks.image.copy()
    image[:, content.landmarks.names.index("right_knee"), 1] = 1.2
    cut_off = replace(content.landmarks, image=image)
    whole, drawn = (drawn_heights(content.markers, landmarks) for landmarks in (content.landmarks, cut_off))
    assert np.nanmin(drawn) > np.nanmin(whole) + 0.5
    assert np.nanmax(drawn) == np.nanmax(whole)


def drawn_heights(markers: Markers, landmarks: Landmarks) -> np.ndarray:
    """Return the heights of the markers in the 3D view."""
    data = skeleton_data(markers, landmarks)
    assert data is not None
    return np.frombuffer(base64.b64decode(data["positions"]), "<f4").reshape(-1, 3)[:, 1]
