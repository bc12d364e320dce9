from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.small_checkpoints import depth_checkpoint, refiner_checkpoint, save

from humanpose3d.loaders import DepthRefiner, MainRefiner, load_depth_refiner, load_main_refiner
from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS
from humanpose3d.pipeline.refinement import coco_poses, correct_depth, joint_visibility, refine_poses
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks, y_up

GIVEN = [i for i, name in enumerate(KEYPOINTS) if "eye" not in name and "ear" not in name]
SOURCES = [LANDMARK_NAMES.index(KEYPOINTS[i]) for i in GIVEN]
FOLLOWERS = {
    "left_ankle": ("left_heel", "left_foot_index"),
    "right_ankle": ("right_heel", "right_foot_index"),
    "left_wrist": ("left_pinky", "left_index", "left_thumb"),
    "right_wrist": ("right_pinky", "right_index", "right_thumb"),
    "nose": ("left_eye", "right_eye_inner", "left_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right"),
    "left_hip": (),
    "right_elbow": (),
}


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> DepthRefiner:
    return load_depth_refiner(save(depth_checkpoint(), tmp_path_factory.mktemp("depth") / "depth.pth"))


@pytest.fixture(scope="module")
def refiner(tmp_path_factory: pytest.TempPathFactory) -> MainRefiner:
    return load_main_refiner(save(refiner_checkpoint(), tmp_path_factory.mktemp("main") / "refiner.pth"))


def trial(frames: int = 6, seed: int = 0) -> Landmarks:
    random = np.random.default_rng(seed)
    return Landmarks(
        times=np.arange(frames) / 30,
        world=random.normal(0, 0.3, (frames, 33, 3)),
        image=random.uniform(0, 1, (frames, 33, 2)),
        visibility=random.uniform(0, 1, (frames, 33)),
    )


def moves(before: Landmarks, after: Landmarks) -> dict[str, np.ndarray]:
    return {name: after.world[:, i] - before.world[:, i] for i, name in enumerate(LANDMARK_NAMES)}


def test_poses_are_upright_and_begin_between_the_hips() -> None:
    landmarks = trial()
    given = coco_poses(landmarks)
    assert given.complete.all()
    np.testing.assert_allclose(given.poses[:, 11:13].mean(axis=1), 0, atol=1e-12)
    hips = (landmarks.world[:, 23] + landmarks.world[:, 24]) / 2
    np.testing.assert_allclose(given.poses[:, 15], y_up(landmarks.world[:, 27] - hips))
    np.testing.assert_array_equal(given.visibility[:, 16], landmarks.visibility[:, 28])
    np.testing.assert_array_equal(given.image[:, 9], landmarks.image[:, 15])


def test_eyes_and_ears_are_not_given() -> None:
    landmarks = trial()
    given = coco_poses(landmarks)
    origin = y_up((landmarks.world[:, 23] + landmarks.world[:, 24]) / 2)
    assert not given.visibility[:, 1:5].any()
    assert not given.image[:, 1:5].any()
    np.testing.assert_allclose(given.poses[:, 1:5] + origin[:, None], 0, atol=1e-12)


def test_the_recorded_trial(shared_data: Path) -> None:
    folder = shared_data / "checkpoints"
    with np.load(folder / "io_depth.npz") as file:
        recorded = {name.removeprefix("pipeline__"): file[name] for name in file.files if name.startswith("pipeline__")}
    blank = trial(len(recorded["raw_world"]))
    world, image, visibility = blank.world.copy(), blank.image.copy(), blank.visibility.copy()
    world[:, SOURCES] = recorded["raw_world"][:, GIVEN]
    image[:, SOURCES] = recorded["pose_2d"][:, GIVEN]
    visibility[:, SOURCES] = recorded["visibility"][:, GIVEN].clip(0, 1)
    landmarks = replace(blank, world=world, image=image, visibility=visibility)
    np.testing.assert_allclose(coco_poses(landmarks).poses, recorded["centered"], rtol=0, atol=1e-6)
    refined, _ = correct_depth(landmarks, load_depth_refiner(folder / "depth.pth"))
    np.testing.assert_allclose(refined.world[:, SOURCES], recorded["refined_world"][:, GIVEN], rtol=0, atol=1e-5)


def test_depth_moves_what_it_knows_and_the_rest_goes_along(depth: DepthRefiner) -> None:
    landmarks = trial()
    refined, correction = correct_depth(landmarks, depth)
    moved = moves(landmarks, refined)
    for carrier, followers in FOLLOWERS.items():
        expected = y_up(correction.delta * correction.scale[:, None, None])[:, KEYPOINTS.index(carrier)]
        np.testing.assert_allclose(moved[carrier], expected, atol=1e-6)
        assert np.abs(moved[carrier]).max() > 1e-3
        for follower in followers:
            np.testing.assert_allclose(moved[follower], moved[carrier], atol=1e-12)


def test_nothing_but_world_coordinates_changes(depth: DepthRefiner, refiner: MainRefiner) -> None:
    landmarks = trial()
    corrected, correction = correct_depth(landmarks, depth)
    for changed in (corrected, refine_poses(landmarks, correction, refiner)):
        np.testing.assert_array_equal(changed.times, landmarks.times)
        np.testing.assert_array_equal(changed.image, landmarks.image)
        np.testing.assert_array_equal(changed.visibility, landmarks.visibility)


def test_the_refiner_starts_from_what_was_detected(depth: DepthRefiner, refiner: MainRefiner) -> None:
    landmarks = trial()
    corrected, correction = correct_depth(landmarks, depth)
    refined = refine_poses(landmarks, correction, refiner)
    given = coco_poses(landmarks)
    expected = refiner.refine(given.poses, given.visibility, depth.refine(given.poses, given.visibility, given.image))
    actual = coco_poses(refined).poses + y_up((refined.world[:, 23] + refined.world[:, 24]) / 2)[:, None]
    origin = y_up((landmarks.world[:, 23] + landmarks.world[:, 24]) / 2)[:, None]
    np.testing.assert_allclose(actual[:, GIVEN], (expected.refined + origin)[:, GIVEN], atol=1e-5)
    assert np.abs(refined.world - corrected.world).max() > 1e-3


@pytest.mark.parametrize("field", ["world", "image", "visibility"])
def test_frames_with_something_unknown_stay_as_they_are(depth: DepthRefiner, refiner: MainRefiner, field: str) -> None:
    whole, array = trial(), getattr(trial(), field).copy()
    array[2, 27] = np.nan
    landmarks = replace(whole, **{field: array})
    corrected, correction = correct_depth(landmarks, depth)
    reference, whole_correction = correct_depth(whole, depth)
    others = [0, 1, 3, 4, 5]
    for changed, expected in (
        (corrected, reference),
        (refine_poses(landmarks, correction, refiner), refine_poses(whole, whole_correction, refiner)),
    ):
        np.testing.assert_array_equal(changed.world[2], landmarks.world[2])
        np.testing.assert_allclose(changed.world[others], expected.world[others], atol=1e-5)


def test_what_is_unknown_of_other_landmarks_does_not_matter(depth: DepthRefiner) -> None:
    landmarks = trial()
    world = landmarks.world.copy()
    world[2, LANDMARK_NAMES.index("left_ear")] = np.nan
    refined, _ = correct_depth(replace(landmarks, world=world), depth)
    assert np.isnan(refined.world).sum() == 3
    assert np.abs(refined.world[2, 0] - world[2, 0]).max() > 1e-3


def test_a_trial_in_which_nobody_is_complete(depth: DepthRefiner, refiner: MainRefiner) -> None:
    landmarks = replace(trial(), world=np.full((6, 33, 3), np.nan))
    corrected, correction = correct_depth(landmarks, depth)
    assert np.isnan(corrected.world).all()
    assert np.isnan(refine_poses(landmarks, correction, refiner).world).all()


def test_a_joint_is_seen_as_well_as_its_least_visible_keypoint() -> None:
    visibility = np.arange(1, 18)[None] / 20.0
    seen = dict(zip(JOINT_ANGLES, joint_visibility(visibility)[0] * 20 - 1, strict=True))
    assert seen == pytest.approx(
        {
            "pelvis": 11,
            "hip_R": 12,
            "hip_L": 11,
            "knee_R": 14,
            "knee_L": 13,
            "ankle_R": 16,
            "ankle_L": 15,
            "trunk": 5,
            "shoulder_R": 6,
            "shoulder_L": 5,
            "elbow_R": 8,
            "elbow_L": 7,
        }
    )


@pytest.mark.slow
def test_the_demo_models_hardly_move_anything(demo_landmarks: Landmarks, models_checkout: Path) -> None:
    folder = models_checkout / "checkpoints"
    corrected, correction = correct_depth(demo_landmarks, load_depth_refiner(folder / "best_depth_model.pth"))
    refined = refine_poses(demo_landmarks, correction, load_main_refiner(folder / "best_main_refiner.pth"))
    for changed in (corrected, refined):
        np.testing.assert_allclose(changed.world, demo_landmarks.world, rtol=0, atol=1e-5)
