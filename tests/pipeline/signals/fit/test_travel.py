from dataclasses import replace

import numpy as np
import pytest
from support.bodies import SIZE
from support.walkers import Walker, walker

from humanpose3d.pipeline.signals.body import BODY
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior
from humanpose3d.pipeline.signals.fit.anatomy import links_of
from humanpose3d.pipeline.signals.fit.focal_length import estimate_lens
from humanpose3d.pipeline.signals.fit.travel import focal_length_by_travel
from humanpose3d.pipeline.signals.lens import ASSUMED, told_lens
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.rays import turns_towards
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks

TRUNK_AND_LEG_M = 1.35
ADDED = 1.07  # to a way towards the camera, which the real network takes too short; the one here does not


def filmed(person: Walker, focal_length: float) -> Landmarks:
    rays = person.points[..., :2] / person.points[..., 2:]
    return replace(person.landmarks, image=rays * focal_length * max(SIZE) / np.array(SIZE) + 0.5)


def known(person: Walker) -> DepthPrior:
    """The truth, as the network would say it."""
    points = person.points[:, BODY]
    turns = turns_towards((points[..., :2] / points[..., 2:]).mean(axis=1))
    links = links_of(points) @ turns / TRUNK_AND_LEG_M
    return DepthPrior(links, np.full(links.shape, 0.03))


@pytest.mark.parametrize("heading", [0.0, 25.0, 180.0])
@pytest.mark.parametrize("focal_length", [0.6, 0.85, 1.5])
def test_the_way_over_the_standing_foot_tells_the_focal_length(heading: float, focal_length: float) -> None:
    person = walker(heading)
    found = focal_length_by_travel(filmed(person, focal_length), SIZE, known(person))
    assert found is not None
    assert found.focal_length == pytest.approx(focal_length * (ADDED if heading < 90 else 1), rel=0.08)
    assert found.metres > 0.8


@pytest.mark.parametrize(("millimetres", "doubted"), [(32.0, False), (9.0, True)])
def test_a_given_lens_with_which_nobody_could_walk_so_is_kept_and_doubted(
    millimetres: float, doubted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = walker()
    prior = known(person)
    monkeypatch.setattr("humanpose3d.pipeline.signals.process.depth_prior", lambda *_: (prior, {}))
    given = told_lens(millimetres, None, SIZE)
    settings = SignalSettings(repair_swaps=False, reproject=False, upright=False)
    _, report = process(filmed(person, 0.85), settings, size=SIZE, lens=given)
    assert report.lens is given
    assert any("focal length given is 9 mm" in warning for warning in report.warnings) is doubted
    assert "estimate_lens" not in report.steps


def test_steps_that_the_prior_takes_too_short_shorten_the_lens() -> None:
    person = walker()
    prior = known(person)
    flat = replace(prior, links=prior.links * [1, 1, 0.8])
    found = focal_length_by_travel(filmed(person, 1.0), SIZE, flat)
    assert found is not None
    assert found.focal_length == pytest.approx(0.8 * ADDED, rel=0.1)


@pytest.mark.parametrize(
    "person", [walker(over_ground=False), walker(90.0), walker(55.0)], ids=["on a belt", "across", "more across"]
)
def test_without_a_way_along_the_line_of_sight_it_tells_nothing(person: Walker) -> None:
    assert focal_length_by_travel(filmed(person, 1.0), SIZE, known(person)) is None


def test_where_nothing_is_known_of_the_pose_it_tells_nothing() -> None:
    person = walker()
    assert focal_length_by_travel(filmed(person, 1.0), SIZE, DepthPrior.nothing(len(person.times))) is None


def test_it_counts_with_what_is_usual_unless_the_camera_moves() -> None:
    person = walker()
    landmarks, prior = filmed(person, 1.3), known(person)
    found, report = estimate_lens(landmarks, SIZE, 6.0, prior)
    assert found is not None and found.source == "estimated"
    assert ASSUMED.focal_length < found.focal_length < report["by_travel"]
    assert found.focal_length * np.exp(1.96 * found.spread) > 1.3
    assert found.spread < 0.5 * ASSUMED.spread
    assert report["by_travel"] == pytest.approx(1.3 * ADDED, rel=0.08)
    assert estimate_lens(landmarks, SIZE, 6.0, prior, still=False) == (None, {"frames_used": 0})
