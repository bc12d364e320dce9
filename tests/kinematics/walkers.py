"""People who walk as told: markers of a gait with a known period, asymmetry, speed and way."""

import numpy as np
from posed_body import markers_of, neutral

FEET = ("RHip", "LHip", "RKnee", "LKnee", "RAnkle", "LAnkle", "RHeel", "LHeel")

# Degrees, Fourier coefficients over the gait cycle, which begins with the heel strike; the toe leaves at 0.62 of it.
KNEE = (22.2, -2.3, -19, -14.4, 6.7, -0.4, 4.4, -0.3, 0.5)
HIP = (13, 19.4, -3, -2.8, -2, -0.3, 1)
ANKLE = (0, -1.4, 5.4, 1.4, -6.6, -2.9, 0.9, 2, -0.4)
TOE_OFF = 0.62


def series(coefficients: tuple[float, ...], phase: np.ndarray) -> np.ndarray:
    pairs = enumerate(zip(coefficients[1::2], coefficients[2::2], strict=True), start=1)
    waves = [a * np.cos(2 * np.pi * k * phase) + b * np.sin(2 * np.pi * k * phase) for k, (a, b) in pairs]
    return coefficients[0] + np.sum(waves, axis=0)


def textbook_walker(
    times: np.ndarray, *, period: float = 1.1, stance: dict[str, float], azimuth: float = 90.0
) -> dict[str, np.ndarray]:
    """Markers of a healthy gait at `times`, of which each foot's stance lasts its own share of the cycle.

    `azimuth` is that of the camera: 0 from the front, 90 from the person's left.
    """
    angles = neutral(len(times))
    for side, start in (("R", 0.0), ("L", 0.5)):
        phase = times / period - start
        share = phase - np.floor(phase)
        phase = np.interp(share, [0, stance[side], 1], [0, TOE_OFF, 1])
        for joint, curve in (("hip", HIP), ("knee", KNEE), ("ankle", ANKLE)):
            angles[f"{joint}_{side}"][:, 0] = series(curve, phase)
    angles["pelvis"][:, 2] = angles["trunk"][:, 2] = -90 - azimuth
    return markers_of(angles, anatomical=False)


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
