"""Who is listed, in which order, and who is meant by a choice."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from support.sightings import BLUE, RED, look, standing_person

from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.detection.people import Point, choose, describe_people, everybody, list_people

SIZE = (640, 480)
TIMES = [0.0, 1.0, 2.0]


def places(person):
    return [round(each.points[[23, 24]].mean(axis=0)[0]) for each in person.sightings.values()]


def test_two_who_cross_keep_their_clothes() -> None:
    everybody = [
        look(time, standing_person(100 + 200 * time, shirt=RED), standing_person(500 - 200 * time, shirt=BLUE))
        for time in TIMES
    ]
    everybody[1] = look(1.0, standing_person(300, shirt=BLUE), standing_person(310, shirt=RED))
    first, second = list_people(everybody)
    assert sorted([places(first), places(second)]) == [[100, 310, 500], [500, 300, 100]]


def test_who_is_seen_longest_and_largest_comes_first() -> None:
    near, far = standing_person(400, metre=150.0, shirt=BLUE), standing_person(100, metre=60.0)
    people = list_people([look(0.0, far), look(1.0, far, near), look(2.0, far, near)])
    assert [person.number for person in people] == [1, 2]
    assert (people[0].first, people[0].last) == (1.0, 2.0)
    assert people[0].height > people[1].height
    assert people[1].as_dict() == {"number": 2, "first_s": 0.0, "last_s": 2.0, "height_px": 95}


def test_somebody_who_leaves_and_comes_back_is_one_person() -> None:
    here = standing_person(100)
    (person,) = list_people([look(0.0, here), look(1.0), look(2.0), look(3.0, standing_person(500))])
    assert places(person) == [100, 500]


def test_who_comes_in_other_clothes_is_another() -> None:
    other = replace(standing_person(150), colours=np.array([BLUE, [0.9, 0.9, 0.7]]))
    assert len(list_people([look(0.0, standing_person(100)), look(1.0), look(2.0, other)])) == 2


def test_somebody_whose_legs_are_outside_is_listed_without_a_warning() -> None:
    legs_outside = replace(standing_person(100), colours=np.array([RED, [np.nan] * 3]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (person,) = list_people([look(time, legs_outside) for time in TIMES])
    assert len(person.sightings) == 3


def test_an_arm_before_the_torso_makes_nobody_else() -> None:
    arm = [standing_person(100, shirt=BLUE if i % 2 else RED) for i in range(6)]
    assert len(list_people([look(float(i), each) for i, each in enumerate(arm)])) == 1


def test_furniture_that_is_taken_for_somebody_once_is_nobody() -> None:
    here, chair = standing_person(100), standing_person(400, shirt=BLUE, visibility=0.65)
    assert len(list_people([look(0.0, here, chair), look(1.0, here), look(2.0, here)])) == 1
    assert len(list_people([look(0.0, here, chair), look(1.0, here, chair), look(2.0, here)])) == 2


def test_nobody() -> None:
    assert list_people([look(time) for time in TIMES]) == []


@pytest.fixture
def pair():
    left, right = standing_person(100), standing_person(400, metre=60.0, shirt=BLUE)
    return list_people([look(0.0, left), look(1.0, left, right), look(2.0, left, right)])


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        (None, 1),
        (2, 2),
        (Point(100, 150), 1),
        (Point(0.62, 0.4, 1.0), 2),
        (Point(400, 200, 2.1), 2),
    ],
)
def test_a_number_or_a_point_chooses(pair, choice, number: int) -> None:
    assert choose(pair, choice, SIZE, TIMES).number == number


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (3, r"There is no person 3; there are person 1 \(0.0 to 2.0 s, \d+ pixels tall\), person 2"),
        (Point(400, 200), "Nobody is at 400,200 .* at 0.00 s; persons are at 100,"),
        (Point(0.5, 0.01, 1.0), r"Nobody is at 320,5 \(pixels of 640 x 480\) at 1.00 s; persons are at .* and "),
        (Point(100, 150, 7.0), "There is no frame at 7 s"),
    ],
)
def test_a_choice_of_nobody_is_refused(pair, choice, words: str) -> None:
    with pytest.raises(InvalidSettingError, match=words):
        choose(pair, choice, SIZE, TIMES)


def test_a_stadium_is_told_in_a_sentence() -> None:
    crowd = [standing_person(100 * i, metre=20.0 + i) for i in range(40)]
    people = list_people([look(time, *crowd) for time in TIMES])
    assert len(people) == 40
    sentence = describe_people(people, people[0])
    assert sentence is not None
    assert sentence.startswith("More than one person is in the picture: analysed is person 1 (0.0 to 2.0 s, ")
    assert "person 7" not in sentence
    assert len(sentence) < 500
    assert describe_people(people[:1], people[0]) is None
    with pytest.raises(InvalidSettingError, match=r"There are 40 persons, and --people all follows at most 10; choose"):
        everybody(people)
    assert everybody(people[:10]) == people[:10]
