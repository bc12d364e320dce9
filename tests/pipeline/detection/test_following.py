"""Real persons in real frames: found, told apart and followed, each as if alone."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.loaders import PoseFinder, load_pose_finder, load_pose_landmarker
from humanpose3d.pipeline.detection import Observation, observe
from humanpose3d.pipeline.detection.people import Person, list_people
from humanpose3d.pipeline.detection.selected import follow, needs_following
from humanpose3d.pipeline.detection.sightings import find_everybody
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.video.reader import Frame, VideoReader

pytestmark = pytest.mark.slow
Followed = tuple[list[Person], list[Observation]]


@pytest.fixture(scope="module")
def finder(pose_model: Path) -> Iterator[PoseFinder]:
    with load_pose_finder(pose_model, people=4) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def follow_all(pose_model: Path, finder: PoseFinder) -> Callable[[Sequence[Frame]], Followed]:
    """Look around in frames, and follow everybody."""

    def followed(frames: Sequence[Frame]) -> Followed:
        size = frames[0].rgb.shape[1::-1]
        seen = observe(frames, finder=finder, total=len(frames))
        people = list_people(seen.looks)
        assert needs_following(people, seen, size, chosen=True)
        return people, follow(
            people,
            people,
            frames,
            lambda time: [frame for frame in reversed(frames) if frame.time <= time],
            size=size,
            load=lambda: load_pose_landmarker(pose_model),
            finder=finder,
        )

    return followed


def frames_of(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return list(reader.frames())


def who(landmarks: Landmarks, pixels: FloatArray, size: FloatArray) -> list[int | None]:
    """Return in each frame which of the true persons (P, T, 33, 2) is shown: -1 nobody of them, None nobody."""
    off = np.median(np.linalg.norm(landmarks.image * size - pixels, axis=-1), axis=-1) / np.ptp(pixels[..., 1], axis=-1)
    nearest = off.argmin(axis=0)
    return [
        None if np.isnan(off[0, t]) else int(nearest[t]) if off[nearest[t], t] < 0.12 else -1
        for t in range(off.shape[1])
    ]


def test_who_pass_each_other_stay_themselves(
    short_trials: Path, follow_all: Callable[[Sequence[Frame]], Followed]
) -> None:
    with np.load(short_trials / "short-passer.npz") as truth:
        pixels, size = np.concatenate([truth["pixel"][None], truth["others_pixel"]]), truth["size"]
    people, found = follow_all(frames_of(short_trials / "short-passer.mp4"))
    assert len(people) == len(pixels) == 2
    names = set()
    for each in found:
        shown = [name for name in who(each.landmarks, pixels, size) if name is not None]
        name = max(set(shown), key=shown.count)
        assert shown.count(name) >= 0.95 * len(shown)
        names.add(name)
        whole = ((pixels[name] >= 0) & (pixels[name] < size)).all(axis=2).mean(axis=1) > 0.9
        assert np.isfinite(each.landmarks.image[whole]).all(axis=(1, 2)).mean() >= 0.5, "others hide them for a while"
    assert names == {0, 1}


def test_side_by_side_each_has_the_angles_of_their_own_clip(
    demo_clip: Path, pose_model: Path, follow_all: Callable[[Sequence[Frame]], Followed]
) -> None:
    frames = frames_of(demo_clip)
    halves = [[frame.rgb for frame in frames[first : first + 50]] for first in (0, 65)]
    times = [i / 30 for i in range(50)]
    own = []
    for half in halves:
        with load_pose_landmarker(pose_model) as landmarker:
            own.append(observe(map(Frame, times, half), landmarker).landmarks)
    both = [Frame(time, np.concatenate(pair, axis=1)) for time, *pair in zip(times, *halves, strict=True)]
    people, found = follow_all(both)
    assert len(people) == 2
    found.sort(key=lambda each: float(each.landmarks.image[0, 0, 0]))
    for left, each, alone in zip((0.0, 1.0), found, own, strict=True):
        assert each.landmarks.detected.all()
        # In the place of their own clip: beside the middle of the picture, a camera sees somebody else's view.
        image = each.landmarks.image * [2, 1] - [left, 0]
        difference = flexions(replace(each.landmarks, image=image)) - flexions(alone)
        assert np.sqrt(np.nanmean(difference**2)) <= 1.0


def flexions(landmarks: Landmarks) -> FloatArray:
    """Return the flexion of all joints after the signal path, in degrees."""
    clean, _ = process(landmarks, size=(480, 640))
    markers = markers_from_landmarks(clean)
    return joint_angles(markers.times, markers.names, markers.positions).degrees[..., 0]


def test_somebody_of_90_pixels_in_an_hd_picture_is_found_and_followed(
    short_trials: Path, follow_all: Callable[[Sequence[Frame]], Followed]
) -> None:
    with np.load(short_trials / "short-side.npz") as truth:
        height = float(np.ptp(truth["pixel"][0, :, 1]))
        pixels = truth["pixel"]
    share = height / 90
    frames = []
    for frame in frames_of(short_trials / "short-side.mp4")[:24]:
        small = shrunk(frame.rgb, share)
        picture = np.full((720, 1280, 3), 120, np.uint8)
        picture[400 : 400 + small.shape[0], 900 : 900 + small.shape[1]] = small
        frames.append(Frame(frame.time, picture))
    people, (found,) = follow_all(frames)
    assert [round(person.height, -1) for person in people] == [pytest.approx(90, abs=20)]
    true = pixels[:24] / share + [900, 400]
    assert who(found.landmarks, true[None], np.array([1280, 720])).count(0) >= 23


def shrunk(rgb: np.ndarray, by: float) -> np.ndarray:
    import av

    height, width = (round(length / by) // 2 * 2 for length in rgb.shape[:2])
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
    return frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()


def test_a_person_alone_is_found_once(short_trials: Path, finder: PoseFinder) -> None:
    parameters = json.loads((short_trials / "short-front.json").read_text(encoding="utf-8"))
    frame = frames_of(short_trials / "short-front.mp4")[20]
    (person,) = find_everybody(frame.rgb, finder, thorough=True)
    assert person.height == pytest.approx(parameters["person"], rel=0.15)


def test_nobody_is_found_in_noise(finder: PoseFinder) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8)
    assert find_everybody(noise, finder, thorough=True) == []
