import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import walker

from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.walking import Gait, HeelStrike, find_gait, gait_numbers

SECONDS_6 = np.arange(180) / 30


def found(times: np.ndarray, markers: dict[str, np.ndarray]) -> Gait:
    gait = find_gait(times, markers)
    assert isinstance(gait, Gait), gait
    return gait


def refused(times: np.ndarray, markers: dict[str, np.ndarray]) -> str:
    gait = find_gait(times, markers)
    assert isinstance(gait, NotMeasured)
    return gait.reason


def number(gait: Gait, name: str) -> Measured:
    quantity = gait_numbers(gait, position_error=0.005)[name]
    assert isinstance(quantity, Measured), quantity
    return quantity


@settings(max_examples=30, deadline=None)
@given(
    period=st.floats(0.85, 1.6),
    left_after=st.floats(0.4, 0.6),
    rate=st.sampled_from([24.0, 29.97, 60.0, 120.0]),
    speed=st.floats(0, 1.8),
    turning=st.floats(-20, 20),
)
def test_a_gait_gives_back_its_times(
    period: float, left_after: float, rate: float, speed: float, turning: float
) -> None:
    times = np.arange(round(7 * rate)) / rate
    gait = found(times, walker(times, period=period, left_after=left_after, speed=speed, turning=turning))
    assert all(one.side != other.side for one, other in itertools.pairwise(gait.heel_strikes))
    assert number(gait, "cadence").value == pytest.approx(120 / period, rel=0.01)
    for side, share in (("R", 1 - left_after), ("L", left_after)):
        assert number(gait, f"stride_time_{side}").value == pytest.approx(period, abs=0.01)
        assert number(gait, f"step_time_{side}").value == pytest.approx(share * period, abs=0.02)
    expected = 100 * (1 - 2 * left_after) / 0.5
    assert number(gait, "step_time_asymmetry").value == pytest.approx(expected, abs=4)


def test_steps_are_as_long_as_the_heels_are_apart() -> None:
    times = np.arange(600) / 100
    markers = walker(times)
    gait = found(times, markers)
    apart = markers["RHeel"][:, 0] - markers["LHeel"][:, 0]
    assert number(gait, "step_length_R").value == pytest.approx(apart.max(), abs=0.02)
    assert number(gait, "step_length_L").value == pytest.approx(-apart.min(), abs=0.02)
    assert number(gait, "step_length_asymmetry").value == pytest.approx(0, abs=2)


def test_it_does_not_matter_where_the_origin_is_nor_whether_the_floor_moves() -> None:
    standing, going = walker(SECONDS_6), walker(SECONDS_6, speed=1.2)
    for one, other in zip(found(SECONDS_6, standing).heel_strikes, found(SECONDS_6, going).heel_strikes, strict=True):
        assert one.time == pytest.approx(other.time, abs=1e-6)
        assert one.step_length == pytest.approx(other.step_length, abs=1e-6)


def test_uneven_frames_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.02, 0.05, 180))
    assert number(found(times, walker(times)), "stride_time_R").value == pytest.approx(1.1, abs=0.02)


def test_noise_is_covered_by_the_uncertainty() -> None:
    rng = np.random.default_rng(2)
    off = []
    for _ in range(20):
        markers = {name: track + rng.normal(0, 0.01, track.shape) for name, track in walker(SECONDS_6).items()}
        stride = number(found(SECONDS_6, markers), "stride_time_R")
        off.append(abs(stride.value - 1.1) / stride.uncertainty)
    assert np.mean(np.array(off) < 2) >= 0.95


def test_short_gaps_are_bridged_and_the_longest_stretch_is_used() -> None:
    markers = walker(SECONDS_6)
    for track in markers.values():
        track[20:23] = np.nan
    assert len(found(SECONDS_6, markers).heel_strikes) == len(found(SECONDS_6, walker(SECONDS_6)).heel_strikes)
    for track in markers.values():
        track[40:60] = np.nan
    assert min(strike.time for strike in found(SECONDS_6, markers).heel_strikes) > 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: {k: v[:50] for k, v in m.items()}, "not seen for two seconds"),
        (lambda m: {k: v[:1] for k, v in m.items()}, "not seen for two seconds"),
        (lambda m: {**m, "LHeel": np.full_like(m["LHeel"], np.nan)}, "not seen for two seconds"),
        (lambda m: {k: v for k, v in m.items() if k != "RHeel"}, "the markers RHeel are not there"),
        (lambda m: {k: np.broadcast_to(v[:1], v.shape) for k, v in m.items()}, "hardly pass each other"),
        (lambda m: {**m, "LHeel": m["LHeel"][:1] + 0 * m["LHeel"]}, "do not swing against each other|in turn only"),
    ],
    ids=["short", "one frame", "a foot unseen", "no heel", "standing", "one leg swings"],
)
def test_what_is_no_walking_is_refused_with_the_reason(change: object, reason: str) -> None:
    markers = change(walker(SECONDS_6))  # type: ignore[operator]
    times = SECONDS_6[: len(next(iter(markers.values())))]
    assert re.search(reason, refused(times, markers))


def test_marching_on_the_spot_is_no_walking() -> None:
    assert "as in marching on the spot" in refused(SECONDS_6, walker(SECONDS_6, marching=True))


def test_running_is_no_walking() -> None:
    times = np.arange(600) / 100
    assert "171 steps a minute" in refused(times, walker(times, period=0.7))


def test_what_the_data_do_not_carry_is_left_out_with_the_reason() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.3) for i in range(4)]  # type: ignore[arg-type]
    numbers = gait_numbers(Gait(tuple(strikes), 0.02), position_error=0.12)
    assert isinstance(numbers["stride_time_R"], Measured)
    length, asymmetry, step_time = (numbers[f"step_{what}"] for what in ("length_R", "length_asymmetry", "time_R"))
    assert "twice its uncertainty" in str(length)
    assert "twice its uncertainty" in str(asymmetry)
    assert str(step_time) == "not measured: only 1 right steps in the recording, and it takes at least 2"


def test_an_index_that_tells_nothing_is_left_out() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    numbers = gait_numbers(Gait(tuple(strikes), 0.02), position_error=0.1)
    assert isinstance(numbers["step_length_R"], Measured)
    assert "too uncertain to be compared" in str(numbers["step_length_asymmetry"])
