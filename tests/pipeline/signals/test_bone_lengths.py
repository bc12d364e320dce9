from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bodies import marching, mirror_image, seen, without

from humanpose3d.pipeline.signals.body import HIPS, bone_lengths, middle
from humanpose3d.pipeline.signals.bone_lengths import constant_bones
from humanpose3d.pipeline.trajectories import Landmarks

LIMBS = np.array([(23, 25), (24, 26), (25, 27), (26, 28), (11, 13), (12, 14), (13, 15), (14, 16), (11, 12), (23, 24)])


def noisy(seed: int = 0) -> Landmarks:
    landmarks = seen(*marching(60))
    noise = np.random.default_rng(seed).normal(0, 0.02, landmarks.world.shape)
    return replace(landmarks, world=landmarks.world + noise)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_each_bone_has_one_length_and_both_sides_the_same(seed: int) -> None:
    fixed, _ = constant_bones(noisy(seed))
    lengths = bone_lengths(fixed.world, LIMBS)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), atol=1e-12)
    np.testing.assert_allclose(lengths[0, 0:8:2], lengths[0, 1:8:2], atol=1e-12)


def test_directions_and_the_middle_of_the_hips_stay() -> None:
    given_landmarks = noisy()
    fixed, _ = constant_bones(given_landmarks)

    def directions(world: np.ndarray) -> np.ndarray:
        along = world[:, LIMBS[:, 0]] - world[:, LIMBS[:, 1]]
        return along / np.linalg.norm(along, axis=-1, keepdims=True)

    np.testing.assert_allclose(directions(fixed.world), directions(given_landmarks.world), atol=1e-12)
    np.testing.assert_allclose(middle(fixed.world, HIPS), middle(given_landmarks.world, HIPS), atol=1e-12)


def test_doing_it_again_changes_nothing() -> None:
    fixed, _ = constant_bones(noisy())
    np.testing.assert_allclose(constant_bones(fixed)[0].world, fixed.world, atol=1e-12)


def test_moving_and_mirroring_the_person_does_the_same_to_the_result() -> None:
    given_landmarks = noisy()
    expected = constant_bones(given_landmarks)[0].world
    moved, _ = constant_bones(replace(given_landmarks, world=given_landmarks.world + 2.0))
    np.testing.assert_allclose(moved.world, expected + 2.0, atol=1e-12)
    mirrored, _ = constant_bones(mirror_image(given_landmarks))
    np.testing.assert_allclose(mirrored.world, mirror_image(replace(given_landmarks, world=expected)).world, atol=1e-12)


def test_missing_stays_missing() -> None:
    gapped = without(noisy(), slice(20, 30))
    fixed, _ = constant_bones(gapped)
    np.testing.assert_array_equal(np.isnan(fixed.world), np.isnan(gapped.world))
    assert np.isnan(constant_bones(without(noisy(), slice(None)))[0].world).all()
