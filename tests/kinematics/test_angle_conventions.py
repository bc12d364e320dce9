from pathlib import Path

import numpy as np
import pytest
from posed_body import markers_of, neutral, stacked

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, CONVENTIONS, JOINT_NAMES, Convention, convention_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "angles.md"


def documented() -> list[Convention]:
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    start = lines.index("| joint | angle | order | turn | positive | zero | around | 22 markers |") + 2
    rows = []
    for line in lines[start:]:
        if not line:
            break
        joint, angle, order, turn, positive, zero, around, body = (cell.strip() for cell in line.strip("|").split("|"))
        centre = int(around.removesuffix("°"))
        rows.append(Convention(joint, angle, order, turn.replace("−", "-"), positive, zero, centre, body))  # type: ignore[arg-type]
    return rows


def test_the_page_shows_the_table_that_is_computed_by() -> None:
    assert documented() == list(CONVENTIONS)


def test_the_page_shows_the_drawing() -> None:
    assert "assets/joint_angles.svg" in PAGE.read_text(encoding="utf-8")
    assert (PAGE.parent / "assets" / "joint_angles.svg").is_file()


def test_every_angle_of_every_joint_has_one_row() -> None:
    assert len({(row.joint, row.angle) for row in CONVENTIONS}) == len(CONVENTIONS) == 21
    for joint in JOINT_NAMES:
        for angle in ANGLE_NAMES:
            assert joint.startswith(convention_of(joint, angle).joint)


def test_the_joints_are_in_the_order_of_the_joint_network() -> None:
    coco = pytest.importorskip("humanpose3d.loaders.networks.coco", reason="the networks are not installed")
    assert coco.JOINT_ANGLES == JOINT_NAMES


@pytest.mark.parametrize("row", CONVENTIONS, ids=lambda row: f"{row.joint} {row.angle}")
def test_each_row_says_about_which_axis_its_angle_turns(row: Convention) -> None:
    """A right-handed turn of the distal segment about the named axis, from standing, is that angle and no other."""
    turn = 20.0 * (-1 if row.turn[0] == "-" else 1)
    column = {"Z": 0, "X": 1, "Y": 2}[row.turn[1]]
    assert ANGLE_NAMES[column] == row.angle
    joint = row.joint if row.joint in JOINT_NAMES else f"{row.joint}_R"
    angles = neutral(3)
    angles[joint][1, column] = 20.0
    markers = markers_of(angles, anatomical=True)
    names, positions = stacked(markers)
    found = joint_angles(np.arange(3) / 30, names, positions)
    assert found[joint][1, column] == pytest.approx(20.0)
    assert np.delete(found[joint][1], column) == pytest.approx([0, 0], abs=1e-9)

    axis = np.eye(3)[{"X": 0, "Y": 1, "Z": 2}[row.turn[1]]]
    probe = _end_of(row.joint)
    moved = markers[probe][1] - markers[probe][0]
    lever = markers[probe][0] - markers[_centre_of(row.joint)][0]
    assert np.dot(np.cross(lever, moved), axis) * turn > 0


def _end_of(joint: str) -> str:
    ends = {"pelvis": "r.ASIS_study", "trunk": "RShoulder", "hip": "r_knee_study", "knee": "r_ankle_study"}
    return {**ends, "ankle": "r_5meta_study", "shoulder": "r_lelbow_study", "elbow": "r_lwrist_study"}[joint]


def _centre_of(joint: str) -> str:
    centres = {"hip": "RHip", "knee": "RKnee", "ankle": "RAnkle", "shoulder": "RShoulder", "elbow": "RElbow"}
    return {"pelvis": "Hip", "trunk": "Hip", **centres}[joint]
