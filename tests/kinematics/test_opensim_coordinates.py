import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from posed_body import MOST, markers_of, neutral, stacked
from scipy.spatial.transform import Rotation

from humanpose3d.formats.mot import write_mot
from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.opensim import angles_of_coordinates, opensim_coordinates

LUMBAR_OF_POSE2SIM = ("L5_S1_Flex_Ext", "L5_S1_Lat_Bending", "L5_S1_axial_rotation")


def coordinates(angles: dict[str, np.ndarray], anatomical: bool) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    markers = markers_of(angles, anatomical)
    names, positions = stacked(markers)
    found = joint_angles(np.arange(len(positions)) / 30, names, positions)
    columns, values = opensim_coordinates(found, markers["Hip"])
    return dict(zip(columns, values.T, strict=True)), markers


def model_markers(value: dict[str, np.ndarray], right: int) -> dict[str, np.ndarray]:
    """Pose a model with Rajagopal's joints: Z X Y in this order, X and Y turned round on the left side."""
    s = "r" if right == 1 else "l"

    def turn(*names: str | None, side: int = 1) -> Rotation:
        angles = [float(value[name][0]) if name else 0.0 for name in names]
        return Rotation.from_euler("ZXY", np.array(angles) * [1, side, side], degrees=True)

    pelvis = turn("pelvis_tilt", "pelvis_list", "pelvis_rotation")
    torso = pelvis * turn("lumbar_extension", "lumbar_bending", "lumbar_rotation")
    thigh = pelvis * turn(f"hip_flexion_{s}", f"hip_adduction_{s}", f"hip_rotation_{s}", side=right)
    shank = thigh * Rotation.from_euler("Z", -value[f"knee_angle_{s}"][0], degrees=True)
    arm = torso * turn(f"arm_flex_{s}", f"arm_add_{s}", f"arm_rot_{s}", side=right)
    forearm = arm * turn(f"elbow_flex_{s}", None, f"pro_sup_{s}", side=right)
    return {
        "Hip": pelvis.apply([0, 0, right * 0.09]),
        "Knee": thigh.apply([0, -0.43, 0]),
        "Ankle": shank.apply([0, -0.42, 0]),
        "Neck": torso.apply([0, 0.5, 0]),
        "Elbow": arm.apply([0, -0.31, 0]),
        "Wrist": forearm.apply([0, -0.26, 0]),
    }


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_model_posed_by_the_coordinates_stands_as_the_body_does(data: st.DataObject) -> None:
    angles = neutral()
    angles["pelvis"][0] = [data.draw(st.floats(-40, 40)) for _ in range(3)]
    angles["trunk"][0] = [data.draw(st.floats(-40, 40)) for _ in range(3)]
    for joint, (low, high) in MOST.items():
        for side in "RL":
            angles[f"{joint}_{side}"][0, 0] = data.draw(st.floats(low, high))
            if joint in ("hip", "shoulder"):
                angles[f"{joint}_{side}"][0, 1:] = data.draw(st.floats(-20, 40)), data.draw(st.floats(-30, 30))
    value, markers = coordinates(angles, anatomical=True)
    heading = Rotation.from_euler("Y", -angles["pelvis"][0, 2], degrees=True)
    for side, right in (("R", 1), ("L", -1)):
        model = model_markers(value, right)
        for end, start in (("Hip", ""), ("Knee", "Hip"), ("Ankle", "Knee"), ("Elbow", "Shoulder"), ("Wrist", "Elbow")):
            body = markers[side + end] - markers[side + start if start else "Hip"]
            np.testing.assert_allclose(model[end], heading.apply(body)[0], atol=1e-6, err_msg=side + end)
        np.testing.assert_allclose(model["Neck"], heading.apply(markers["Neck"] - markers["Hip"])[0], atol=1e-6)
    place = np.array([value[f"pelvis_t{axis}"][0] for axis in "xyz"])
    np.testing.assert_allclose(place, heading.apply(markers["Hip"])[0], atol=1e-6)


def test_without_a_pelvic_tilt_the_thighs_still_point_where_they_do() -> None:
    angles = neutral()
    angles["pelvis"][0] = angles["trunk"][0] = [35.0, 0, 20.0]
    angles["hip_R"][0, 0] = 80
    value, _ = coordinates(angles, anatomical=False)
    assert value["pelvis_tilt"][0] == pytest.approx(-35)
    assert value["hip_flexion_r"][0] == pytest.approx(80)
    assert value["lumbar_extension"][0] == pytest.approx(0)


def test_what_the_markers_do_not_define_is_left_out_and_gaps_are_filled() -> None:
    angles = neutral(20)
    angles["knee_R"][:, 0] = np.linspace(0, 19, 20)
    markers = markers_of(angles, anatomical=False)
    markers["RAnkle"][5:8] = np.nan
    markers["RAnkle"][18:] = np.nan
    names, positions = stacked(markers)
    found = joint_angles(np.arange(20) / 30, names, positions)
    columns, values = opensim_coordinates(found)
    assert not {"hip_rotation_r", "arm_rot_l", "pro_sup_r", "pelvis_tx"} & set(columns)
    assert np.isfinite(values).all()
    knee = values[:, columns.index("knee_angle_r")]
    np.testing.assert_allclose(knee, np.minimum(np.arange(20), 17), atol=1e-6)
    stream = io.StringIO()
    write_mot(stream, columns, found.times, values)
    assert "knee_angle_r" in stream.getvalue()


def test_nobody_has_no_coordinates() -> None:
    found = joint_angles(np.arange(3) / 30, ["Hip"], np.full((3, 1, 3), np.nan))
    columns, values = opensim_coordinates(found)
    assert columns == ()
    assert values.shape == (3, 0)


def there_and_back(angles: dict[str, np.ndarray], *, anatomical: bool, rows: slice = slice(None)) -> list[JointAngles]:
    names, positions = stacked(markers_of(angles, anatomical))
    own = joint_angles(np.arange(len(positions)) / 30, names, positions)
    columns, values = opensim_coordinates(own)
    of_pose2sim = dict(zip(("lumbar_extension", "lumbar_bending", "lumbar_rotation"), LUMBAR_OF_POSE2SIM, strict=True))
    names = [of_pose2sim.get(name, name) for name in columns]
    return [own, angles_of_coordinates(names, own.times[rows], values[rows], own)]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_coordinates_become_the_angles_that_they_were_made_of(data: st.DataObject) -> None:
    angles = neutral(3)
    for joint in ("pelvis", "trunk", "hip_R", "hip_L", "shoulder_R", "shoulder_L"):
        most = 20 if joint in ("pelvis", "trunk") else 40  # no spine twists farther
        angles[joint][:] = [data.draw(st.floats(-most, most)) for _ in range(3)]
    for joint, (low, high) in MOST.items():
        for side in "RL":
            angles[f"{joint}_{side}"][:, 0] = data.draw(st.floats(low, high))
    own, found = there_and_back(angles, anatomical=True)
    forearms = [own.names.index(f"elbow_{side}") for side in "RL"]
    known = np.isfinite(found.degrees)
    assert known[..., 0].all()
    assert known[:, [i for i, name in enumerate(own.names) if not name.startswith(("knee", "ankle", "elbow"))]].all()
    assert not known[:, forearms, 2].any()
    np.testing.assert_allclose(found.degrees[known], own.degrees[known], atol=1e-6)


def test_what_no_marker_shows_is_the_model_s_and_stays_empty() -> None:
    angles = neutral(40)
    angles["knee_R"][20:, 0] = angles["elbow_R"][20:, 0] = 50
    own, found = there_and_back(angles, anatomical=False, rows=slice(5, None))
    assert not np.isfinite(found.degrees[:5]).any()  # frames that were not solved
    assert not np.isfinite(found["pelvis"][:, 0]).any()
    assert np.isfinite(found["hip_R"][5:, 0]).all()
    np.testing.assert_array_equal(np.isfinite(found["hip_R"][:, 2]), np.arange(40) >= 20)
    np.testing.assert_array_equal(np.isfinite(found["shoulder_R"][:, 2]), np.arange(40) >= 20)
    lost = replace(own, degrees=np.where(np.arange(40)[:, None, None] < 10, np.nan, own.degrees))
    columns, values = opensim_coordinates(own)
    assert not np.isfinite(angles_of_coordinates(columns, own.times, values, lost).degrees[:10]).any()
