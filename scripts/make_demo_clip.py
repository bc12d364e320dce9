"""Render the demo clip: a person who walks, with the exact truth about every landmark.

Writes two files, the same at every run:

``walk.mp4``
    H.264, 480 x 640, 30 frames per second, 120 frames.
``walk_truth.npz``
    ``camera`` (120, 33, 3) float32: MediaPipe's 33 landmarks in metres, in camera axes (x right, y down,
    z away; the camera is the origin).
    ``world`` (120, 33, 3) float32: the same in the world (x right, y up from the floor, z towards the camera).
    ``pixel`` (120, 33, 2) float32: their projections (x, y) in pixels; the image's corner is (0, 0), so
    MediaPipe's normalised coordinates times (480, 640) compare directly.
    ``time`` (120,) float64: seconds of the frames.
    ``camera_matrix`` (3, 3) float64: homogeneous pixel = camera_matrix @ camera point.

Usage: ``python scripts/make_demo_clip.py [--output DIR]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from demo_clip.camera import clip_camera
from demo_clip.encode import write_h264
from demo_clip.render import render
from demo_clip.walker import walker_at
from numpy.typing import NDArray

RATE = 30  #: frames per second
FRAMES = 120
_OUTPUT = Path(__file__).resolve().parent.parent / "humanpose3d" / "demo" / "data"


def frame_times() -> NDArray[np.float64]:
    """Time stamps of the clip's frames in seconds, array (120,)."""
    return np.arange(FRAMES) / RATE


def truth() -> dict[str, Any]:
    """Arrays of ``walk_truth.npz`` by key; see the module's description."""
    camera, time = clip_camera(), frame_times()
    world = np.stack([walker_at(t).landmarks for t in time])
    return {
        "camera": camera.view(world).astype(np.float32),
        "world": world.astype(np.float32),
        "pixel": camera.project(world).astype(np.float32),
        "time": time,
        "camera_matrix": camera.intrinsics,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Make both files; returns the exit code."""
    parser = argparse.ArgumentParser(description="Render the demo clip of a walking person, with its truth.")
    parser.add_argument("--output", type=Path, default=_OUTPUT, metavar="DIR", help="folder for the two files")
    output = parser.parse_args(arguments).output
    try:
        output.mkdir(parents=True, exist_ok=True)
        write_h264(output / "walk.mp4", (render(t) for t in frame_times()), RATE)
        np.savez_compressed(output / "walk_truth.npz", **truth())
    except OSError as error:
        print(f"The demo clip cannot be written to {output}: {error}. Choose another --output.", file=sys.stderr)
        return 1
    print(f"Wrote walk.mp4 and walk_truth.npz to {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
