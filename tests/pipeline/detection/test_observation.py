import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from support.bodies import standing
from support.clips import encode, moving_shapes, set_display_matrix

from humanpose3d.loaders import PoseDetection, load_pose_landmarker
from humanpose3d.pipeline.detection import observe
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks
from humanpose3d.video.reader import Frame, VideoReader

JOINTS = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]


def flexion(points: np.ndarray, side: str) -> np.ndarray:
    """Knee flexion in degrees from (T, 33, 3)."""
    hip, knee, ankle = (points[:, LANDMARK_NAMES.index(f"{side}_{joint}")] for joint in ("hip", "knee", "ankle"))
    thigh, shank = hip - knee, ankle - knee
    lengths = np.linalg.norm(thigh, axis=1) * np.linalg.norm(shank, axis=1)
    return 180 - np.degrees(np.arccos((thigh * shank).sum(axis=1) / lengths))


def assert_close_to_truth(landmarks: Landmarks, truth: dict[str, np.ndarray], size: tuple[int, int]) -> None:
    """Hold a rendered walk against its truth: 2D error of 13 joints over torso length, and the near knee."""
    assert landmarks.detected.all()
    pixel = truth["pixel"]
    torso = np.linalg.norm(pixel[:, 11:13].mean(axis=1) - pixel[:, 23:25].mean(axis=1), axis=1)
    error = np.linalg.norm(landmarks.image * size - pixel, axis=-1)[:, JOINTS].mean(axis=1)
    assert (error / torso).mean() <= 0.06
    # The camera looks from the front, so the near side is the one with the greater z in the world.
    world = truth["world"]
    near = "left" if (world[:, 25] - world[:, 26])[:, 2].mean() > 0 else "right"
    if "camera" in truth:
        near = "left" if truth["camera"][:, 23, 2].mean() < truth["camera"][:, 24, 2].mean() else "right"
    assert np.corrcoef(flexion(landmarks.world, near), flexion(world, near))[0, 1] >= 0.95


@pytest.mark.slow
def test_the_demo_clip_is_followed(demo_landmarks: Landmarks, demo_truth: Path) -> None:
    assert_close_to_truth(demo_landmarks, dict(np.load(demo_truth)), (480, 640))


@pytest.mark.slow
def test_the_rendered_walk_is_followed(shared_data: Path, pose_model: Path) -> None:
    with VideoReader(shared_data / "walk.mp4") as reader, load_pose_landmarker(pose_model) as landmarker:
        landmarks = observe(reader.frames(), landmarker).landmarks
    assert_close_to_truth(landmarks, dict(np.load(shared_data / "walk_truth.npz")), (480, 640))


@pytest.mark.parametrize("camera", [1, 2, 3, 4])
@pytest.mark.slow
def test_every_frame_of_a_real_trial_has_landmarks(shared_data: Path, pose_model: Path, camera: int) -> None:
    video = shared_data / "singleperson" / f"cam{camera:02}.mp4"
    with VideoReader(video) as reader, load_pose_landmarker(pose_model) as landmarker:
        landmarks = observe(reader.frames(), landmarker).landmarks
    assert landmarks.detected.sum() == len(landmarks.times) == 100
    assert landmarks.times == pytest.approx(np.arange(100) / 60)
    assert np.isfinite(landmarks.visibility).all()


def test_a_person_filmed_with_the_phone_on_its_side_stands_upright(
    tmp_path: Path, demo_clip: Path, pose_model: Path, demo_landmarks: Landmarks
) -> None:
    with VideoReader(demo_clip) as reader:
        pictures = [np.ascontiguousarray(np.rot90(frame.rgb)) for frame in islice(reader.frames(), 15)]
    video = set_display_matrix(encode(tmp_path / "side.mp4", pictures), 0, 1, -1, 0)
    with VideoReader(video) as reader, load_pose_landmarker(pose_model) as landmarker:
        landmarks = observe(reader.frames(), landmarker).landmarks
    assert landmarks.detected.all()
    error = np.abs(landmarks.image - demo_landmarks.image[:15])[:, JOINTS]
    assert np.median(error) < 0.01


def test_progress_is_told_after_each_frame_and_times_are_kept(tmp_path: Path, pose_model: Path) -> None:
    times = [0.0, 0.05, 0.2, 0.21]
    calls: list[tuple[int, int | None]] = []
    video = encode(tmp_path / "a.mp4", moving_shapes(4), times=times)
    with VideoReader(video) as reader, load_pose_landmarker(pose_model) as landmarker:
        total = reader.info.declared_frames
        seen = observe(reader.frames(), landmarker, total=total, progress=lambda *call: calls.append(call))
    landmarks = seen.landmarks
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert landmarks.times == pytest.approx(times, abs=1e-4)
    assert not landmarks.detected.any()
    assert np.isnan(landmarks.image).all()
    assert np.isnan(landmarks.visibility).all()


class EveryOther:
    """Finds a person in every second frame, and notes the time stamps."""

    def __init__(self) -> None:
        self.times_ms: list[int] = []

    def detect(self, rgb: np.ndarray, time_ms: int) -> PoseDetection | None:
        self.times_ms.append(time_ms)
        if len(self.times_ms) % 2:
            return None
        return PoseDetection(np.ones((33, 3), np.float32), np.ones((33, 3), np.float32), np.ones(33, np.float32))


def test_frames_without_a_person_are_empty_in_their_place() -> None:
    detector = EveryOther()
    frames = [Frame(i / 240, np.zeros((4, 4, 3), np.uint8)) for i in range(4)]
    landmarks = observe(frames, detector).landmarks
    assert landmarks.detected.tolist() == [False, True, False, True]
    assert detector.times_ms == [0, 4, 8, 12]


class Beside:
    """Finds one person, or from its second picture on two, beside each other, and counts its pictures."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.pictures = 0

    def find(self, rgb: np.ndarray) -> list[PoseDetection]:
        """Answer for the whole picture only."""
        if rgb.shape[1] != 400:
            return []
        self.pictures += 1
        return [standing_at(0.25 + 0.5 * k) for k in range(self.sizes[min(self.pictures, len(self.sizes)) - 1])]


def standing_at(x: float) -> PoseDetection:
    world = standing().astype(np.float32)
    image = np.zeros((33, 3), np.float32)
    image[:, :2] = world[:, :2] * [0.25, 0.5] + [x, 0.5]
    return PoseDetection(world, image, np.ones(33, np.float32))


class Always:
    """Finds a person in each frame, and counts them."""

    def __init__(self) -> None:
        self.frames = 0

    def detect(self, rgb: np.ndarray, time_ms: int) -> PoseDetection | None:
        self.frames += 1
        return standing_at(0.25)


@pytest.mark.parametrize(("total", "looks"), [(12, [0, 2, 4, 6, 8, 10]), (None, [0])])
def test_somebody_looks_around_from_time_to_time(total: int | None, looks: list[int]) -> None:
    frames = [Frame(i / 2, np.zeros((200, 400, 3), np.uint8)) for i in range(12)]
    seen = observe(frames, Always(), finder=Beside([1]), total=total, look_at=2.6)
    assert [2 * look.time for look in seen.looks] == sorted({*looks, 6})
    assert all(len(look.people) == 1 for look in seen.looks)
    assert seen.complete


def test_when_several_are_there_nobody_is_looked_for_in_the_whole_picture() -> None:
    frames = [Frame(i / 2, np.zeros((200, 400, 3), np.uint8)) for i in range(12)]
    detector = Always()
    seen = observe(frames, detector, finder=Beside([2]), total=12)
    assert not seen.complete
    assert detector.frames == 2
    assert seen.landmarks.detected.tolist() == [True] * 2 + [False] * 10


def test_an_error_in_the_progress_bar_ends_the_decoding_thread() -> None:
    def endless() -> Iterator[Frame]:
        i = 0
        while True:
            yield Frame(float(i := i + 1), np.zeros((4, 4, 3), np.uint8))

    def interrupted(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(endless(), EveryOther(), progress=interrupted)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("humanpose3d-ahead")]
