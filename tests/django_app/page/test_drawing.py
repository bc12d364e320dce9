"""Where curves of numbers over time lie in their drawing."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.django_app.page.numbers.drawing import HEIGHT, WIDTH, Measurement, drawing_of

DAY = datetime(2026, 11, 28, 9)
VALUES = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))
POINTS = st.tuples(st.integers(0, 4000), VALUES, st.floats(0, 1e3) | st.just(math.nan))


def measured(*days: float, value: float = 50.0, band: float = 2.0) -> list[Measurement]:
    return [Measurement(DAY + timedelta(days=day), value, band) for day in days]


def xs(curve_line: object) -> list[float]:
    return [float(x) for x, _ in curve_line.dots]  # type: ignore[attr-defined]


def test_time_is_to_scale() -> None:
    (line,) = drawing_of({"L": measured(0, 10, 40)}).lines
    first, second, third = xs(line)
    assert (second - first) / (third - first) == pytest.approx(0.25, abs=0.01)


def test_trials_of_one_day_stand_side_by_side_under_one_date() -> None:
    curve = drawing_of({"": measured(0, 0.01, 0.02)})
    first, second, third = xs(curve.lines[0])
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert [day for _, day in curve.dates] == [DAY.date()]


def test_a_bar_is_as_long_as_the_band() -> None:
    curve = drawing_of({"": measured(0, value=50.0, band=2.0)})
    (y_low, low), (y_high, high) = (curve.values[0], curve.values[-1])
    top, bottom = (float(y) for y in re.findall(r",([\d.]+)", curve.lines[0].bars))
    per_unit = (float(y_low) - float(y_high)) / (high - low)
    assert (bottom - top) / per_unit == pytest.approx(2 * 2.0, rel=0.01)


def test_dates_that_would_collide_are_left_out_but_never_the_last() -> None:
    curve = drawing_of({"": measured(0, 98, 99, 100)})
    assert curve.dates[-1][1] == (DAY + timedelta(days=100)).date()
    assert len(curve.dates) == 2


@given(
    st.dictionaries(
        st.sampled_from(["L", "R", ""]),
        st.lists(POINTS, min_size=1, max_size=6),
        min_size=1,
    )
)
def test_everything_lies_within_the_drawing(sides: dict[str, list[tuple[int, float, float]]]) -> None:
    curve = drawing_of(
        {side: [Measurement(DAY + timedelta(hours=h), v, u) for h, v, u in each] for side, each in sides.items()}
    )
    for line in curve.lines:
        for pair in re.findall(r"([-\d.]+),([-\d.]+)", line.path + line.band + line.bars):
            x, y = map(float, pair)
            assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT
    ys = [float(y) for y, _ in curve.values]
    assert ys == sorted(ys, reverse=True) and 2 <= len(ys) <= 7
