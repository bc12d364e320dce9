from dataclasses import replace

import numpy as np
import pytest
from support.bodies import SIZE, legs_alike, marching, mirror_image, seen, standing, with_swaps, without

from humanpose3d.pipeline.signals.body import BODY, LEGS, MIRRORED, index
from humanpose3d.pipeline.signals.depth_prior import prior
from humanpose3d.pipeline.signals.depth_prior.network import DepthPriorError, Network, shipped
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior, clearness_of_legs, depth_prior, exchanged_legs
from humanpose3d.pipeline.signals.fit.anatomy import PARENT_PLACES
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import Landmarks

_SIDES = np.searchsorted(BODY, MIRRORED[BODY])


def marched(frames: int = 90, rate: float = 30.0) -> Landmarks:
    return seen(*marching(frames, rate))


def true_links(landmarks: Landmarks) -> np.ndarray:
    body = landmarks.world[:, BODY]
    return np.asarray(body - body[:, PARENT_PLACES].mean(axis=2))


def test_depth_is_told_from_the_picture_alone() -> None:
    given = marched()
    blind = replace(given, world=given.world * [1, 1, 0])
    found, report = depth_prior(blind, SIZE)
    true = true_links(given) / 1.33  # metres of trunk and leg
    wrong = np.abs(found.links - true)[..., 2]
    assert wrong.mean() < 0.5 * np.abs(true[..., 2]).mean()
    assert (wrong < 1.645 * found.spreads[..., 2]).mean() > 0.75
    assert report == {"frames_used": 90, "weights_sha256": shipped().sha256, "spreads": found.spreads_of_limbs()}


def test_the_spread_of_a_limb_tells_that_it_is_hidden() -> None:
    given = marched()
    usual, hidden = (
        depth_prior(each, SIZE)[0].spreads_of_limbs()
        for each in (given, without(given, slice(None), index("left_elbow", "left_wrist")))
    )
    assert set(usual) == {"arm_L", "arm_R", "leg_L", "leg_R"}
    assert hidden["arm_L"] > 1.5 * usual["arm_L"]
    assert hidden["leg_R"] < 1.5 * usual["leg_R"]
    assert DepthPrior.nothing(90).spreads_of_limbs() == {}


@pytest.mark.parametrize("focal_length", [0.5, 2.0])
def test_depth_is_nearer_to_the_truth_where_the_lens_is_known(focal_length: float) -> None:
    given = marched()
    image = 0.5 + (given.image - 0.5) * focal_length / ASSUMED.focal_length
    true = true_links(given)[..., 2] / 1.33
    wrong = [
        np.abs(depth_prior(replace(given, image=image), SIZE, lens)[0].links[..., 2] - true).mean()
        for lens in (Lens(focal_length, 0.05, "given"), ASSUMED)
    ]
    assert wrong[0] < wrong[1]


@pytest.mark.parametrize("rate", [8.0, 24.0, 60.0, 240.0])
def test_the_frame_rate_hardly_matters(rate: float) -> None:
    usual, _ = depth_prior(marched(), SIZE)
    other, _ = depth_prior(marched(int(3 * rate), rate), SIZE)
    middle = other.links[int(1.5 * rate)]
    np.testing.assert_allclose(middle, usual.links[45], atol=0.05)


def test_the_mirror_image_has_the_mirrored_pose() -> None:
    one, _ = depth_prior(marched(), SIZE)
    other, _ = depth_prior(mirror_image(marched()), SIZE)
    np.testing.assert_allclose(other.links, one.links[:, _SIDES] * [-1, 1, 1], atol=1e-5)
    np.testing.assert_allclose(other.spreads, one.spreads[:, _SIDES], rtol=1e-4)


def test_exchanged_legs_are_recognised() -> None:
    given, at = marched(), slice(30, 45)
    image = given.image.copy()
    image[at, LEGS] = image[at][:, MIRRORED[LEGS]]
    odds = exchanged_legs(replace(given, image=image), SIZE)
    right = odds < 0
    right[at] = odds[at] > 0
    assert right.mean() > 0.9
    assert (exchanged_legs(given, SIZE) < 0).mean() > 0.95


def test_it_is_clear_which_leg_is_which_where_the_picture_tells() -> None:
    told, untold = (clearness_of_legs(each, SIZE) for each in (marched(), legs_alike(90)))
    assert told.min() > 8
    assert np.abs(untold).mean() < 2
    exchanged = clearness_of_legs(with_swaps(marched(), slice(None), LEGS), SIZE)
    np.testing.assert_allclose(exchanged, -told)


def test_of_missing_legs_nothing_is_said() -> None:
    odds = exchanged_legs(without(marched(), slice(20, 40)), SIZE)
    assert (odds[20:40] == 0).all()
    assert np.isfinite(odds).all()
    clearness = clearness_of_legs(without(marched(), slice(20, 40)), SIZE)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(clearness)), np.arange(20, 40))


def test_frames_without_a_person_have_no_prior() -> None:
    found, report = depth_prior(without(marched(), slice(20, 40)), SIZE)
    empty = np.isinf(found.spreads).all(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(empty), np.arange(20, 40))
    assert report["frames_used"] == 70


def upside_down(landmarks: Landmarks) -> Landmarks:
    return replace(landmarks, world=landmarks.world * [-1, -1, 1], image=1 - landmarks.image)


@pytest.mark.parametrize(
    "given",
    [
        marched(1),
        marched(2),
        without(marched(), slice(None), [n for n in range(33) if n >= 25]),
        without(marched(), slice(None)),
        upside_down(marched()),
        marched(24, 8.0),
        marched(480, 240.0),
    ],
    ids=["one frame", "two frames", "no legs", "nothing", "upside down", "8 Hz", "240 Hz"],
)
def test_odd_trials_pass_through_as_without_it(given: Landmarks) -> None:
    processed, report = process(given, size=SIZE)
    assert report.steps["depth_prior"]["frames_used"] <= len(given.times)
    np.testing.assert_array_equal(np.isnan(processed.world).all(axis=(1, 2)), np.isnan(given.world).all(axis=(1, 2)))


def on_all_fours(frames: int = 60) -> Landmarks:
    """An animal from the side: a level trunk on four short legs."""
    points = standing() * [1, 0.6, 1]
    upper = np.arange(index("left_hip")[0])
    x, y, z = points[upper].T
    points[upper] = np.stack([x, z, y], axis=1)  # the trunk points away from the hips, forward
    for side in ("left", "right"):
        shoulder, *arm = index(
            *(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "pinky", "index", "thumb"))
        )
        points[arm] = points[shoulder] + np.array([0, 1, 0]) * np.array([0.25, 0.5, 0.53, 0.53, 0.53])[:, None]
    points = points[:, [2, 1, 0]] * [-1, 1, 1]  # seen from its side
    return seen(np.arange(frames) / 30, np.broadcast_to(points, (frames, 33, 3)))


@pytest.mark.parametrize(
    ("given", "size", "times_as_unsure"),
    [(upside_down(marched()), 1.33, 1.5), (on_all_fours(), 1.0, 1.0)],
    ids=["upside down", "an animal"],
)
def test_the_spread_of_an_odd_body_holds(given: Landmarks, size: float, times_as_unsure: float) -> None:
    found, usual = (depth_prior(each, SIZE)[0] for each in (given, marched()))
    wrong = np.abs(found.links - true_links(given) / size)[..., 2]
    assert (wrong < 1.645 * found.spreads[..., 2]).mean() > 0.75  # as of a person who walks
    assert np.median(found.spreads[..., 2]) > times_as_unsure * np.median(usual.spreads[..., 2])


def test_without_its_weights_the_fit_works_as_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Network:
        raise DepthPriorError("its weights can't be read: no such file")

    monkeypatch.setattr(prior, "shipped", broken)
    given = marched()
    processed, report = process(given, size=SIZE)
    assert report.skipped["depth_prior"] == "its weights can't be read: no such file"
    assert "depth_prior" not in report.steps
    assert np.isfinite(processed.world).all()
