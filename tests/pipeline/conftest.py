"""The real pose model run once over the real inputs."""

from itertools import islice
from pathlib import Path

import pytest
from clips import encode

from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.pipeline.detection import detect_landmarks
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.pipeline.video import VideoReader


def detect(video: Path, model: Path) -> Landmarks:
    with VideoReader(video) as reader, load_pose_landmarker(model) as landmarker:
        return detect_landmarks(reader.frames(), landmarker)


@pytest.fixture(scope="session")
def demo_landmarks(demo_clip: Path, pose_model: Path) -> Landmarks:
    return detect(demo_clip, pose_model)


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory, demo_clip: Path) -> Path:
    """The first second of the demo clip."""
    with VideoReader(demo_clip) as reader:
        pictures = [frame.rgb for frame in islice(reader.frames(), 30)]
    return encode(tmp_path_factory.mktemp("clip") / "a walk.mp4", pictures)
