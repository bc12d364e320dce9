"""People who walk as told: markers of a gait with a known period, asymmetry, speed and way."""

import numpy as np
from posed_body import markers_of, neutral

FEET = ("RHip", "LHip", "RKnee", "LKnee", "RAnkle", "LAnkle", "RHeel", "LHeel")


def walker(
    times: np.ndarray,
    *,
    period: float = 1.1,
    left_after: float = 0.5,
    speed: float = 0.0,
    turning: float = 0.0,
    swing: float = 22.0,
    marching: bool = False,
) -> dict[str, np.ndarray]:
    """Markers at `times`; the left leg follows the right one by `left_after` of a period.

    A speed of zero keeps the hips in place, as MediaPipe does. `turning` is in degrees/s.
    """
    angles = neutral(len(times))
    for side, phase in (("R", times / period), ("L", times / period - left_after)):
        turn = 2 * np.pi * phase
        angles[f"hip_{side}"][:, 0] = 13 + swing * np.cos(turn)
        angles[f"knee_{side}"][:, 0] = 30 - 5 * np.cos(turn) - 25 * np.sin(turn)
        if marching:
            angles[f"hip_{side}"][:, 0] = np.maximum(0, 60 * np.cos(turn))
            angles[f"knee_{side}"][:, 0] = np.maximum(0, 60 * np.cos(turn))
    heading = turning * times
    angles["pelvis"][:, 2] = heading + 4 * np.sin(2 * np.pi * times / period)
    angles["trunk"][:, 2] = heading
    forward = np.stack([np.cos(np.deg2rad(heading)), 0 * heading, -np.sin(np.deg2rad(heading))], axis=-1)
    way = np.cumsum(forward * speed * np.gradient(times)[:, np.newaxis], axis=0)
    return {name: track + way for name, track in markers_of(angles, anatomical=False).items()}
