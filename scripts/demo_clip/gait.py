"""Joint angles of level walking, as short Fourier series of the gait cycle.

The series were fitted to the key points that textbooks show; they are plausible, not normative data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from demo_clip.rig import BONES, INDEX, Array, rotation

CYCLE = 1.1  #: seconds from one heel strike to the next of the same foot
HEADING = 35.0  #: degrees from facing the camera towards the person's left
SPEED = 1.1  #: m/s, the belt's speed: that of the standing foot under the pelvis

# Degrees: a0, a1, b1, a2, b2, ... of a0 + sum a_k cos(2 pi k p) + b_k sin(2 pi k p); p = 0 at heel strike.
HIP_FLEXION = (13, 19.4, -3, -2.8, -2, -0.3, 1)
KNEE_FLEXION = (22.2, -2.3, -19, -14.4, 6.7, -0.4, 4.4, -0.3, 0.5)
ANKLE_DORSIFLEXION = (0, -1.4, 5.4, 1.4, -6.6, -2.9, 0.9, 2, -0.4)


def series(coefficients: tuple[float, ...], phase: Array) -> Array:
    """Angle in degrees at phases of the cycle."""
    angle = np.full(phase.shape, float(coefficients[0]))
    pairs = zip(coefficients[1::2], coefficients[2::2], strict=True)
    for k, (a, b) in enumerate(pairs, start=1):
        angle += a * np.cos(2 * np.pi * k * phase) + b * np.sin(2 * np.pi * k * phase)
    return angle


def joint_rotations(time: ArrayLike) -> Array:
    """Rotation of each bone in its parent's axes while walking.

    Parameters
    ----------
    time : array (...)
        Seconds; the left heel strikes at 0.

    Returns
    -------
    array (..., bones, 3, 3)
        For `demo_clip.rig.forward_kinematics`.
    """
    left = np.asarray(time, dtype=np.float64) / CYCLE
    swing = np.cos(2 * np.pi * left)
    local: Array = np.broadcast_to(np.eye(3), (*left.shape, len(BONES), 3, 3)).copy()

    def turn(bone: str, *turns: tuple[str, float | Array]) -> None:
        for axis, degrees in turns:
            local[..., INDEX[bone], :, :] = local[..., INDEX[bone], :, :] @ rotation(axis, degrees)

    turn("pelvis", ("y", HEADING - 5 * swing), ("z", 3 * np.sin(2 * np.pi * left)), ("x", 7.0))
    turn("lumbar", ("x", -4.0), ("z", -3 * np.sin(2 * np.pi * left)), ("y", 4 * swing))
    turn("chest", ("y", 6 * swing))
    turn("head", ("y", -5 * swing), ("x", -3.0))
    for side, sign, phase in (("l", 1, left), ("r", -1, left + 0.5)):
        q = 2 * np.pi * (phase + 0.5)
        turn(f"thigh_{side}", ("x", -series(HIP_FLEXION, phase)))
        turn(f"shank_{side}", ("x", series(KNEE_FLEXION, phase)))
        turn(f"foot_{side}", ("x", -series(ANKLE_DORSIFLEXION, phase)), ("y", sign * 5.0))
        turn(f"upper_arm_{side}", ("x", -(4 + 22 * np.cos(q + 0.2))), ("z", sign * 12.0))
        turn(f"forearm_{side}", ("x", -(24 + 14 * np.cos(q))), ("z", sign * -6.0))
    return local
