"""``batch.json`` and ``batch.csv``: a row for each trial."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from humanpose3d.batch.summary import Outcome, Summary, summarise, write_summary
from humanpose3d.batch.trials import BatchTrial

WALK: dict[str, Any] = {
    "frames": {"total": 120, "with_pose": 119, "duration_s": 3.9666666, "data_rate_hz": 30.0},
    "movement": {
        "kind": "walking",
        "numbers": {
            "cadence": {"value": 104.34567891, "uncertainty": 2.0, "unit": "steps/min", "source": "bands"},
            "step_length_R": {"value": None, "reason": "too short"},
        },
        "repetitions": [],
    },
    "angles": {
        "knee_R_flex": {
            "range": {"value": 61.0, "uncertainty": 4.0, "unit": "deg", "source": "bands"},
            "maximum": {"value": 65.0, "uncertainty": 5.0, "unit": "deg", "source": "bands"},
            "minimum": {"value": None, "reason": "it was hidden"},
            "heel_strike": {"value": 7.5, "uncertainty": 5.0, "unit": "deg", "source": "bands"},
        }
    },
    "cycles": [
        {
            "kind": "gait cycle",
            "side": "R",
            "number": number,
            "start_s": start,
            "end_s": start + 1.1,
            "angles": {"knee_R_flex": {"maximum": {"value": 64.0 + number, "uncertainty": None, "unit": "deg"}}},
        }
        for number, start in ((1, 0.5), (2, 1.6))
    ],
    "verdict": {"level": "with care", "reasons": [{"level": "with care", "text": "Half <hidden>"}], "parts": []},
    "outputs": {"report": "report.html", "plot": "walk_joint_angles.png"},
    "stages": [{"name": "depth", "status": "skipped", "reason": "switched off"}, {"name": "detect", "status": "ran"}],
    "warnings": ["Nobody was found in 1 of 120 frames; they are empty in the results."],
}


def summary_of(tmp_path: Path) -> Summary:
    def trial(name: str, **options: Any) -> BatchTrial:
        return BatchTrial(name, Path("videos") / f"{name}.mp4", tmp_path / name, options)

    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "run.json").write_text(json.dumps(WALK), encoding="utf-8")
    outcomes = [
        Outcome(trial("walk", height=1.8), "done", seconds=3.21),
        Outcome(trial("broken"), "failed", 'It is "broken",\nand more', seconds=0.1),
        Outcome(trial("late"), "unfinished"),
    ]
    return summarise(outcomes, engine="local", jobs=2, seconds=4.0)


def test_the_table_has_a_row_for_each_trial_with_its_numbers(tmp_path: Path) -> None:
    write_summary(tmp_path, summary_of(tmp_path))
    with (tmp_path / "batch.csv").open(encoding="utf-8", newline="") as file:
        walk, broken, late = csv.DictReader(file)
    assert [row["status"] for row in (walk, broken, late)] == ["done", "failed", "unfinished"]
    assert walk["video"] == "videos/walk.mp4"
    assert (walk["frames"], walk["duration_s"], walk["height_m"]) == ("120", "3.96667", "1.8")
    assert (walk["cadence_steps_per_min"], walk["cadence_steps_per_min_uncertainty"]) == ("104.346", "2")
    assert not any(column.startswith(("step_length", "knee_R_flex_min")) for column in walk)
    assert (walk["knee_R_flex_range_deg"], walk["knee_R_flex_range_deg_uncertainty"]) == ("61", "4")
    assert (walk["knee_R_flex_max_deg"], walk["knee_R_flex_heel_strike_deg"]) == ("65", "7.5")
    assert walk["verdict"] == "with care"
    assert broken["reason"] == 'It is "broken",\nand more'
    assert late["cadence_steps_per_min"] == ""


def test_a_second_table_has_a_row_for_each_cycle(tmp_path: Path) -> None:
    write_summary(tmp_path, summary_of(tmp_path))
    with (tmp_path / "batch_cycles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    common = {"trial": "walk", "kind": "gait cycle", "side": "R", "knee_R_flex_max_deg_uncertainty": ""}
    assert rows == [
        {**common, "number": "1", "start_s": "0.5", "end_s": "1.6", "knee_R_flex_max_deg": "65"},
        {**common, "number": "2", "start_s": "1.6", "end_s": "2.7", "knee_R_flex_max_deg": "66"},
    ]


def test_without_a_cycle_the_second_table_has_its_header(tmp_path: Path) -> None:
    late = Outcome(BatchTrial("late", Path("late.mp4"), tmp_path / "late"), "unfinished")
    write_summary(tmp_path, summarise([late], engine="local", jobs=1, seconds=1.0))
    assert (tmp_path / "batch_cycles.csv").read_text(encoding="utf-8") == "trial,kind,side,number,start_s,end_s\n"


def test_the_json_file_also_has_reasons_times_and_warnings(tmp_path: Path) -> None:
    write_summary(tmp_path, summary_of(tmp_path))
    content = json.loads((tmp_path / "batch.json").read_text(encoding="utf-8"))
    assert content["counts"] == {"done": 1, "failed": 1, "skipped": 0, "unfinished": 1}
    walk = content["trials"][0]
    assert walk["seconds"] == 3.21
    assert walk["numbers"]["step_length_R"] == {"value": None, "reason": "too short"}
    assert walk["left_out"] == {"depth": "switched off"}
    assert walk["warnings"] == WALK["warnings"]


def test_angles_of_opensim_have_columns_of_their_own(tmp_path: Path) -> None:
    summary_of(tmp_path)
    cycles = [{**cycle, "angles": {"hip_L_flex": {"maximum": {"value": 30.0, "uncertainty": 4.0, "unit": "deg"}}}}
              for cycle in WALK["cycles"]]  # fmt: skip
    record = {**WALK, "opensim": {"angles": WALK["angles"], "cycles": cycles, "shown_first": []}}
    (tmp_path / "walk" / "run.json").write_text(json.dumps(record), encoding="utf-8")
    done = Outcome(BatchTrial("walk", Path("walk.mp4"), tmp_path / "walk", {}), "done", seconds=1.0)
    write_summary(tmp_path, summarise([done], engine="local", jobs=1, seconds=1.0))
    with (tmp_path / "batch.csv").open(encoding="utf-8", newline="") as file:
        [walk] = csv.DictReader(file)
    assert walk["opensim_knee_R_flex_range_deg"] == walk["knee_R_flex_range_deg"] == "61"
    with (tmp_path / "batch_cycles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["knee_R_flex_max_deg"], row["opensim_hip_L_flex_max_deg"]) for row in rows] == [
        ("65", "30"),
        ("66", "30"),
    ]
