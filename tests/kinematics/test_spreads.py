import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.validity.bands import band_name
from humanpose3d.kinematics.validity.spreads import LIMBS, known_spreads, limb_of, spread_of, uncertainty_factor

USUAL = 0.02
SPREADS = st.floats(1e-4, 1.0)


@given(SPREADS, SPREADS)
def test_the_less_sure_the_depth_prior_is_the_larger_the_uncertainty(one: float, other: float) -> None:
    less, more = (uncertainty_factor(each, USUAL) for each in sorted((one, other)))
    assert 0.4 <= less <= more <= 4
    assert uncertainty_factor(USUAL, USUAL) == 1


@given(SPREADS, SPREADS)
def test_where_no_side_is_named_the_worse_one_counts(left: float, right: float) -> None:
    spreads = {"leg_L": left, "leg_R": right}
    assert spread_of(spreads, "curve knee flex") == max(spread_of(spreads, "curve knee flex", s) for s in "LR")


@pytest.mark.parametrize(("spreads", "usual"), [({}, USUAL), ({"arm_L": 0.5}, USUAL), ({"leg_R": 0.5}, math.nan)])
def test_what_is_not_known_changes_nothing(spreads: dict[str, float], usual: float) -> None:
    assert uncertainty_factor(spread_of(spreads, "curve knee flex", "R"), usual) == 1


@pytest.mark.parametrize(
    "recorded", [None, [], "arm_L", {"arm_L": "wide"}, {"arm_L": None}, {"arm_L": -1.0}, {"arm_L": math.nan}]
)
def test_a_damaged_record_is_one_without_spreads(recorded: object) -> None:
    assert known_spreads(recorded) == {}
    assert known_spreads({"leg_R": 0.02, "arm_L": recorded}) == {"leg_R": 0.02}


def test_every_joint_goes_by_a_limb() -> None:
    limbs = {joint.partition("_")[0]: limb_of(band_name("curve", joint, "flex")) for joint in JOINT_NAMES}
    assert limbs == {
        **dict.fromkeys(("shoulder", "elbow", "trunk"), "arm"),
        **dict.fromkeys(("pelvis", "hip", "knee", "ankle"), "leg"),
    }
    assert set(limbs.values()) == set(LIMBS)
