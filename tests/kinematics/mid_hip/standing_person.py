"""A stick figure whose feet are on the floor or off it, and whose hips are where a test wants them."""

import numpy as np

THIGH = SHANK = 0.42
ANKLE = 0.08
STANDING = 0.9


def person(hips: np.ndarray, lift: np.ndarray | float = 0.0, lean: float = 0.0) -> dict[str, np.ndarray]:
    """Markers (N, 3), y up, of a person who looks along z.

    `hips` (N, 3) are the middle of the hips, `lift` (N,) the height of the feet above the floor, and `lean` how far the
    shoulders are before the hips, metres.
    """
    lift = np.broadcast_to(lift, len(hips))
    found = {}
    for side, x in (("R", -0.1), ("L", 0.1)):
        ankle = np.stack([0 * lift + x, lift + ANKLE, 0 * lift], axis=1)
        hip = hips + np.array([x, 0, 0])
        straight = hip - ankle
        reach = np.minimum(np.linalg.norm(straight, axis=1), THIGH + SHANK - 1e-6)[:, None]
        out = np.cross([1.0, 0.0, 0.0], straight / np.linalg.norm(straight, axis=1, keepdims=True))
        found |= {
            f"{side}Hip": hip,
            f"{side}Knee": (hip + ankle) / 2 + out * np.sqrt(THIGH**2 - (reach / 2) ** 2),
            f"{side}Ankle": ankle,
            f"{side}Heel": ankle - [0, ANKLE, 0.05],
            f"{side}BigToe": ankle - [0, ANKLE, -0.18],
            f"{side}Shoulder": hip + np.array([0, 0.5, lean]),
        }
    return found


def at(height: np.ndarray, back: np.ndarray | float = 0.0) -> np.ndarray:
    """Places of the hips (N, 3) at a height and behind the ankles."""
    sway = 1e-4 * np.sin(np.arange(len(height)))  # nobody is a statue
    return np.stack([sway, height, -np.broadcast_to(back, len(height)) + 0 * sway], axis=1)
