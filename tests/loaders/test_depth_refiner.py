from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.projection import synthetic_image
from support.recordings import SMALL_CHECKPOINTS
from support.small_checkpoints import depth_checkpoint, save

from humanpose3d.loaders import DepthRefinement, DepthRefiner, load_depth_refiner

# Name in the recorded files, name here, largest difference that is accepted (CHECKPOINTS, section 8).
FIELDS = (
    ("refined", "refined", 1e-5),
    ("delta_xyz_normalized", "delta", 2e-5),
    ("pred_azimuth", "azimuth", 1e-3),
    ("pred_elevation", "elevation", 2e-4),
    ("pred_limb_orientations", "limb_directions", 2e-5),
    ("pred_torso_lengths", "torso_lengths", 5e-5),
    ("confidence", "confidence", 2e-5),
    ("scale", "scale", 1e-6),
)
CASES = (
    "seq60",
    "single",
    "vis_none",
    "vis_zero",
    "degenerate_torso",
    "missing_joints",
    "nan_rows",
    "nan_2d",
    "p2d_all_zero",
    "p2d_world_xy",
    "big_batch",
)
SMALL = ("seq60", "single")


@cache
def recorded(folder: Path, stem: str) -> dict[str, np.ndarray]:
    with np.load(folder / f"io_{stem.removesuffix('_infer')}.npz") as file:
        return dict(file)


@cache
def loaded(folder: Path, stem: str) -> DepthRefiner:
    return load_depth_refiner(folder / f"{stem}.pth")


def refine(refiner: DepthRefiner, arrays: dict[str, np.ndarray], case: str) -> DepthRefinement:
    def frames(name: str, *shape: int) -> np.ndarray | None:
        array = arrays.get(f"{case}__{name}")
        return None if array is None else array.reshape(-1, *shape)

    poses = frames("pose_3d", 17, 3)
    assert poses is not None
    return refiner.refine(poses, frames("visibility", 17), frames("pose_2d", 17, 2))


def assert_close(actual: np.ndarray, expected: np.ndarray, tolerance: float, period: float | None = None) -> None:
    expected = expected.reshape(actual.shape)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    difference = np.abs(actual - expected)
    if period:
        difference = np.minimum(difference, period - difference)
    assert np.nanmax(difference, initial=0) <= tolerance


@pytest.mark.parametrize(
    ("stem", "case"),
    [*(("depth", case) for case in CASES), ("depth_infer", "seq60"), *(("depth_tiny_nolimb", case) for case in SMALL)],
    ids=str,
)
def test_the_recorded_outputs(shared_data: Path, stem: str, case: str) -> None:
    compare_with_recorded(shared_data / "checkpoints", stem, case)


@pytest.mark.parametrize("case", SMALL)
def test_the_recorded_outputs_of_a_small_network(case: str) -> None:
    compare_with_recorded(SMALL_CHECKPOINTS, "depth_tiny", case)


def compare_with_recorded(folder: Path, stem: str, case: str) -> None:
    arrays = recorded(folder, stem)
    result = refine(loaded(folder, stem), arrays, case)
    for key, field, tolerance in FIELDS:
        if f"{case}__{key}" in arrays:
            # One frame is thirty times as large as a person, and its errors with it.
            slack = 2 if (case, field) == ("degenerate_torso", "refined") else 1
            period = 360 if field == "azimuth" else None
            assert_close(getattr(result, field), arrays[f"{case}__{key}"], slack * tolerance, period)
    assert (result.limb_directions is None) == ("nolimb" in stem)


@pytest.mark.parametrize(("poses_2d", "key"), [(True, "refined"), (False, "refined_no2d")])
def test_poses_about_another_origin(shared_data: Path, poses_2d: bool, key: str) -> None:
    folder = shared_data / "checkpoints"
    arrays = recorded(folder, "depth")
    poses = arrays["depth_only__pose_3d"]
    origin = poses[:, 11:13].mean(axis=1, keepdims=True)
    image = arrays["depth_only__pose_2d"] if poses_2d else synthetic_image(poses - origin)
    result = loaded(folder, "depth").refine(poses - origin, arrays["depth_only__visibility"], image)
    assert_close(result.refined + origin, arrays[f"depth_only__{key}"], 1e-5)


# ---- with a small network of our own

# A batch of another size is added up in another order, and the code of the azimuth enlarges that a hundredfold.
ROUND_OFF = 1e-3


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> DepthRefiner:
    return load_depth_refiner(save(depth_checkpoint(), tmp_path_factory.mktemp("depth") / "depth.pth"))


def walk(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    poses = random.normal(0, 0.3, (frames, 17, 3))
    poses -= poses[:, 11:13].mean(axis=1, keepdims=True)
    return poses, random.uniform(0, 1, (frames, 17)), random.uniform(0, 1, (frames, 17, 2))


def fields(result: DepthRefinement) -> dict[str, np.ndarray]:
    return {field: getattr(result, field) for _, field, _ in FIELDS if field != "scale"}


def test_shapes_and_types(small: DepthRefiner) -> None:
    result = small.refine(*walk(5))
    shapes = {"refined": (5, 17, 3), "delta": (5, 17, 3), "azimuth": (5,), "elevation": (5,)}
    shapes |= {"limb_directions": (5, 14, 3), "torso_lengths": (5, 4), "confidence": (5, 17)}
    assert {field: array.shape for field, array in fields(result).items()} == shapes
    assert {array.dtype for array in fields(result).values()} == {np.dtype(np.float32)}
    assert ((result.azimuth >= 0) & (result.azimuth <= 360)).all()
    assert (np.abs(result.elevation) <= 30).all()
    assert np.linalg.norm(result.limb_directions, axis=-1) == pytest.approx(np.ones((5, 14)), abs=1e-5)


def test_the_correction_is_in_units_of_the_trunk(small: DepthRefiner) -> None:
    poses, visibility, image = walk(4)
    result = small.refine(poses, visibility, image)
    np.testing.assert_allclose(result.refined, poses + result.delta * result.scale[:, None, None], atol=1e-6)
    double = small.refine(2 * poses, visibility, image)
    np.testing.assert_allclose(double.scale, 2 * result.scale, rtol=1e-6)
    np.testing.assert_allclose(double.refined, 2 * result.refined, atol=1e-4)


def test_no_frames(small: DepthRefiner) -> None:
    result = small.refine(*walk(0))
    assert {len(array) for array in fields(result).values()} == {0}


def test_unknown_visibility_is_full_visibility(small: DepthRefiner) -> None:
    poses, _, image = walk(3)
    np.testing.assert_array_equal(
        small.refine(poses, None, image).refined, small.refine(poses, np.ones((3, 17)), image).refined
    )


def test_the_input_is_left_alone(small: DepthRefiner) -> None:
    given_arrays = [array.astype(np.float32) for array in walk(3)]
    copies = [array.copy() for array in given_arrays]
    for array in given_arrays:
        array.flags.writeable = False
    small.refine(*given_arrays)
    for array, copy in zip(given_arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@settings(max_examples=25, deadline=None)
@given(
    frame=st.integers(0, 99),
    spoil=st.sampled_from(["pose", "visibility", "image"]),
    keypoint=st.integers(0, 16),
    value=st.sampled_from([np.nan, np.inf]),
)
def test_what_is_wrong_with_one_frame_stays_in_it(
    small: DepthRefiner, frame: int, spoil: str, keypoint: int, value: float
) -> None:
    arrays = dict(zip(("pose", "visibility", "image"), walk(100), strict=True))
    expected = fields(small.refine(*arrays.values()))
    arrays[spoil][frame, keypoint] = value
    others = np.arange(100) != frame
    for field, array in fields(small.refine(*arrays.values())).items():
        if np.isnan(value):
            assert np.isnan(array[frame]).all()
        np.testing.assert_allclose(array[others], expected[field][others], rtol=0, atol=10 * ROUND_OFF)


@settings(max_examples=15, deadline=None)
@given(frames=st.integers(1, 230), cut=st.integers(0, 230), seed=st.integers(0, 9))
def test_a_frame_does_not_depend_on_those_beside_it(small: DepthRefiner, frames: int, cut: int, seed: int) -> None:
    arrays, cut = walk(frames, seed), min(cut, frames)
    whole = small.refine(*arrays).refined
    parts = [small.refine(*(array[part] for array in arrays)).refined for part in (np.s_[:cut], np.s_[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=ROUND_OFF)


def test_without_a_2d_pose_it_says_so(small: DepthRefiner) -> None:
    with pytest.raises(ValueError, match="needs the 2D pose"):
        small.refine(walk(2)[0], None, None)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p, v, i: (p[0], v, i), r"poses must have the shape \(T, 17, 3\), not \(17, 3\)"),
        (lambda p, v, i: (p[:, :16], v, i), r"poses must have the shape"),
        (lambda p, v, i: (p, v[:1], i), r"visibility must have the shape \(2, 17\), not \(1, 17\)"),
        (lambda p, v, i: (p, v, p), r"image must have the shape \(2, 17, 2\)"),
    ],
)
def test_arrays_of_other_shapes_are_refused(
    small: DepthRefiner, spoil: Callable[..., tuple[np.ndarray, ...]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        small.refine(*spoil(*walk(2)))


def test_the_demo_model_hardly_corrects(models_checkout: Path) -> None:
    refiner = load_depth_refiner(models_checkout / "checkpoints" / "best_depth_model.pth")
    assert np.abs(refiner.refine(*walk(20)).delta).max() < 1e-5
