"""The embedded demo: a rendered video, its exact 3D truth, and a models repository.

This folder gives the paths of its data. It never needs a network and never writes to them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def clip_path() -> Path:
    """Return the path of the demo video: a rendered person walking, 4 s, 480 x 640."""
    return _DATA / "walk.mp4"


def truth_path() -> Path:
    """Return the path of the clip's true 3D positions (``.npz``; keys as in ``scripts/make_demo_clip.py``)."""
    return _DATA / "walk_truth.npz"


def models_bundle_path() -> Path:
    """Return the path of the embedded models repository, a git bundle."""
    return _DATA / "models.bundle"


@contextlib.contextmanager
def demo_environment(home: Path) -> Iterator[None]:
    """Let the resolver fetch from the embedded repository into `home` for the length of the context."""
    ours = {"HUMANPOSE3D_HOME": str(home), "HUMANPOSE3D_MODELS_URL": str(models_bundle_path())}
    hidden = ("HUMANPOSE3D_MODELS_REVISION", "HUMANPOSE3D_MODELS_PATH")
    before = {name: os.environ.get(name) for name in (*ours, *hidden)}
    os.environ.update(ours)
    for name in hidden:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
