"""A body of known angles: markers from joint angles, written apart from the code that goes the other way."""

import numpy as np
from scipy.spatial.transform import Rotation

JOINTS = [
    "pelvis", "hip_R", "hip_L", "knee_R", "knee_L", "ankle_R", "ankle_L",
    "trunk", "shoulder_R", "shoulder_L", "elbow_R", "elbow_L",
]  # fmt: skip
THIGH, SHANK, UPPER_ARM, FOREARM = 0.43, 0.42, 0.31, 0.26
MOST = {"hip": (-30, 120), "knee": (0, 140), "ankle": (-40, 30), "shoulder": (-50, 100), "elbow": (0, 140)}


def neutral(frames: int = 1) -> dict[str, np.ndarray]:
    """Standing: every angle zero."""
    return {joint: np.zeros((frames, 3)) for joint in JOINTS}


def markers_of(angles: dict[str, np.ndarray], anatomical: bool) -> dict[str, np.ndarray]:
    """Pose the body; angles are (T, 3) flexion, abduction, rotation for each joint, markers (T, 3) by name.

    In the room y is up; a heading of zero faces along x.
    """
    point: dict[str, np.ndarray] = {}

    def place(name: str, origin: np.ndarray, turn: Rotation, *offset: float) -> None:
        point[name] = origin + turn.apply(offset)

    frames = len(angles["pelvis"])
    origin = np.tile([0.3, 0.95, -0.2], (frames, 1))
    pelvis = Rotation.from_euler("YXZ", angles["pelvis"][:, [2, 1, 0]] * [1, 1, -1], degrees=True)
    trunk = Rotation.from_euler("YXZ", angles["trunk"][:, [2, 1, 0]] * [1, 1, -1], degrees=True)
    place("Hip", origin, pelvis, 0, 0, 0)
    place("Neck", origin, trunk, 0, 0.5, 0)
    place("Head", origin, trunk, 0, 0.8, 0)
    place("Nose", origin, trunk, 0.12, 0.68, 0)
    for side, right, s in (("R", 1, "r"), ("L", -1, "L")):

        def joint(name: str, flexion: int, side: str = side, right: int = right) -> Rotation:
            turns = angles[f"{name}_{side}"] * [flexion, -right, right]
            return Rotation.from_euler("ZXY", turns, degrees=True)

        thigh = pelvis * joint("hip", 1)
        shank = thigh * joint("knee", -1)
        foot = shank * joint("ankle", 1)
        upper_arm = trunk * joint("shoulder", 1)
        forearm = upper_arm * joint("elbow", 1)
        place(f"{side}Hip", origin, pelvis, 0, 0, right * 0.09)
        place(f"{side}Knee", point[f"{side}Hip"], thigh, 0, -THIGH, 0)
        place(f"{side}Ankle", point[f"{side}Knee"], shank, 0, -SHANK, 0)
        ankle = point[f"{side}Ankle"]
        place(f"{side}Heel", ankle, foot, -0.05, -0.06, 0)
        place(f"{side}BigToe", ankle, foot, 0.2, -0.06, 0)
        place(f"{side}SmallToe", ankle, foot, 0.15, -0.06, right * 0.05)
        place(f"{side}Shoulder", point["Neck"], trunk, 0, 0, right * 0.18)
        place(f"{side}Elbow", point[f"{side}Shoulder"], upper_arm, 0, -UPPER_ARM, 0)
        place(f"{side}Wrist", point[f"{side}Elbow"], forearm, 0, -FOREARM, 0)
        if anatomical:
            place(f"{s}.ASIS_study", origin, pelvis, 0.08, 0.1, right * 0.12)
            place(f"{s}.PSIS_study", origin, pelvis, -0.1, 0.1, right * 0.05)
            point[f"{side}HJC_study"] = point[f"{side}Hip"]
            for outward, lateral in ((1, ""), (-1, "m")):
                z = right * outward
                place(f"{s}_{lateral}knee_study", point[f"{side}Knee"], thigh, 0, 0, z * 0.05)
                place(f"{s}_{lateral}ankle_study", ankle, shank, 0, 0, z * 0.04)
                place(f"{s}_{lateral or 'l'}elbow_study", point[f"{side}Elbow"], upper_arm, 0, 0, z * 0.035)
                place(f"{s}_{lateral or 'l'}wrist_study", point[f"{side}Wrist"], forearm, 0, 0, z * 0.025)
            place(f"{s}_calc_study", ankle, foot, -0.05, -0.06, 0)
            place(f"{s}_toe_study", ankle, foot, 0.15, -0.06, right * -0.04)
            place(f"{s}_5meta_study", ankle, foot, 0.11, -0.06, right * 0.04)
    return point


def stacked(markers: dict[str, np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Names and positions (T, M, 3)."""
    return list(markers), np.stack(list(markers.values()), axis=1)
