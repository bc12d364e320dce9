import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walkers import textbook_walker, walker

from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.validity.bands import PLACES, Bands, measured_bands
from humanpose3d.kinematics.validity.sides import Sides
from humanpose3d.kinematics.view import View
from humanpose3d.kinematics.walking.footprints import Footprints
from humanpose3d.kinematics.walking.gait import Gait, HeelStrike, find_gait
from humanpose3d.kinematics.walking.legs import LEG_MARKERS
from humanpose3d.kinematics.walking.numbers import gait_numbers

SECONDS_6 = np.arange(180) / 30
SIDE, FRONT = View(90.0, 5.0), View(0.0, 5.0)


def bands(**uncertainties: float) -> Bands:
    """Return bands that are equal in every view."""
    usual = {"cadence": 0.5, "stride_time": 0.01, "step_time": 0.02, "step_length": 0.007, "stance": 1.0}
    given = {**usual, **uncertainties}
    given |= {f"{name} over ground": given[name] for name in given if name.endswith(("length", "speed", "width"))}
    return Bands("a test", {}, {name: dict.fromkeys(PLACES, u) for name, u in given.items()})


def gait_of(strikes: list[HeelStrike]) -> Gait:
    """Return a gait on a treadmill of these heel strikes, with strides of 1.1 s."""
    one = np.full(len(strikes), 0.1)
    speed = 2 * float(np.mean([strike.step_length for strike in strikes])) / 1.1
    return Gait(tuple(strikes), (), Footprints(speed, True, one, 70 * one), {"": 1.1})


def found(times: np.ndarray, markers: dict[str, np.ndarray]) -> Gait:
    gait = find_gait(times, markers)
    assert isinstance(gait, Gait), gait
    return gait


def with_slow_noise(times: np.ndarray, markers: dict[str, np.ndarray], metres: float) -> dict[str, np.ndarray]:
    """Add what is left of noise after a low-pass filter: waves of random phase up to 6 Hz."""
    rng = np.random.default_rng(0)
    waves = np.array([np.cos(2 * np.pi * (f * times + rng.random())) for f in np.arange(0.5, 6, 0.5)])
    scale = metres * np.sqrt(2 / len(waves))
    return {name: track + scale * (rng.choice([-1, 1], (3, len(waves))) @ waves).T for name, track in markers.items()}


def refused(times: np.ndarray, markers: dict[str, np.ndarray]) -> str:
    gait = find_gait(times, markers)
    assert isinstance(gait, NotMeasured)
    return gait.reason


def number(gait: Gait, name: str) -> Measured:
    every = bands(stride_length=0.02, walking_speed=0.02, step_width=0.01, foot_progression=3.0, double_support=1.0)
    quantity = gait_numbers(gait, SIDE, every)[name]
    assert isinstance(quantity, Measured), quantity
    return quantity


@settings(max_examples=30, deadline=None)
@given(
    period=st.floats(0.85, 1.6),
    left_after=st.floats(0.4, 0.6),
    rate=st.floats(24, 240),
    speed=st.floats(0, 1.8),
    turning=st.floats(-20, 20),
    noise=st.sampled_from([0.0, 0.002, 0.004]),
)
def test_a_gait_gives_back_its_times(
    period: float, left_after: float, rate: float, speed: float, turning: float, noise: float
) -> None:
    times = np.arange(round(7 * rate)) / rate
    markers = walker(times, period=period, left_after=left_after, speed=speed, turning=turning)
    gait = found(times, with_slow_noise(times, markers, noise))
    assert all(one.side != other.side for one, other in itertools.pairwise(gait.heel_strikes))
    assert number(gait, "cadence").value == pytest.approx(120 / period, rel=0.01 + 2 * noise)
    coarse = min(60 / rate, 2)  # at few frames a second, noise moves a strike by a frame
    for side, share in (("R", 1 - left_after), ("L", left_after)):
        assert number(gait, f"stride_time_{side}").value == pytest.approx(period, abs=0.01 + 4 * noise)
        assert number(gait, f"step_time_{side}").value == pytest.approx(share * period, abs=0.02 + (4 + coarse) * noise)
    expected = 100 * (1 - 2 * left_after) / 0.5
    assert number(gait, "step_time_asymmetry").value == pytest.approx(expected, abs=4 + 1250 * noise)


@settings(max_examples=30, deadline=None)
@given(
    period=st.floats(0.9, 1.5),
    right=st.floats(0.58, 0.68),
    left=st.floats(0.58, 0.68),
    rate=st.floats(24, 240),
    noise=st.sampled_from([0.0, 0.002, 0.004]),
)
def test_feet_leave_the_floor_when_they_do(period: float, right: float, left: float, rate: float, noise: float) -> None:
    times = np.arange(round(7 * rate)) / rate
    markers = textbook_walker(times, period=period, stance={"R": right, "L": left})
    gait = found(times, with_slow_noise(times, markers, noise))
    for off in gait.toe_offs:
        start, stance = (0.0, right) if off.side == "R" else (0.5, left)
        late = (off.time / period - start - stance + 0.5) % 1 - 0.5
        assert abs(late) < 0.03 + 10 * noise
    inside = gait.heel_strikes[1:-1]
    assert all(any(0 <= off.time - s.time < 0.5 * period for off in gait.toe_offs) for s in inside), "one for each step"
    for side, stance in (("R", right), ("L", left)):
        assert number(gait, f"stance_{side}").value == pytest.approx(100 * stance, abs=3 + 500 * noise)
        both = number(gait, f"stance_{side}").value + number(gait, f"swing_{side}").value
        assert both == pytest.approx(100)
    assert number(gait, "double_support").value == pytest.approx(100 * (right + left - 1), abs=6 + 1000 * noise)


def test_speed_is_stride_length_by_stride_time() -> None:
    gait = found(SECONDS_6, walker(SECONDS_6, speed=1.6))  # as far as two of its steps
    length = number(gait, "stride_length").value
    assert number(gait, "walking_speed").value == pytest.approx(length / 1.1, rel=0.02)
    assert number(gait, "walking_speed").unit == "m/s"


def test_of_strides_that_differ_too_much_only_the_rhythm_is_told() -> None:
    markers = walker(SECONDS_6)
    assert found(SECONDS_6, markers).unlikeness < 0.01
    exchanged = (np.abs(SECONDS_6 % 2.2 - 0.35) < 0.1)[:, np.newaxis]
    for name in ("Knee", "Ankle", "Heel", "BigToe"):
        right, left = markers[f"R{name}"], markers[f"L{name}"]
        markers[f"R{name}"], markers[f"L{name}"] = np.where(exchanged, left, right), np.where(exchanged, right, left)
    numbers = gait_numbers(found(SECONDS_6, markers), SIDE, bands())
    assert isinstance(cadence := numbers["cadence"], Measured)
    assert cadence.value == pytest.approx(120 / 1.1, rel=0.02)
    for name in ("step_time_R", "step_length_L", "stance_R", "step_time_asymmetry", "walking_speed"):
        assert "the strides differ too much" in str(numbers[name])


def test_a_strike_out_of_place_does_not_change_the_cadence() -> None:
    times = np.arange(90) / 30
    markers = walker(times)
    late = {**markers, "RHeel": markers["RHeel"].copy()}
    foremost = (times > 1.0) & (times < 1.25)
    late["RHeel"][foremost, 0] += 0.2 * np.sin(np.pi * (times[foremost] - 1.0) / 0.25) ** 2
    assert number(found(times, late), "cadence").value == pytest.approx(120 / 1.1, rel=0.01)


def test_a_step_is_as_long_as_the_footprints_are_apart() -> None:
    times = np.arange(600) / 100
    markers = walker(times)
    gait = found(times, markers)
    foot = np.linalg.norm(markers["LBigToe"] - markers["LHeel"], axis=1).mean()
    right = [strike for strike in gait.heel_strikes if strike.side == "R"]
    for strike in right:  # the heel of the other foot has risen, its toe has not moved
        apart = markers["RHeel"][:, 0] - (markers["LBigToe"][:, 0] - foot)
        both_down = np.abs(times - strike.time) < 0.1 * 1.1
        assert strike.step_length == pytest.approx(apart[both_down].max(), abs=0.02)
    lengths = [strike.step_length for strike in gait.heel_strikes]
    assert lengths == pytest.approx([lengths[0]] * len(lengths), abs=0.02)


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


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rate=st.floats(4, 120),
    smooth=st.integers(1, 30),
    height=st.floats(0.0, 1.0),
)
def test_whatever_moves_the_events_are_in_order_and_inside_or_there_are_none(
    seed: int, rate: float, smooth: int, height: float
) -> None:
    times = np.arange(round(6 * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, height, (len(LEG_MARKERS), len(times) + smooth, 3))
    paths = np.cumsum(noise, axis=1)[:, smooth:] - np.cumsum(noise, axis=1)[:, :-smooth]
    gait = find_gait(times, {name: paths[i] for i, name in enumerate(LEG_MARKERS)})
    if isinstance(gait, NotMeasured):
        return
    assert all(one.side != other.side for one, other in itertools.pairwise(gait.heel_strikes))
    events = [*gait.heel_strikes, *gait.toe_offs]
    assert all(times[0] - 0.1 <= event.time <= times[-1] for event in events)
    assert list(gait.toe_offs) == sorted(gait.toe_offs, key=lambda off: off.time)
    for off in gait.toe_offs:
        assert any(strike.side != off.side and -0.2 <= off.time - strike.time <= 1 for strike in gait.heel_strikes)
    for name in ("stance_R", "stance_L", "swing_R", "swing_L"):
        quantity = gait_numbers(gait, SIDE, Bands("", {}, {}))[name]
        assert isinstance(quantity, NotMeasured) or 0 <= quantity.value <= 100


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


def test_what_the_view_does_not_carry_is_left_out_and_the_view_that_does_is_named() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    table = bands().uncertainties
    worse = {**table, "step_time": {**dict.fromkeys(PLACES, 0.02), "front": 0.1}}
    numbers = gait_numbers(gait_of(strikes), FRONT, Bands("a test", {}, worse))
    assert numbers["cadence"] == Measured(pytest.approx(60 / 0.55), pytest.approx(0.5), "steps/min")
    for name in ("step_time_R", "step_time_L", "step_time_asymmetry"):
        assert "too uncertain from the front (± 0.2 s); film from the side" in str(numbers[name])
    assert isinstance(gait_numbers(gait_of(strikes), SIDE, Bands("", {}, worse))["step_time_R"], Measured)
    turned = gait_numbers(gait_of(strikes), View(90.0, 100.0), Bands("", {}, worse))
    assert isinstance(turned["step_time_R"], NotMeasured), "where the person turned, the worst view counts"


def test_a_lens_that_is_told_has_bands_of_its_own_and_where_it_would_help_that_is_said() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    gait = replace(gait_of(strikes), prints=replace(gait_of(strikes).prints, on_belt=False))
    speed = {
        f"walking_speed over ground{end}": dict.fromkeys(PLACES, u) for end, u in (("", 0.2), (", lens given", 0.05))
    }
    table = Bands("a test", {}, {**bands().uncertainties, **speed})
    assert gait_numbers(gait, FRONT, table, lens="given")["walking_speed"] == Measured(1.2 / 1.1, 0.05, "m/s")
    untold = gait_numbers(gait, FRONT, table)["walking_speed"]
    assert str(untold) == "not measured: too uncertain from the front (± 0.39 m/s), or give the lens (--focal-length)"
    on_belt = gait_numbers(gait_of(strikes), FRONT, bands(walking_speed=0.2))["walking_speed"]
    assert "lens" not in str(on_belt)


def test_the_view_that_was_filmed_is_never_advised() -> None:
    table = Bands("a test", {}, {"step_time": {**dict.fromkeys(PLACES, 0.1), "side, near": 0.02, "side, far": 0.02}})
    assert table.best_view("step_time", FRONT) == "the side"
    assert table.best_view("step_time", SIDE) is None


def test_walking_has_bands_of_its_own_for_angles_and_shares_the_rest() -> None:
    table, walking = measured_bands(), measured_bands().during("walking")
    assert walking.uncertainty("range knee flex", SIDE, "L") < table.uncertainty("range knee flex", SIDE, "L")
    assert walking.uncertainty("cadence", SIDE) == table.uncertainty("cadence", SIDE)
    assert table.during("repeated") == table
    larger = {
        (name, place)
        for name, row in walking.uncertainties.items()
        for place, uncertainty in row.items()
        if uncertainty > table.uncertainties[name][place]
    }
    assert not larger


@pytest.mark.parametrize("movement", ["walking", "repeated", "other"])
def test_bands_grow_with_the_spread_of_the_limb(movement: str) -> None:
    usual = measured_bands().usual_spreads
    plain = measured_bands().during(movement)
    bands = measured_bands().during(movement, {"leg_L": 2 * usual["leg"], "leg_R": usual["leg"], "arm_L": usual["arm"]})

    def factor(name: str, side: str = "") -> float:
        return bands.uncertainty(name, SIDE, side) / plain.uncertainty(name, SIDE, side)

    twice = pytest.approx(2**1.5)  # errors grow faster than the spread
    assert factor("range knee flex", "L") == factor("curve hip abd", "L") == twice
    assert factor("range knee flex", "R") == factor("range elbow flex", "L") == factor("range elbow flex", "R") == 1
    assert factor("step_length") == twice, "of both legs, the worse one"


def test_no_band_is_narrower_than_the_least_of_its_kind() -> None:
    usual = measured_bands().usual_spreads
    sure = measured_bands().during("walking", {f"leg_{side}": 0.01 * usual["leg"] for side in "RL"})
    assert sure.uncertainty("stance", SIDE) == measured_bands().least["stance"]
    assert sure.uncertainty("range knee flex", SIDE, "L") < measured_bands().uncertainty("range knee flex", SIDE, "L")


def test_angles_of_anatomical_markers_have_rows_of_their_own() -> None:
    body, anatomical = measured_bands(), measured_bands(anatomical=True)
    rows = {name for name, row in anatomical.uncertainties.items() if row != body.uncertainties.get(name)}
    assert rows
    assert {name.split()[0] for name in rows} == {"curve", "range", "maximum", "minimum"}


def test_two_measurements_of_one_thing_that_do_not_agree_are_both_left_out() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    gait = gait_of(strikes)
    every = bands(step_length=0.01, stride_length=0.02, walking_speed=0.02)
    lengths = {"step_length_R", "step_length_L", "stride_length", "walking_speed"}

    def left_out(gait: Gait) -> set[str]:
        numbers = gait_numbers(gait, SIDE, every).items()
        return {name for name, each in numbers if isinstance(each, NotMeasured) and "agree" in each.reason}

    assert not left_out(gait)
    assert left_out(replace(gait, prints=replace(gait.prints, speed=0.8))) >= lengths
    frozen = gait_numbers(replace(gait, stride_times={"": 1.3, "R": 1.12, "L": 1.13}), SIDE, every)
    for name in ("cadence", "stride_time_R", "stride_time_L"):
        assert "do not take the same time" in str(frozen[name])


def test_of_a_camera_that_moves_there_is_no_speed_and_no_length() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    numbers = gait_numbers(gait_of(strikes), SIDE, bands(), camera_moves=True)
    for name in ("walking_speed", "stride_length", "step_length_R"):
        assert str(numbers[name]) == "not measured: the camera moves"
    assert isinstance(numbers["cadence"], Measured)


def test_who_does_not_stand_on_the_feet_does_not_walk() -> None:
    markers = walker(SECONDS_6)
    for turn in ((1, -1, 1), (0, 1, 1)):  # upside down, and lying
        turned = {name: track[:, [1, 0, 2]] if turn[0] == 0 else track * turn for name, track in markers.items()}
        assert refused(SECONDS_6, turned) == "the hips are not above the feet"


def test_a_few_pictures_a_second_show_no_steps() -> None:
    times = np.arange(48) / 8
    assert refused(times, walker(times)) == "8.0 frames a second are too few to find steps"


def test_too_few_steps_are_left_out() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(4)]  # type: ignore[arg-type]
    numbers = gait_numbers(gait_of(strikes), SIDE, bands())
    assert str(numbers["step_time_R"]) == "not measured: only 1 right step in the recording, and it takes at least 2"


def test_an_index_that_tells_nothing_is_left_out() -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.25) for i in range(8)]  # type: ignore[arg-type]
    numbers = gait_numbers(gait_of(strikes), SIDE, bands(step_length=0.05))
    assert isinstance(numbers["step_length_R"], Measured)
    assert "too uncertain to be compared" in str(numbers["step_length_asymmetry"])


@pytest.mark.parametrize(("undecided", "compared"), [(0.05, True), (0.5, False)])
def test_sides_that_may_be_exchanged_are_not_compared(undecided: float, compared: bool) -> None:
    strikes = [HeelStrike(0.55 * i, "RL"[i % 2], 0.6) for i in range(8)]  # type: ignore[arg-type]
    numbers = gait_numbers(gait_of(strikes), SIDE, bands(), sides=Sides(undecided=undecided))
    assert isinstance(numbers["step_time_asymmetry"], Measured) == compared
    assert compared or "which leg is the left one can't be told in 50 % of the frames" in str(
        numbers["step_time_asymmetry"]
    )
    assert isinstance(numbers["step_time_R"], Measured)
