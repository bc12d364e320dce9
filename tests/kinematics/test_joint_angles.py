import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from posed_body import JOINTS, MOST, markers_of, neutral, stacked

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import CONVENTIONS, JOINT_NAMES
from humanpose3d.kinematics.events import analyse_movement

Angles = dict[str, np.ndarray]
FEWER = settings(max_examples=40, deadline=None)
BOTH = pytest.mark.parametrize("anatomical", [False, True], ids=["22 markers", "65 markers"])


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high)


@st.composite
def poses(draw: st.DrawFn, anatomical: bool = True) -> Angles:
    """Angles within the ranges of a body; without anatomical markers, knees and elbows are hinges."""
    angles = neutral()
    angles["pelvis"][0] = draw(numbers(-40, 60)), draw(numbers(-40, 40)), draw(numbers(-179, 179))
    angles["trunk"][0] = draw(numbers(-40, 80)), draw(numbers(-40, 40)), draw(numbers(-30, 30))
    angles["trunk"][0, 2] += angles["pelvis"][0, 2]
    if not anatomical:
        angles["trunk"] = angles["pelvis"].copy()
    for joint, (low, high) in MOST.items():
        for side in "RL":
            hinge = joint in ("knee", "elbow") and not anatomical
            # A hinge bent by 30 degrees to the last bit may count as bent or not.
            bends = numbers(low, high).filter(lambda bend: abs(bend - 30) > 1e-3)
            angles[f"{joint}_{side}"][0, 0] = draw(bends)
            if not hinge:
                angles[f"{joint}_{side}"][0, 1:] = draw(numbers(-30, 60)), draw(numbers(-40, 40))
    return angles


def computed(markers: dict[str, np.ndarray]) -> JointAngles:
    names, positions = stacked(markers)
    return joint_angles(np.arange(len(positions)) / 30, names, positions)


def expected_of(angles: Angles) -> np.ndarray:
    """Degrees (T, 12, 3), headings counted from the pelvis's median."""
    degrees = np.stack([angles[joint] for joint in JOINTS], axis=1)
    degrees[:, [0, 7], 2] -= np.median(degrees[:, 0, 2])
    return degrees


def assert_same(found: np.ndarray, expected: np.ndarray, atol: float = 1e-6) -> None:
    """Equal wherever an angle was found; NaN is left out."""
    known = np.isfinite(found)
    np.testing.assert_allclose(found[known], expected[known], rtol=0, atol=atol)


def test_the_joints_are_the_joint_networks() -> None:
    assert list(JOINT_NAMES) == JOINTS


@FEWER
@given(poses())
def test_a_body_built_from_angles_gives_them_back(angles: Angles) -> None:
    found = computed(markers_of(angles, anatomical=True))
    assert np.isfinite(found.degrees).all()
    assert found.defined.all()
    np.testing.assert_allclose(found.degrees, expected_of(angles), rtol=0, atol=1e-4)


@FEWER
@given(poses(anatomical=False))
def test_22_markers_give_back_the_angles_that_they_define(angles: Angles) -> None:
    found = computed(markers_of(angles, anatomical=False))
    expected = expected_of(angles)
    # Dorsiflexion from two lines is smaller than the Cardan angle when the foot also turns.
    for side, ankle in (("R", 5), ("L", 6)):
        flex, _, rot = np.deg2rad(angles[f"ankle_{side}"][0])
        abd = np.deg2rad(angles[f"ankle_{side}"][0, 1])
        up = np.sin(flex) * np.cos(rot) + np.cos(flex) * np.sin(-abd) * np.sin(rot)
        expected[0, ankle, 0] = np.rad2deg(np.arcsin(up))
    assert_same(found.degrees, expected, atol=1e-4)
    for row in CONVENTIONS:
        for joint in (j for j in JOINTS if j.split("_")[0] == row.joint):
            index = JOINTS.index(joint), ("flex", "abd", "rot").index(row.angle)
            bend = {"hip": "knee", "shoulder": "elbow"}.get(row.joint)
            bent = bend is not None and angles[joint.replace(row.joint, bend)][0, 0] > 30
            straight = bend is not None and angles[joint.replace(row.joint, bend)][0, 0] < 30
            assert found.defined[index] == (row.body != "no")
            if row.body == "yes" or (row.body == "bent" and bent):
                assert np.isfinite(found.degrees[0][index])
            if row.body == "no" or (row.body == "bent" and straight):
                assert np.isnan(found.degrees[0][index])


@BOTH
@FEWER
@given(data=st.data(), turn=numbers(-180, 180), by=st.tuples(*[numbers(-10, 10)] * 3))
def test_where_one_stands_and_faces_does_not_matter(
    anatomical: bool, data: st.DataObject, turn: float, by: tuple[float, float, float]
) -> None:
    markers = markers_of(data.draw(poses(anatomical)), anatomical)
    c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    moved = {name: track @ about_y.T + by for name, track in markers.items()}
    before, after = computed(markers), computed(moved)
    np.testing.assert_allclose(after.degrees, before.degrees, rtol=0, atol=1e-4)
    assert (after.heading - before.heading - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


@BOTH
@FEWER
@given(data=st.data(), size=numbers(0.3, 3))
def test_size_does_not_matter(anatomical: bool, data: st.DataObject, size: float) -> None:
    markers = markers_of(data.draw(poses(anatomical)), anatomical)
    bigger = computed({name: size * track for name, track in markers.items()})
    np.testing.assert_allclose(bigger.degrees, computed(markers).degrees, rtol=0, atol=1e-4)


@BOTH
@FEWER
@given(data=st.data())
def test_a_mirror_swaps_the_sides_and_keeps_the_signs(anatomical: bool, data: st.DataObject) -> None:
    markers = markers_of(data.draw(poses(anatomical)), anatomical)
    swapped = {"R": "L", "L": "R", "r": "L"}
    mirrored = {}
    for name, track in markers.items():
        sided = name not in ("Hip", "Neck", "Head", "Nose")
        initial = "r" if name[0] == "L" and name.endswith("_study") and "HJC" not in name else swapped.get(name[0], "")
        mirrored[initial + name[1:] if sided else name] = track * [1, 1, -1]
    before, after = computed(markers).degrees[0], computed(mirrored).degrees[0]
    middle = np.array([1, -1, -1])
    for joint, angles in zip(JOINTS, after, strict=True):
        other = joint.replace("_R", "_X").replace("_L", "_R").replace("_X", "_L")
        expected = before[JOINTS.index(other)] * (1 if "_" in joint else middle)
        np.testing.assert_allclose(angles, expected, rtol=0, atol=1e-4, err_msg=joint)


def test_each_sign_is_what_a_person_would_say() -> None:
    """Flexed knees go back, flexed hips and elbows forward, abducted limbs outwards, internal rotation inwards."""
    standing = markers_of(neutral(), anatomical=True)

    def moved(joint: str, column: int, marker: str, degrees: float = 20.0) -> np.ndarray:
        angles = neutral()
        angles[joint][0, column] = degrees
        assert computed(markers_of(angles, True))[joint][0, column] == pytest.approx(degrees)
        return (markers_of(angles, True)[marker] - standing[marker])[0]

    forward, up, right = 0, 1, 2
    assert moved("hip_R", 0, "RKnee")[forward] > 0.1
    assert moved("knee_L", 0, "LAnkle")[forward] < -0.1
    assert moved("ankle_R", 0, "RBigToe")[up] > 0.05
    assert moved("shoulder_L", 0, "LElbow")[forward] > 0.1
    assert moved("elbow_R", 0, "RWrist")[forward] > 0.05
    assert moved("trunk", 0, "Neck")[forward] > 0.1
    assert moved("pelvis", 0, "r.ASIS_study")[up] < -0.02
    for side, outwards in (("R", 1), ("L", -1)):
        assert moved(f"hip_{side}", 1, f"{side}Knee")[right] * outwards > 0.1
        assert moved(f"knee_{side}", 1, f"{side}Ankle")[right] * outwards > 0.1
        assert moved(f"shoulder_{side}", 1, f"{side}Elbow")[right] * outwards > 0.1
        assert moved(f"elbow_{side}", 1, f"{side}Wrist")[right] * outwards > 0.05
        assert moved(f"hip_{side}", 2, f"{side}BigToe")[right] * outwards < -0.05
        assert moved(f"ankle_{side}", 2, f"{side}BigToe")[right] * outwards < -0.05
    assert moved("pelvis", 1, "RHip")[up] < -0.02
    assert moved("trunk", 1, "Neck")[right] > 0.1


def test_an_arm_lifted_sideways_to_the_ear_has_no_jump() -> None:
    angles = neutral(180)
    angles["shoulder_R"][:, 1] = np.linspace(0, 170, 180)
    angles["shoulder_L"][:, 1] = np.linspace(170, 0, 180)
    for anatomical in (False, True):
        found = computed(markers_of(angles, anatomical))
        for joint in ("shoulder_R", "shoulder_L"):
            np.testing.assert_allclose(found[joint][:, 1], angles[joint][:, 1], atol=1e-4)
            near = np.abs(angles[joint][:, 1] - 90) < 5
            assert np.isnan(found[joint][near, 0]).all(), "flexion and rotation are one turn there"
            np.testing.assert_allclose(found[joint][~near, 0], 0, atol=1e-4)


def test_one_false_frame_does_not_turn_the_arm_inside_out() -> None:
    rng = np.random.default_rng(1)
    angles = neutral(100)
    angles["shoulder_R"] += rng.normal((30, 20, 0), 3, (100, 3))
    angles["shoulder_R"][40] = [-120, 100, 150]
    found = computed(markers_of(angles, True))["shoulder_R"]
    np.testing.assert_allclose(np.delete(found, 40, axis=0), np.delete(angles["shoulder_R"], 40, axis=0), atol=1e-4)


def test_somebody_who_turns_round_twice_is_followed_over_180_degrees_and_over_gaps() -> None:
    angles = neutral(200)
    angles["pelvis"][:, 2] = angles["trunk"][:, 2] = np.linspace(0, 720, 200)
    markers = markers_of(angles, True)
    for track in markers.values():
        track[50:60] = np.nan
    found = computed(markers)
    seen = np.isfinite(found["pelvis"][:, 2])
    assert seen.sum() == 190
    heading = found["pelvis"][seen, 2]
    np.testing.assert_allclose(heading - heading[0], angles["pelvis"][seen, 2], atol=1e-4)
    assert np.median(heading) == pytest.approx(0)
    np.testing.assert_allclose(found["trunk"][seen, 2], found["pelvis"][seen, 2], atol=1e-4)


@BOTH
@pytest.mark.parametrize("middle", [-178.0, 90.0, 179.0], ids=str)
def test_whoever_is_upside_down_sways_as_much_as_upright(anatomical: bool, middle: float) -> None:
    sway = 5 * np.sin(np.arange(60) / 5)
    angles = neutral(60)
    for joint in ("pelvis", "trunk"):
        angles[joint][:, 0] = middle + sway
    found = computed(markers_of(angles, anatomical))
    for joint in ("pelvis", "trunk") if anatomical else ("trunk",):
        np.testing.assert_allclose(found[joint][:, 0], middle + sway, atol=1e-4)


def test_a_somersault_goes_on_past_half_a_turn() -> None:
    angles = neutral(60)
    angles["trunk"][:, 0] = np.linspace(-10, 340, 60)
    np.testing.assert_allclose(computed(markers_of(angles, anatomical=True))["trunk"], angles["trunk"], atol=1e-4)


def test_deep_flexion_does_not_wrap() -> None:
    angles = neutral(100)
    for side in "RL":
        angles[f"knee_{side}"][:, 0] = np.linspace(0, 165, 100)
        angles[f"hip_{side}"][:, 0] = np.linspace(-30, 150, 100)
        angles[f"shoulder_{side}"][:, 0] = np.linspace(-60, 200, 100)
        angles[f"elbow_{side}"][:, 0] = np.linspace(0, 160, 100)
    np.testing.assert_allclose(computed(markers_of(angles, True)).degrees, expected_of(angles), atol=1e-4)


def test_a_missing_marker_empties_what_depends_on_it_and_nothing_else() -> None:
    markers = markers_of(neutral(3), anatomical=False)
    markers["RAnkle"][1] = np.nan
    full, found = computed(markers_of(neutral(3), False)), computed(markers)
    assert np.isnan(found["knee_R"][1]).all()
    assert np.isnan(found["ankle_R"][1]).all()
    rest = [i for i, joint in enumerate(JOINTS) if joint not in ("knee_R", "ankle_R")]
    np.testing.assert_array_equal(found.degrees[1, rest], full.degrees[1, rest])
    np.testing.assert_array_equal(found.degrees[[0, 2]], full.degrees[[0, 2]])


def test_no_markers_give_no_angles() -> None:
    found = joint_angles(np.array([0.0]), ["Nose"], np.zeros((1, 1, 3)))
    assert np.isnan(found.degrees).all()
    assert not found.defined.any()
    assert np.isnan(found.heading)


def test_a_mix_of_anatomical_legs_and_plain_arms_is_told_apart() -> None:
    markers = markers_of(neutral(), anatomical=True)
    found = computed({name: track for name, track in markers.items() if "elbow" not in name and "wrist" not in name})
    assert found.defined[JOINTS.index("knee_R")].all()
    assert found.defined[JOINTS.index("elbow_R")].tolist() == [True, False, False]


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 2 frames and 1 markers"):
        joint_angles(np.zeros(2), ["Hip"], np.zeros((1, 1, 3)))
    with pytest.raises(ValueError, match="do not fit 2 frames and 12 joints"):
        JointAngles(np.zeros(2), np.zeros((1, 12, 3)), np.zeros((12, 3), bool), 0.0)


def test_angles_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        computed(markers_of(neutral(), False)).degrees[0] = 1


@FEWER
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.booleans())
@pytest.mark.filterwarnings("error")
def test_whatever_the_markers_do_angles_stay_in_their_ranges(seed: int, missing: float, anatomical: bool) -> None:
    rng = np.random.default_rng(seed)
    names, positions = stacked(markers_of(neutral(6), anatomical))
    positions = np.round(positions + rng.normal(0, rng.choice([0, 0.1, 2.0]), positions.shape), 1)
    positions[rng.random(positions.shape[:2]) < missing] = np.nan
    found = joint_angles(np.arange(6) / 30, names, positions)
    for row in CONVENTIONS:
        for joint in (j for j in JOINTS if j.split("_")[0] == row.joint):
            angles = found[joint][:, ("flex", "abd", "rot").index(row.angle)]
            angles = angles[np.isfinite(angles)]
            turning_freely = row.angle in ("flex", "rot") and row.joint in ("pelvis", "trunk")
            assert turning_freely or (np.abs(angles - row.centre) <= 180 + 1e-9).all()
            assert found.defined[JOINTS.index(joint), ("flex", "abd", "rot").index(row.angle)] or len(angles) == 0
    analyse_movement(names, positions, found)


@pytest.mark.slow
def test_ten_minutes_take_seconds() -> None:
    names, positions = stacked(markers_of(neutral(36_000), anatomical=True))
    start = time.perf_counter()
    joint_angles(np.arange(36_000) / 60, names, positions)
    assert time.perf_counter() - start < 20


def test_importing_kinematics_loads_no_scipy() -> None:
    code = (
        "import sys, humanpose3d.kinematics.events, humanpose3d.kinematics.opensim; assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
