from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.projection import synthetic_image
from support.recordings import SMALL_CHECKPOINTS
from support.small_checkpoints import depth_checkpoint, refiner_checkpoint, save

from humanpose3d.loaders import (
    DepthRefiner,
    MainRefinement,
    MainRefiner,
    load_depth_refiner,
    load_main_refiner,
)
from humanpose3d.loaders.networks.coco import mid_hip

FIELDS = (
    ("refined_pose", "refined"),
    ("depth_weights", "depth_weights"),
    ("joint_weights", "joint_weights"),
    ("confidence", "confidence"),
)
TOLERANCE = 2e-5
CASES = (
    "seq60",
    "single",
    "pelvis_centred",
    "no_pose_2d",
    "vis_zero",
    "degenerate_torso",
    "nan_rows",
    "float64_in",
)
SMALL = ("seq60", "single", "pelvis_centred")


class Both:
    """The two networks one after the other, as they are used."""

    def __init__(self, depth: DepthRefiner, refiner: MainRefiner) -> None:
        self.depth, self.refiner = depth, refiner

    def refine(self, poses: np.ndarray, visibility: np.ndarray | None, image: np.ndarray | None) -> MainRefinement:
        centred = poses - mid_hip(poses)
        seen = synthetic_image(centred) if image is None else image
        return self.refiner.refine(poses, visibility, self.depth.refine(centred, visibility, seen))


@cache
def recorded(folder: Path, stem: str) -> dict[str, np.ndarray]:
    with np.load(folder / f"io_{stem.removesuffix('_infer')}.npz") as file:
        return dict(file)


@cache
def loaded(folder: Path, stem: str) -> Both:
    depth = folder / f"{stem.replace('refiner', 'depth')}.pth"
    return Both(load_depth_refiner(depth), load_main_refiner(folder / f"{stem}.pth"))


@pytest.mark.parametrize(
    ("stem", "case"),
    [
        *(("refiner", case) for case in CASES),
        ("refiner_infer", "seq60"),
    ],
)
def test_the_recorded_outputs(shared_data: Path, stem: str, case: str) -> None:
    compare_with_recorded(shared_data / "checkpoints", stem, case)


@pytest.mark.parametrize("case", SMALL)
def test_the_recorded_outputs_of_a_small_network(case: str) -> None:
    compare_with_recorded(SMALL_CHECKPOINTS, "refiner_tiny", case)


def compare_with_recorded(folder: Path, stem: str, case: str) -> None:
    arrays = recorded(folder, stem)

    def frames(name: str, *shape: int) -> Any:
        array = arrays.get(f"{case}__{name}")
        return None if array is None else array.reshape(-1, *shape)

    result = loaded(folder, stem).refine(frames("pose_3d", 17, 3), frames("visibility", 17), frames("pose_2d", 17, 2))
    for key, field in FIELDS:
        actual = getattr(result, field)
        np.testing.assert_allclose(actual, arrays[f"{case}__{key}"].reshape(actual.shape), rtol=0, atol=TOLERANCE)


# ---- with small networks of our own

# A batch of another size is added up in another order, and the code of the azimuth enlarges that a hundredfold.
ROUND_OFF = 1e-3


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("refiner")
    return Both(
        load_depth_refiner(save(depth_checkpoint(), folder / "depth.pth")),
        load_main_refiner(save(refiner_checkpoint(), folder / "refiner.pth")),
    )


def walk(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    poses = random.normal(0, 0.3, (frames, 17, 3))
    return poses, random.uniform(0, 1, (frames, 17)), random.uniform(0, 1, (frames, 17, 2))


def test_shapes_types_and_shares(small: Both) -> None:
    result = small.refine(*walk(5))
    assert result.refined.shape == (5, 17, 3)
    shares = result.depth_weights, result.joint_weights, result.residual_weights
    assert {array.shape for array in (*shares, result.confidence)} == {(5, 17)}
    assert {array.dtype for array in (result.refined, *shares, result.confidence)} == {np.dtype(np.float32)}
    assert sum(shares) == pytest.approx(np.ones((5, 17)), abs=1e-5)


def test_the_origin_does_not_matter(small: Both) -> None:
    poses, visibility, image = walk(4)
    shift = np.array([3, -2, 1])
    moved = small.refine(poses + shift, visibility, image).refined
    np.testing.assert_allclose(moved - shift, small.refine(poses, visibility, image).refined, atol=1e-4)


def test_unknown_visibility_is_full_visibility(small: Both) -> None:
    poses, _, image = walk(3)
    ones = small.refine(poses, np.ones((3, 17)), image).refined
    np.testing.assert_array_equal(small.refine(poses, None, image).refined, ones)


def test_a_depth_model_without_limb_directions_will_do(small: Both, tmp_path: Path) -> None:
    depth = load_depth_refiner(save(depth_checkpoint(limbs=False), tmp_path / "depth.pth"))
    assert np.isfinite(Both(depth, small.refiner).refine(*walk(3)).refined).all()


def test_no_frames(small: Both) -> None:
    assert small.refine(*walk(0)).refined.shape == (0, 17, 3)


@settings(max_examples=25, deadline=None)
@given(frame=st.integers(0, 99), spoil=st.integers(0, 2), keypoint=st.integers(0, 16))
def test_nan_in_one_frame_stays_in_it(small: Both, frame: int, spoil: int, keypoint: int) -> None:
    arrays = walk(100)
    expected = small.refine(*arrays).refined
    arrays[spoil][frame, keypoint] = np.nan
    refined = small.refine(*arrays).refined
    others = np.arange(100) != frame
    assert np.isnan(refined[frame]).all()
    np.testing.assert_allclose(refined[others], expected[others], rtol=0, atol=ROUND_OFF)


@settings(max_examples=15, deadline=None)
@given(frames=st.integers(1, 230), cut=st.integers(0, 230), seed=st.integers(0, 9))
def test_a_frame_does_not_depend_on_those_beside_it(small: Both, frames: int, cut: int, seed: int) -> None:
    arrays, cut = walk(frames, seed), min(cut, frames)
    whole = small.refine(*arrays).refined
    parts = [small.refine(*(array[part] for array in arrays)).refined for part in (np.s_[:cut], np.s_[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=ROUND_OFF)


def test_another_trials_depth_is_refused(small: Both) -> None:
    poses, visibility, image = walk(3)
    with pytest.raises(ValueError, match=r"poses must have the shape \(3, 17, 3\), not \(2, 17, 3\)"):
        small.refiner.refine(poses[:2], None, small.depth.refine(poses, visibility, image))
