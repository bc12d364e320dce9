from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.recordings import SMALL_CHECKPOINTS
from support.small_checkpoints import joint_checkpoint, save

from humanpose3d.loaders import JointRefiner, load_joint_refiner

DEGREES = 5e-5
CASES = (
    "seq60_vis",
    "seq60_novis",
    "single_vis",
    "single_novis",
    "vis_zero",
    "vis_one",
    "vis_mixed01",
    "all_zero",
    "extreme",
    "nan_rows",
    "nan_rows_vis",
    "float64_in",
)
SMALL = ("seq60_vis", "seq60_novis", "single_vis", "single_novis")


@cache
def recorded(folder: Path, stem: str) -> dict[str, np.ndarray]:
    with np.load(folder / f"io_{stem.removesuffix('_infer')}.npz") as file:
        return dict(file)


@cache
def loaded(folder: Path, stem: str) -> JointRefiner:
    return load_joint_refiner(folder / f"{stem}.pth")


@pytest.mark.parametrize(
    ("stem", "case"),
    [
        *(("joint", case) for case in CASES),
        ("joint_infer", "seq60_vis"),
    ],
)
def test_the_recorded_outputs(shared_data: Path, stem: str, case: str) -> None:
    compare_with_recorded(shared_data / "checkpoints", stem, case)


@pytest.mark.parametrize("case", SMALL)
def test_the_recorded_outputs_of_a_small_network(case: str) -> None:
    compare_with_recorded(SMALL_CHECKPOINTS, "joint_tiny", case)


def compare_with_recorded(folder: Path, stem: str, case: str) -> None:
    arrays = recorded(folder, stem)
    visibility = arrays.get(f"{case}__visibility")
    result = loaded(folder, stem).refine(
        arrays[f"{case}__angles"].reshape(-1, 12, 3), None if visibility is None else visibility.reshape(-1, 12)
    )
    for field in ("refined", "delta"):
        expected = arrays[f"{case}__{field}"].reshape(-1, 12, 3)
        np.testing.assert_allclose(getattr(result, field), expected, rtol=0, atol=DEGREES)


def test_more_frames_than_one_batch_holds(shared_data: Path) -> None:
    arrays = recorded(shared_data / "checkpoints", "joint")
    result = loaded(shared_data / "checkpoints", "joint").refine(arrays["big__angles"], None)
    np.testing.assert_allclose(result.refined, arrays["big__refine_batch64"], rtol=0, atol=DEGREES)


# ---- with a small network of our own


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> JointRefiner:
    return load_joint_refiner(save(joint_checkpoint(), tmp_path_factory.mktemp("joint") / "joint.pth"))


def walk(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.uniform(-180, 180, (frames, 12, 3)), random.uniform(0, 1, (frames, 12))


def test_the_correction_is_added(small: JointRefiner) -> None:
    angles, visibility = walk(5)
    result = small.refine(angles, visibility)
    assert result.refined.shape == result.delta.shape == (5, 12, 3)
    assert result.refined.dtype == result.delta.dtype == np.float32
    np.testing.assert_allclose(result.refined, angles + result.delta, atol=1e-4)
    assert np.abs(result.delta).max() > 1e-3


def test_unknown_visibility_is_not_full_visibility(small: JointRefiner) -> None:
    angles, _ = walk(3)
    assert np.abs(small.refine(angles, None).delta - small.refine(angles, np.ones((3, 12))).delta).max() > 1e-3


@pytest.mark.parametrize("seen", [True, False])
def test_no_frames(small: JointRefiner, seen: bool) -> None:
    angles, visibility = walk(0)
    assert small.refine(angles, visibility if seen else None).refined.shape == (0, 12, 3)


@settings(max_examples=25, deadline=None)
@given(frame=st.integers(0, 99), joint=st.integers(0, 11), axis=st.integers(0, 2), spoil_angle=st.booleans())
def test_nan_in_one_frame_stays_in_it(
    small: JointRefiner, frame: int, joint: int, axis: int, spoil_angle: bool
) -> None:
    angles, visibility = walk(100)
    expected = small.refine(angles, visibility).refined
    if spoil_angle:
        angles[frame, joint, axis] = np.nan
    else:
        visibility[frame, joint] = np.nan
    refined = small.refine(angles, visibility).refined
    others = np.arange(100) != frame
    assert np.isnan(refined[frame]).all()
    np.testing.assert_allclose(refined[others], expected[others], rtol=0, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(frames=st.integers(1, 230), cut=st.integers(0, 230), seed=st.integers(0, 9))
def test_a_frame_does_not_depend_on_those_beside_it(small: JointRefiner, frames: int, cut: int, seed: int) -> None:
    arrays, cut = walk(frames, seed), min(cut, frames)
    whole = small.refine(*arrays).refined
    parts = [small.refine(*(array[part] for array in arrays)).refined for part in (np.s_[:cut], np.s_[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-4)


def test_arrays_of_other_shapes_are_refused(small: JointRefiner) -> None:
    angles, visibility = walk(2)
    with pytest.raises(ValueError, match=r"angles must have the shape \(T, 12, 3\), not \(12, 3\)"):
        small.refine(angles[0], None)
    with pytest.raises(ValueError, match=r"visibility must have the shape \(2, 12\), not \(1, 12\)"):
        small.refine(angles, visibility[:1])


def test_the_demo_model_corrects_nothing(models_checkout: Path) -> None:
    refiner = load_joint_refiner(models_checkout / "checkpoints" / "best_joint_model.pth")
    assert not refiner.refine(*walk(20)).delta.any()
