"""The embedded demo: a rendered video, its exact 3D truth, and a models repository.

This folder gives the paths of its data. It never needs a network and never writes to them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from humanpose3d.environment import environment

_DATA = Path(__file__).parent / "data"

CLIP_HEIGHT_M, CLIP_FOCAL_LENGTH_MM = 1.78, 51.9
"""Of the person and of the camera, this in terms of 35 mm film: what the demo's run is told, as for any video."""


def clip_path() -> Path:
    """Return the path of the demo video: a rendered person walking, 4 s, 480 x 640."""
    return _DATA / "walk.mp4"


def truth_path() -> Path:
    """Return the path of the clip's true 3D positions (``.npz``; keys as in ``scripts/make_demo_clip.py``)."""
    return _DATA / "walk_truth.npz"


def models_bundle_path() -> Path:
    """Return the path of the embedded models repository, a git bundle."""
    return _DATA / "models.bundle"


def demo_environment(home: Path) -> AbstractContextManager[None]:
    """Return a context in which the resolver fetches from the embedded repository into `home`."""
    return environment(
        {
            "HUMANPOSE3D_HOME": str(home),
            "HUMANPOSE3D_MODELS_URL": str(models_bundle_path()),
            "HUMANPOSE3D_MODELS_REVISION": None,
            "HUMANPOSE3D_MODELS_PATH": None,
        }
    )
