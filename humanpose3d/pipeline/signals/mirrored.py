"""Average the detection in a video with the detection in its mirrored frames, which lowers the error."""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import HIPS, MIRRORED, middle
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["average_with_mirrored", "unmirrored"]


def unmirrored(mirrored: Landmarks) -> Landmarks:
    """Convert a detection in mirrored frames (left edge becomes right edge) back: image, world, and names."""
    return replace(
        mirrored,
        world=mirrored.world[:, MIRRORED] * [-1.0, 1.0, 1.0],
        image=mirrored.image[:, MIRRORED] * [-1.0, 1.0] + [1.0, 0.0],
        visibility=mirrored.visibility[:, MIRRORED],
    )


def average_with_mirrored(landmarks: Landmarks, mirrored: Landmarks) -> tuple[Landmarks, dict[str, int]]:
    """Average a detection with the detection in the mirrored frames of the same video.

    Both should have been through the swap repair, the mirrored one after :func:`unmirrored`: the mean of an exchanged
    and a correct frame is a body without width. Where only one is there, it stays; in space both are centred on the
    middle of the hips. The report gives ``frames_averaged`` and ``frames_from_one``.
    """
    if len(landmarks.times) != len(mirrored.times) or not np.allclose(landmarks.times, mirrored.times):
        raise ValueError(
            f"both detections must have the same frames, not {len(landmarks.times)} and {len(mirrored.times)}"
        )
    both = landmarks.detected & mirrored.detected
    return replace(
        landmarks,
        world=_mean(_centred(landmarks.world), _centred(mirrored.world)),
        image=_mean(landmarks.image, mirrored.image),
        visibility=_mean(landmarks.visibility, mirrored.visibility),
    ), {
        "frames_averaged": int(both.sum()),
        "frames_from_one": int((landmarks.detected ^ mirrored.detected).sum()),
    }


def _centred(world: FloatArray) -> FloatArray:
    return world - middle(world, HIPS)


def _mean(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.where(np.isnan(first), second, np.where(np.isnan(second), first, (first + second) / 2))
