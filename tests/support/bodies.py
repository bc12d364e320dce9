"""A body that moves in a known way, and a camera that sees it."""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import BODY, HIPS, MIRRORED
from humanpose3d.pipeline.signals.fit.anatomy import lateral_directions
from humanpose3d.pipeline.signals.fit.landmark_offsets import landmark_offsets
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks

STATURE = 1.7
SIZE = (1080, 1920)
FOCAL_LENGTH = 0.85

# Standing, of usual proportions, facing the camera, metres: x to the image's right (the person's left), y down, z away;
# origin mid-hip.
LEFT = {
    "eye_inner": (0.015, -0.68, -0.1),
    "eye": (0.03, -0.68, -0.1),
    "eye_outer": (0.045, -0.68, -0.09),
    "ear": (0.075, -0.66, 0.0),
    "shoulder": (0.171, -0.5, 0.0),
    "elbow": (0.24, -0.22, 0.02),
    "wrist": (0.26, 0.03, -0.06),
    "pinky": (0.27, 0.1, -0.07),
    "index": (0.25, 0.11, -0.09),
    "thumb": (0.24, 0.07, -0.09),
    "hip": (0.0855, 0.0, 0.0),
    "knee": (0.11, 0.42, -0.03),
    "ankle": (0.1, 0.83, 0.02),
    "heel": (0.1, 0.88, 0.06),
    "foot_index": (0.11, 0.9, -0.14),
}
NOSE, MOUTH = (0.0, -0.64, -0.12), (0.025, -0.6, -0.1)


def standing() -> np.ndarray:
    """Shape (33, 3)."""
    points = []
    for name in LANDMARK_NAMES:
        part = name.replace("left_", "").replace("right_", "")
        point = NOSE if name == "nose" else MOUTH if part.startswith("mouth") else LEFT[part]
        points.append(np.array(point) * ([-1, 1, 1] if "right" in name else [1, 1, 1]))
    return np.array(points)


def marching(frames: int, rate: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) and positions (T, 33, 3): arms and legs swing forwards and backwards, the body turns a little."""
    times = np.arange(frames) / rate
    world = np.broadcast_to(standing(), (frames, 33, 3)).copy()
    swing = 0.5 * np.sin(2 * np.pi * 0.9 * times)
    for side, sign in (("left", 1), ("right", -1)):
        for joint, part, phase in (("hip", _LEG, 1), ("shoulder", _ARM, -1)):
            _swing(world, side, joint, part, sign * phase * swing)
    return times, np.einsum("tij,tkj->tki", _about_y(0.3 + 0.2 * np.sin(2 * np.pi * 0.4 * times)), world)


def legs_alike(frames: int, rate: float = 30.0) -> Landmarks:
    """Somebody from the side whose legs swing in turn while nothing else moves: no picture tells one from the other."""
    times = np.arange(frames) / rate
    world = np.broadcast_to(standing(), (frames, 33, 3)).copy()
    swing = 0.5 * np.sin(2 * np.pi * 0.9 * times)
    for side, sign in (("left", 1), ("right", -1)):
        _swing(world, side, "hip", _LEG, sign * swing)
    landmarks = seen(times, world[..., [2, 1, 0]] * [1, 1, -1])
    image = landmarks.image.copy()
    image[:, HIPS] = image[:, HIPS].mean(axis=1, keepdims=True)  # else they go with their legs
    return replace(landmarks, image=image)


_ARM = ("elbow", "wrist", "pinky", "index", "thumb")
_LEG = ("knee", "ankle", "heel", "foot_index")


def _swing(world: np.ndarray, side: str, joint: str, limb: tuple[str, ...], angle: np.ndarray) -> None:
    """Turn a limb forwards and backwards about the joint it hangs on; changes `world`."""
    about = LANDMARK_NAMES.index(f"{side}_{joint}")
    moved = [LANDMARK_NAMES.index(f"{side}_{name}") for name in limb]
    turned = np.einsum("tij,tkj->tki", _about_x(angle), world[:, moved] - world[:, [about]])
    world[:, moved] = turned + world[:, [about]]


def seen(
    times: np.ndarray,
    world: np.ndarray,
    *,
    at: tuple[float, float, float] | np.ndarray = (0.0, -0.33, 4.0),
    visibility: float = 1.0,
) -> Landmarks:
    """What a perfect detector sees of a body whose middle of the hips is at `at`, in metres from the camera.

    In the picture its landmarks lie beside the joints as the pose model's do. By default the whole body is in the
    middle of the picture, where the pose model's axes are the camera's.
    """
    points = world + at
    body, all_there = points[:, BODY], np.ones((len(times), len(BODY)), bool)
    points[:, BODY] += landmark_offsets(body, lateral_directions(times, body, all_there), all_there, STATURE)
    pixels = points[..., :2] / points[..., 2:] * FOCAL_LENGTH * max(SIZE)
    return Landmarks(times, world, pixels / SIZE + 0.5, np.full(world.shape[:2], visibility))


def with_swaps(landmarks: Landmarks, frames: np.ndarray | slice, part: np.ndarray | None = None) -> Landmarks:
    """Exchange left and right, of a part of the body, in some frames."""
    part = np.arange(33) if part is None else part
    arrays = []
    for values in (landmarks.world, landmarks.image, landmarks.visibility):
        changed = values.copy()
        block = values[frames].copy()
        block[:, part] = values[frames][:, MIRRORED[part]]
        changed[frames] = block
        arrays.append(changed)
    return Landmarks(landmarks.times, *arrays)


def without(landmarks: Landmarks, frames: slice | int, part: object = slice(None)) -> Landmarks:
    """Leave out samples."""
    arrays = [landmarks.world.copy(), landmarks.image.copy(), landmarks.visibility.copy()]
    for values in arrays:
        values[frames, part] = np.nan
    return Landmarks(landmarks.times, *arrays)


def mirror_image(landmarks: Landmarks) -> Landmarks:
    """The same in a mirror: another person, whose left is the first one's right."""
    return Landmarks(
        landmarks.times,
        landmarks.world[:, MIRRORED] * [-1, 1, 1],
        landmarks.image[:, MIRRORED] * [-1, 1] + [1, 0],
        landmarks.visibility[:, MIRRORED],
    )


def _about_x(angle: np.ndarray) -> np.ndarray:
    turn = np.broadcast_to(np.eye(3), (len(angle), 3, 3)).copy()
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 2, 1], turn[:, 1, 2] = np.sin(angle), -np.sin(angle)
    return turn


def _about_y(angle: np.ndarray) -> np.ndarray:
    turn = np.broadcast_to(np.eye(3), (len(angle), 3, 3)).copy()
    turn[:, 0, 0] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 0, 2], turn[:, 2, 0] = np.sin(angle), -np.sin(angle)
    return turn
