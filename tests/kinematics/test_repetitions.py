import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from posed_body import markers_of, neutral, stacked
from walkers import walker

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.events import analyse_movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.repetitions import Repetitions, find_repetitions


def squats(times: np.ndarray, depth: np.ndarray | float, period: float) -> tuple[list[str], np.ndarray, JointAngles]:
    down = depth * (1 - np.cos(2 * np.pi * times / period)) / 2
    angles = neutral(len(times))
    for side in "RL":
        angles[f"hip_{side}"][:, 0] = 0.9 * down
        angles[f"knee_{side}"][:, 0] = down
        angles[f"ankle_{side}"][:, 0] = 0.2 * down
    names, positions = stacked(markers_of(angles, anatomical=True))
    return names, positions, joint_angles(times, names, positions)


def found(angles: JointAngles) -> Repetitions:
    repetitions = find_repetitions(angles)
    assert isinstance(repetitions, Repetitions), repetitions
    return repetitions


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 6), st.floats(1.2, 5), st.floats(45, 130), st.sampled_from([15.0, 30.0, 60.0]))
def test_squats_are_counted_and_measured(count: int, period: float, depth: float, rate: float) -> None:
    times = np.arange(round(count * period * rate) + 1) / rate
    repetitions = found(squats(times, depth, period)[2])
    assert repetitions.leading in ("knee_R_flex", "knee_L_flex")
    assert len(repetitions.each) == count
    for i, repetition in enumerate(repetitions.each):
        assert repetition.turn == pytest.approx((i + 0.5) * period, abs=1 / rate)
        assert repetition.start == pytest.approx(i * period, abs=1.5 / rate)
        for joint, share in (("knee_R", 1.0), ("hip_L", 0.9), ("ankle_R", 0.2)):
            measured = repetition.range_of_motion[f"{joint}_flex"]
            assert isinstance(measured, Measured)
            assert measured.value == pytest.approx(share * depth, rel=0.03)
            assert measured.unit == "deg"


def test_each_repetition_has_its_own_range() -> None:
    times = np.arange(240) / 30
    depth = np.repeat([60.0, 80.0, 100.0, 70.0], 60)
    ranges = [r.range_of_motion["knee_R_flex"] for r in found(squats(times, depth, 2.0)[2]).each]
    assert [round(r.value) for r in ranges if isinstance(r, Measured)] == [60, 80, 100, 70]


def test_a_repetition_cut_off_on_its_way_down_does_not_count() -> None:
    times = np.arange(round(2.35 * 60)) / 30  # two squats and a third of the way into the next
    assert len(found(squats(times, 90.0, 2.0)[2]).each) == 2


def test_what_the_markers_do_not_define_or_show_has_a_reason() -> None:
    times = np.arange(121) / 30
    names, positions, _ = squats(times, 90.0, 2.0)
    body = [i for i, name in enumerate(names) if not name.endswith("_study")]
    positions = positions[:, body].copy()
    positions[70:90, names.index("RBigToe")] = np.nan
    first, second = found(joint_angles(times, [names[i] for i in body], positions)).each
    assert "do not define" in str(first.range_of_motion["knee_R_rot"])
    assert isinstance(first.range_of_motion["ankle_R_flex"], Measured)
    assert "seen in only 67 %" in str(second.range_of_motion["ankle_R_flex"])


@pytest.mark.parametrize(
    ("depth", "period", "reason"),
    [(0.0, 2.0, "moves by 30 degrees"), (20.0, 2.0, "moves by 30 degrees"), (90.0, 8.0, "there and back only 1 times")],
)
def test_what_is_not_repeated_is_refused_with_the_reason(depth: float, period: float, reason: str) -> None:
    angles = squats(np.arange(181) / 30, depth, period)[2]
    refused = find_repetitions(angles)
    assert isinstance(refused, NotMeasured)
    assert reason in refused.reason


def test_noise_makes_no_repetitions() -> None:
    rng = np.random.default_rng(0)
    names, positions, _ = squats(np.arange(300) / 30, 0.0, 2.0)
    noisy = positions + rng.normal(0, 0.02, positions.shape)
    assert isinstance(find_repetitions(joint_angles(np.arange(300) / 30, names, noisy)), NotMeasured)


def test_movements_are_told_apart() -> None:
    times = np.arange(180) / 30
    names, positions, angles = squats(times, 90.0, 2.0)
    squatting = analyse_movement(names, positions, angles)
    assert (squatting.kind, len(squatting.repetitions), squatting.leading[:5]) == ("repeated", 3, "knee_")
    assert "hardly pass" in squatting.reasons["walking"]
    assert not squatting.numbers

    names, positions = stacked(walker(times))
    walking = analyse_movement(names, positions, joint_angles(times, names, positions))
    assert walking.kind == "walking"
    assert len(walking.heel_strikes) >= 9
    assert not walking.repetitions

    names, positions, angles = squats(times, 0.0, 2.0)
    standing = analyse_movement(names, positions, angles)
    assert standing.kind == "other"
    assert set(standing.reasons) == {"walking", "repeated"}


@pytest.mark.parametrize(("seconds", "kind"), [((6, 4), "repeated"), ((4, 6), "walking")])
def test_of_a_video_that_is_cut_the_longest_part_counts(seconds: tuple[int, int], kind: str) -> None:
    squat, walk = (np.arange(30 * part) / 30 for part in seconds)
    names, walking = stacked(walker(walk))
    all_names, squatting, _ = squats(squat, 90.0, 2.0)
    squatting = squatting[:, [all_names.index(name) for name in names]]
    positions, times = np.concatenate([squatting, walking]), np.arange(300) / 30
    joined = analyse_movement(names, positions, joint_angles(times, names, positions), cuts=[squat[-1] + 1 / 30])
    longest = slice(0, len(squat)) if kind == "repeated" else slice(len(squat), None)
    angles = joint_angles(times[longest], names, positions[longest])
    alone = analyse_movement(names, positions[longest], angles)
    assert (joined.kind, alone.kind) == (kind, kind)
    assert joined.view == alone.view
    assert [each.end for each in joined.repetitions] == [each.end for each in alone.repetitions]
    assert joined.numbers == alone.numbers


def test_one_frame_is_other() -> None:
    names, positions, angles = squats(np.zeros(1), 0.0, 2.0)
    assert analyse_movement(names, positions, angles).kind == "other"


def test_nobody_to_be_seen_is_other() -> None:
    names, positions, _ = squats(np.arange(90) / 30, 0.0, 2.0)
    nothing = np.full_like(positions, np.nan)
    assert analyse_movement(names, nothing, joint_angles(np.arange(90) / 30, names, nothing)).kind == "other"
