import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.errors import InvalidSettingError
from humanpose3d.runs.settings import Settings


@given(height=st.floats(0.5, 2.5), weight=st.floats(2, 400))
def test_what_people_measure_is_accepted(height: float, weight: float) -> None:
    assert Settings(height=height, weight=weight).height == height


@pytest.mark.parametrize("height", [0, -1.78, math.nan, math.inf, -math.inf, 0.49, 2.51, 178, 5.9, 1e308])
def test_a_height_that_cannot_be_meant_is_refused(height: float) -> None:
    with pytest.raises(InvalidSettingError, match=r"^The height must be in metres, 0\.5 to 2\.5, not .*\.$") as caught:
        Settings(height=height)
    assert isinstance(caught.value, ValueError)


def test_centimetres_are_recognised() -> None:
    with pytest.raises(InvalidSettingError, match=r"178 looks like centimetres, use 1\.78"):
        Settings(height=178)


@pytest.mark.parametrize("weight", [0, -75, math.nan, math.inf, 1.9, 401, 75_000])
def test_a_weight_that_cannot_be_meant_is_refused(weight: float) -> None:
    with pytest.raises(InvalidSettingError, match=r"^The weight must be in kilograms, 2 to 400, not "):
        Settings(weight=weight)


def test_grams_are_recognised() -> None:
    with pytest.raises(InvalidSettingError, match="75000 looks like grams, use 75"):
        Settings(weight=75_000)


@pytest.mark.parametrize("focal_length", [0, 5, 5000, -26, math.nan, math.inf])
def test_a_focal_length_that_no_lens_has_is_refused(focal_length: float) -> None:
    with pytest.raises(InvalidSettingError, match=r"^The focal length must be in millimetres .* 8 to 1200, not .*\.$"):
        Settings(focal_length=focal_length)


def test_results_go_beside_the_user_not_beside_the_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().folder_for(Path("videos/walk.one.mp4")) == tmp_path / "walk.one_humanpose3d"
    assert Settings(output=Path("out")).folder_for(Path("a.mp4")) == Path("out")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InvalidSettingError, match="The format must be one of c3d, xlsx, opensim, not 'csv'"):
        Settings(formats=("c3d", "csv"))


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"date": "28.11.2026"}, "must be a day such as 2026-11-28 (year, month, day), not '28.11.2026'"),
        ({"date": "2026-13-01"}, "must be a day such as"),
        ({"side": "near"}, "The side must be one of left, right, both, not 'near'"),
        ({"subject": 81 * "x"}, "The subject must be 80 characters or fewer, not 81"),
        ({"note": 2001 * "x"}, "The note must be 2000 characters or fewer"),
    ],
)
def test_what_is_told_about_a_recording_is_checked(about: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSettingError, match=re.escape(message)):
        Settings(**about)  # type: ignore[arg-type]


def test_what_is_told_about_a_recording_is_in_the_record() -> None:
    record = Settings(subject="P07", date="2026-11-28").as_record()
    assert record["about"] == {"subject": "P07", "date": "2026-11-28", "task": None, "side": None, "note": None}


@pytest.mark.parametrize(("person", "told"), [("1", "'1'"), ("12", "'12'"), ((0.5,), "0.5"), ((-1.0, 5.0), "-1, 5")])
def test_a_person_who_can_not_be_meant(person: Any, told: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        Settings(person=person)
    assert str(caught.value) == f"A point (--person) is X,Y or X,Y@S, none of them below 0, not {told}."
