"""Events as a file that people correct."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.formats.events_csv import SIDED_EVENTS, Event, read_events_csv, write_events_csv

SIDED = st.tuples(st.sampled_from(SIDED_EVENTS), st.sampled_from("RL"))
UNSIDED = st.tuples(st.sampled_from(("start", "turn", "end")), st.just(""))
TIMES = st.integers(0, 10_000_000).map(lambda ticks: ticks / 10_000)


@given(events=st.lists(st.builds(lambda time, kind: Event(time, *kind), TIMES, SIDED | UNSIDED)))
def test_events_come_back_in_the_order_of_time(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> None:
    path = tmp_path_factory.getbasetemp() / "events.csv"
    write_events_csv(path, events)
    assert read_events_csv(path) == sorted(events)


def test_what_spreadsheets_write_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    text = "\ufeffEvent;Side;Time_s\r\nHeel_Strike; r ;1,25\r\n;;\r\nturn;;0,5\r\n"
    path.write_bytes(text.encode())
    assert read_events_csv(path) == [Event(0.5, "turn"), Event(1.25, "heel_strike", "R")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 must be event,side,time_s"),
        ("time,event\n", "line 1 must be event,side,time_s, not 'time,event'"),
        ("event,side,time_s\nstep,R,1\n", "line 2: 'step' is none of heel_strike, toe_off, start, turn, end"),
        ("event,side,time_s\ntoe_off,,1\n", "line 2: the side of toe_off must be R or L, not ''"),
        ("event,side,time_s\nturn,R,1\n", "line 2: the side of turn must be empty, not 'R'"),
        ("event,side,time_s\nturn,,1\nend,,soon\n", "line 3: 'soon' is no time in seconds"),
        ("event,side,time_s\nturn,,-1\n", "line 2: '-1' is no time"),
        ("event,side,time_s\nturn,,nan\n", "line 2: 'nan' is no time"),
        ("event,side,time_s\nturn,1\n", "line 2 has 2 cells instead of 3"),
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_events_csv(path)
