"""The rendered walk's truth as a trial."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.rendered_walk import content_maker, landmarks_from_truth

from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.data.content import ReportContent


@pytest.fixture(scope="session")
def walk_landmarks(demo_truth: Path) -> Landmarks:
    return landmarks_from_truth(demo_truth)


@pytest.fixture(scope="session")
def make_walk(walk_landmarks: Landmarks) -> Callable[..., ReportContent]:
    """Make the content of the rendered walk's report; keywords replace parts of it."""
    return content_maker(walk_landmarks)
