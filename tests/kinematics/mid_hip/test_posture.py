import numpy as np
import pytest
from standing_person import STANDING, at, person

from humanpose3d.kinematics.mid_hip.posture import posture_of

TIMES = np.arange(0, 2, 1 / 30)


@pytest.mark.parametrize("known", [[0, 0, 0], [0, 1, 0]], ids=["no vertical", "no place"])
def test_hips_at_the_origin_tell_nothing(known):
    """Where the vertical or the place is not known, the middle of the hips stays at the origin."""
    standing = person(at(STANDING + 0.1 * np.sin(TIMES)))
    middle = (standing["RHip"] + standing["LHip"]) / 2 * (1 - np.array(known))
    assert posture_of(TIMES, {name: track - middle for name, track in standing.items()}) is None


def test_a_missing_marker_or_a_short_sight_gives_none():
    standing = person(at(STANDING + 0.01 * np.sin(TIMES)))
    assert posture_of(TIMES, {n: track for n, track in standing.items() if n != "LHeel"}) is None
    assert posture_of(TIMES[:20], {name: track[:20] for name, track in standing.items()}) is None


def test_what_is_known_of_a_person_who_stands():
    posture = posture_of(TIMES, person(at(STANDING + 0.001 * np.sin(TIMES))))
    assert posture.still().all()
    assert np.abs(posture.soles).max() < 1e-9
    np.testing.assert_allclose(posture.right, [-1, 0, 0])
    assert posture.behind_heels.max() < 0, "the trunk is before the heels"
