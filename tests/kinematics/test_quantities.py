import math

import pytest

from humanpose3d.kinematics.quantities import Measured, NotMeasured, mean_of, of_unknown_scale


@pytest.mark.parametrize(
    ("value", "uncertainty", "shown"),
    [
        (109.09, 1.08, "109.1 ± 1.1 steps/min"),
        (1.10321, 0.0182, "1.103 ± 0.018 steps/min"),
        (87.0, 21.2, "87 ± 21 steps/min"),
        (0.5, 0.0, "0.500 ± 0.000 steps/min"),
    ],
)
def test_a_number_shows_the_digits_that_its_uncertainty_bears(value: float, uncertainty: float, shown: str) -> None:
    assert str(Measured(value, uncertainty, "steps/min")) == shown


def test_a_mean_has_scatter_and_the_error_that_all_values_share() -> None:
    assert mean_of([1.0, 2.0, 3.0], 0.0, "s", "steps") == Measured(2.0, pytest.approx(1 / math.sqrt(3)), "s")
    assert mean_of([2.0] * 1000, 0.3, "s", "steps") == Measured(2.0, pytest.approx(0.3), "s")


@pytest.mark.parametrize(("values", "number"), [([], "no left stance"), ([1.0], "only 1 left stance")])
def test_too_few_values_have_no_mean(values: list[float], number: str) -> None:
    reason = f"{number} in the recording, and it takes at least 2"
    assert mean_of(values, 0.1, "%", "left stances") == NotMeasured(reason)


def test_without_a_height_lengths_are_as_unsure_as_the_height_of_an_adult() -> None:
    numbers = {
        "walking_speed": Measured(1.0, 0.08, "m/s"),
        "cadence": Measured(110.0, 0.5, "steps/min"),
        "step_width": NotMeasured("no print"),
    }
    found = of_unknown_scale(numbers)
    assert found["walking_speed"] == Measured(1.0, pytest.approx(0.1), "m/s")
    assert (found["cadence"], found["step_width"]) == (numbers["cadence"], numbers["step_width"])
