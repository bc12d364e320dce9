"""Left and right are the same everywhere, also where the detector exchanged them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from support.rendered_walk import landmarks_from_truth

from humanpose3d.kinematics.conventions import other_side
from humanpose3d.model_assets.download.cold_path import BackgroundDownload
from humanpose3d.pipeline.detection import Observation
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.runs.people.detect import Seen
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.runs.stages import Findings, run_stages
from humanpose3d.video.reader import VideoInfo

EXCHANGED = slice(45, 100)
INFO = VideoInfo(480, 640, 0, False, "h264", 30.0, None, None, 0.0)


def with_hidden_right_arm(landmarks: Landmarks, frames: slice) -> Landmarks:
    visibility = np.full(landmarks.visibility.shape, 0.95)
    for name in ("right_elbow", "right_wrist"):
        visibility[frames, landmarks.names.index(name)] = 0.05
    return replace(landmarks, visibility=visibility)


def exchanged(landmarks: Landmarks, frames: slice) -> Landmarks:
    """As a detector gives it that takes left for right in some of the frames."""
    mirrored = [landmarks.names.index(other_side(name)) for name in landmarks.names]
    values = {}
    for key in ("world", "image", "visibility"):
        values[key] = getattr(landmarks, key).copy()
        values[key][frames] = values[key][frames][:, mirrored]
    return replace(landmarks, **values)


def found_in(landmarks: Landmarks, folder: Path) -> Findings:
    settings = Settings(height=1.78, refine=False, motion=False, augmenter="none", overlay=False)
    seen = Seen(None, Observation(landmarks, np.full((len(landmarks.times), 3), np.nan)), followed=False)
    with BackgroundDownload(()) as models:
        return run_stages(seen, INFO, folder, settings, models, StageLog())


def test_the_arm_that_was_hidden_is_emptied_and_not_the_other(demo_truth: Path, tmp_path: Path) -> None:
    landmarks = exchanged(with_hidden_right_arm(landmarks_from_truth(demo_truth), slice(30, 90)), EXCHANGED)
    found = found_in(landmarks, tmp_path)
    angles = found.trial.angles
    assert np.flatnonzero(np.isnan(angles["elbow_R"][:, 0])).tolist() == list(range(30, 90))
    assert np.isfinite(angles["elbow_L"][:, 0]).all()
    assert found.unseen == {}


def test_the_reason_names_the_arm_that_was_hidden(demo_truth: Path, tmp_path: Path) -> None:
    landmarks = exchanged(with_hidden_right_arm(landmarks_from_truth(demo_truth), slice(15, 105)), EXCHANGED)
    found = found_in(landmarks, tmp_path)
    assert found.unseen == dict.fromkeys(("shoulder_R", "elbow_R"), "hidden in 75 % of the frames")
