import numpy as np
import pytest

from humanpose3d.opensim.scaling import Measurement, lengths_of_pairs, scale_factors

THIGH = Measurement((("LHip", "LKnee"), ("RHip", "RKnee")), {"femur_r": "XYZ", "femur_l": "XYZ"})
PELVIS = Measurement((("RHip", "LHip"),), {"pelvis": "Z"})
MODEL = {("LHip", "LKnee"): 0.4, ("RHip", "RKnee"): 0.4, ("RHip", "LHip"): 0.2}


def test_lengths_are_medians_over_the_frames_that_show_both_markers() -> None:
    positions = np.zeros((5, 2, 3))
    positions[:, 1, 1] = [0.4, 0.41, 0.42, 9.0, np.nan]
    lengths = lengths_of_pairs(["LHip", "LKnee"], positions, {("LHip", "LKnee"), ("RHip", "RKnee")})
    assert lengths == {("LHip", "LKnee"): pytest.approx(0.415)}


def test_a_pair_that_is_never_seen_together_has_no_length() -> None:
    positions = np.zeros((4, 2, 3))
    positions[:2, 0] = positions[2:, 1] = np.nan
    assert lengths_of_pairs(["A", "B"], positions, {("A", "B")}) == {}


def test_both_sides_get_the_mean_of_their_pairs() -> None:
    person = {("LHip", "LKnee"): 0.44, ("RHip", "RKnee"): 0.48, ("RHip", "LHip"): 0.2}
    factors = scale_factors([THIGH, PELVIS], person, MODEL, ["femur_r", "femur_l", "pelvis"])
    assert factors["femur_r"] == factors["femur_l"] == pytest.approx((1.15, 1.15, 1.15))


def test_sides_that_are_measured_each_for_itself_are_averaged() -> None:
    right = Measurement((("RHip", "RKnee"),), {"femur_r": "XYZ"})
    left = Measurement((("LHip", "LKnee"),), {"femur_l": "XYZ"})
    person = {("LHip", "LKnee"): 0.44, ("RHip", "RKnee"): 0.48}
    assert scale_factors([left, right], person, MODEL, ["femur_l"])["femur_l"] == pytest.approx((1.15, 1.15, 1.15))


def test_what_nothing_measures_is_scaled_as_the_rest() -> None:
    person = {("LHip", "LKnee"): 0.44, ("RHip", "LHip"): 0.24}
    factors = scale_factors([THIGH, PELVIS], person, MODEL, ["pelvis", "skull"])
    assert factors["skull"] == pytest.approx((1.1, 1.1, 1.1))
    assert factors["pelvis"] == pytest.approx((1.1, 1.1, 1.2))


def test_without_any_pair_there_is_no_scale() -> None:
    with pytest.raises(ValueError, match="no pair of markers"):
        scale_factors([THIGH], {}, MODEL, ["femur_r"])
