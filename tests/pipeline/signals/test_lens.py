import math

import pytest

from humanpose3d.pipeline.signals.lens import ASSUMED, LIMITS_MM, Lens, disagreement, prevailing, told_lens

WIDE, TALL, SQUARE = (1920, 1080), (1080, 1920), (1000, 1000)


@pytest.mark.parametrize("size", [WIDE, TALL, SQUARE, (640, 480)])
def test_terms_of_35_mm_film_are_those_of_the_diagonal(size: tuple[int, int]) -> None:
    lens = Lens.told(26.0, size, "given")
    across = 2 * math.atan(math.hypot(*size) / 2 / (lens.focal_length * max(size)))
    assert across == pytest.approx(2 * math.atan(math.hypot(36, 24) / 2 / 26.0))
    assert lens.millimetres(size) == pytest.approx(26.0)


def test_on_the_film_itself_the_longer_side_is_36_mm() -> None:
    assert Lens.told(36.0, (3600, 2400), "given").focal_length == pytest.approx(1.0)


def test_what_is_given_goes_before_what_the_file_states() -> None:
    given = told_lens(50.0, 26.0, WIDE)
    assert given is not None and (given.source, given.millimetres(WIDE)) == ("given", pytest.approx(50.0))
    stated = told_lens(None, 26.0, WIDE)
    assert stated is not None and (stated.source, stated.millimetres(WIDE)) == ("metadata", pytest.approx(26.0))


@pytest.mark.parametrize("stated", [-26.0, 4.2, 5000.0])
def test_a_file_that_states_what_no_lens_has_is_not_believed_and_that_is_said(stated: float) -> None:
    told, estimated = told_lens(None, stated, WIDE), Lens(1.2, 0.2, "estimated")
    assert prevailing(told, estimated, WIDE) is estimated
    assert prevailing(told, None, WIDE) is ASSUMED
    sentence = disagreement(told, estimated, WIDE)
    assert sentence is not None and f"{stated:g} mm" in sentence and "no camera has" in sentence


@pytest.mark.parametrize("stated", LIMITS_MM)
@pytest.mark.parametrize("size", [WIDE, TALL, SQUARE])
def test_the_limits_themselves_can_be_meant(stated: float, size: tuple[int, int]) -> None:
    told = told_lens(None, stated, size)
    assert prevailing(told, None, size) is told
    assert disagreement(told, None, size) is None


def test_nothing_is_told_of_a_file_that_states_nothing() -> None:
    assert told_lens(None, None, WIDE) is None
    assert disagreement(None, None, WIDE) is None


def test_an_estimate_is_used_where_nothing_is_told() -> None:
    estimated = Lens(1.2, 0.2, "estimated")
    assert prevailing(None, estimated, WIDE) is estimated
    assert prevailing(None, None, WIDE) is ASSUMED
    assert disagreement(None, estimated, WIDE) is None


def test_metadata_go_before_an_estimate_that_agrees() -> None:
    stated, estimated = Lens.told(26.0, WIDE, "metadata"), Lens(0.8, 0.2, "estimated")
    assert prevailing(stated, estimated, WIDE) is stated
    assert disagreement(stated, estimated, WIDE) is None


def test_an_estimate_goes_before_metadata_that_it_contradicts_and_that_is_said() -> None:
    stated, estimated = Lens.told(13.0, WIDE, "metadata"), Lens(1.0, 0.2, "estimated")
    assert prevailing(stated, estimated, WIDE) is estimated
    sentence = disagreement(stated, estimated, WIDE)
    assert sentence is not None and "13 mm" in sentence and "38 mm" in sentence and "--focal-length" in sentence


@pytest.mark.parametrize(("walked_mm", "doubted"), [(38.0, False), (60.0, True)])
def test_what_the_user_gives_is_kept_and_doubted_where_the_picture_is_sure(walked_mm: float, doubted: bool) -> None:
    given = Lens.told(20.0, WIDE, "given")
    estimated = Lens(Lens.told(walked_mm, WIDE, "metadata").focal_length, 0.17, "estimated")
    assert prevailing(given, estimated, WIDE) is given
    sentence = disagreement(given, estimated, WIDE)
    assert (sentence is not None) is doubted
    assert sentence is None or ("20 mm" in sentence and "60 mm" in sentence)


def test_the_record_has_value_uncertainty_unit_and_source() -> None:
    record = Lens.told(26.0, WIDE, "metadata").as_record(WIDE)
    assert record == {"value": 26.0, "uncertainty": 2.6, "unit": "mm", "source": "metadata"}
