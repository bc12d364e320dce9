import numpy as np
import pytest
from support.bodies import standing

from humanpose3d.pipeline.signals.body import BONES, typical_lengths
from humanpose3d.pipeline.signals.bone_lengths import at_stature_of, towards_usual_widths

SHOULDERS, HIPS = ([11, 12], [23, 24])


def lengths_of(shoulders: float = 1.0, hips: float = 1.0) -> np.ndarray:
    """Of a standing body whose widths are so many times the usual ones, 0.2 and 0.1 of its height."""
    world = standing()
    height = (0.5 + np.linalg.norm(world[23] - world[25]) + np.linalg.norm(world[25] - world[27])) / 0.779
    for pair, share in ((SHOULDERS, 0.2 * shoulders), (HIPS, 0.1 * hips)):
        shift = world[pair[0], 0] - share * height / 2
        for part in ((11, 13, 15), (23, 25, 27, 29, 31)):
            if part[0] == pair[0]:
                world[list(part), 0] -= shift
                world[[landmark + 1 for landmark in part], 0] += shift
    return typical_lengths(world[None])


def bone(lengths: np.ndarray, *ends: int) -> float:
    return float(lengths[BONES.tolist().index(list(ends))])


def test_usual_widths_stay() -> None:
    np.testing.assert_allclose(towards_usual_widths(lengths_of()), lengths_of(), rtol=1e-6)


@pytest.mark.parametrize("wide", [0.7, 1.4])
def test_others_go_half_way(wide: float) -> None:
    usual = lengths_of()
    changed = towards_usual_widths(lengths_of(shoulders=1 / wide, hips=wide))
    assert bone(changed, *HIPS) == pytest.approx(bone(usual, *HIPS) * wide**0.5)
    assert bone(changed, *SHOULDERS) == pytest.approx(bone(usual, *SHOULDERS) / wide**0.5)


def test_the_trunk_stays_a_trunk_of_the_same_length() -> None:
    changed = towards_usual_widths(lengths_of(hips=1.4))
    across = (bone(changed, *SHOULDERS) - bone(changed, *HIPS)) / 2
    assert np.sqrt(bone(changed, 11, 23) ** 2 - across**2) == pytest.approx(0.5)
    # Of a trapezium the diagonals' squares are the legs' square and the product of the parallel sides.
    parallel = bone(changed, *SHOULDERS) * bone(changed, *HIPS)
    assert bone(changed, 11, 24) ** 2 == pytest.approx(bone(changed, 11, 23) ** 2 + parallel)


def test_both_sides_stay_alike_and_limbs_as_they_were() -> None:
    given = lengths_of(hips=1.4)
    changed = towards_usual_widths(given)
    np.testing.assert_array_equal(changed[2:11], changed[11:])
    np.testing.assert_array_equal(changed[4:11], given[4:11])


def test_a_body_is_scaled_as_a_whole() -> None:
    given = lengths_of()
    np.testing.assert_allclose(at_stature_of(1.3 * given, given), given)
