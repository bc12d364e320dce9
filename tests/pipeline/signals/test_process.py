import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from support.bodies import SIZE, marching, mirror_image, seen, with_swaps, without
from support.walkers import walker

from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.pipeline.detection import observe
from humanpose3d.pipeline.signals.body import BODY, HIPS, MIRRORED, length_variation, middle
from humanpose3d.pipeline.signals.depth_prior.network import DepthPriorError, Network
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.video.reader import VideoReader

SWITCHES = [field.name for field in fields(SignalSettings) if field.type in ("bool", bool)]
# The pose that these tests give is the truth but for noise, and so better than the depth prior's.
OF_A_TRUE_POSE = SignalSettings(upright=False, depth_prior=False)
OF_A_TILTED = SignalSettings(depth_prior=False, estimate_lens=False)
NOTHING = SignalSettings(**dict.fromkeys(SWITCHES, False))


def noisy(frames: int = 120) -> Landmarks:
    truth = seen(*marching(frames))
    rng = np.random.default_rng(0)
    return replace(
        truth,
        world=truth.world + rng.normal(0, 0.01, truth.world.shape),
        image=truth.image + rng.normal(0, 0.001, truth.image.shape),
    )


def test_with_everything_off_nothing_happens() -> None:
    given = without(noisy(), slice(10, 12))
    processed, report = process(given, NOTHING, size=SIZE)
    np.testing.assert_array_equal(processed.world, given.world)
    assert report.steps == {}
    assert set(report.skipped) == {*SWITCHES, "scale_to_height"}
    [warning] = report.warnings
    assert warning == "The depth prior was switched off; the errors that the bands give were measured with it."


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_step_has_its_own_switch_and_reports_in_plain_json(switch: str) -> None:
    _, report = process(noisy(), replace(NOTHING, **{switch: True}), size=SIZE)
    assert list(report.steps) == [switch]
    assert json.loads(json.dumps(report.as_dict(), allow_nan=False)) == report.as_dict()


def test_errors_that_detectors_make_are_mended_together() -> None:
    truth = seen(*marching(120))
    bad = with_swaps(noisy(), slice(50, 70))
    bad = without(bad, slice(30, 36))
    processed, report = process(bad, OF_A_TRUE_POSE, size=SIZE)
    error = (processed.world - middle(processed.world, HIPS) - truth.world)[:, BODY]
    assert np.isfinite(processed.world).all()
    assert np.linalg.norm(error, axis=-1).mean() < 0.02
    assert length_variation(processed.world) < 1.5
    assert report.steps["repair_swaps"]["whole_body"] == 20
    assert report.steps["fill_gaps"]["samples_filled"] == 6 * 33
    assert any("left and right in 20 of 120 frames" in warning for warning in report.warnings)


def test_the_second_detection_is_mended_before_it_is_averaged() -> None:
    given = noisy()
    other = with_swaps(mirror_image(noisy()), slice(20, 40))
    processed, report = process(given, replace(NOTHING, repair_swaps=True), size=SIZE, mirrored=other)
    assert report.steps["average_with_mirrored"] == {"frames_averaged": 120, "frames_from_one": 0}
    np.testing.assert_allclose(processed.world, given.world - middle(given.world, HIPS), atol=1e-9)


def test_the_mirrored_person_is_processed_alike() -> None:
    given = with_swaps(noisy(60), slice(20, 30))
    one, _ = process(given, size=SIZE)
    other, _ = process(mirror_image(given), size=SIZE)
    np.testing.assert_allclose(other.world, one.world[:, MIRRORED] * [-1, 1, 1], atol=1e-6)


def test_the_height_scales_everything() -> None:
    _, report = process(noisy(30), size=SIZE, height=1.9)
    assert report.steps["scale_to_height"]["factor"] > 1


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_very_short_trials(frames: int) -> None:
    processed, _ = process(noisy(frames), size=SIZE)
    assert np.isfinite(processed.world).all()


def test_nobody() -> None:
    processed, report = process(without(noisy(20), slice(None)), size=SIZE, height=1.8)
    assert np.isnan(processed.world).all()
    assert report.warnings == ()


def test_a_person_who_leaves_stays_away_as_long_as_they_were() -> None:
    processed, _ = process(without(noisy(), slice(40, 80)), size=SIZE)
    assert np.isnan(processed.world[40:80]).all()
    assert np.isfinite(processed.world[:40]).all()
    assert np.isfinite(processed.world[80:]).all()


def test_another_person_is_left_out_and_told_of() -> None:
    given = noisy()
    image = given.image.copy()
    image[50:80] = image[50:80] * 0.4
    processed, report = process(replace(given, image=image), size=SIZE)
    assert np.isnan(processed.world[50:80]).all()
    assert "jumped to another person, or the video is cut, at 0.83 s, 1.33 s" in report.warnings[0]
    assert "50% from the left" in report.warnings[0]


@pytest.mark.parametrize("step", [1 / 240, 1 / 15], ids=["240 Hz", "15 Hz"])
def test_other_rates(step: float) -> None:
    times, world = marching(200, 1 / step)
    processed, _ = process(seen(times, world), OF_A_TRUE_POSE, size=SIZE)
    error = processed.world - middle(processed.world, HIPS) - world
    assert np.linalg.norm(error[:, BODY], axis=-1).mean() < 0.02


def test_a_variable_frame_rate_gives_what_an_even_one_gives() -> None:
    person = walker(40.0, over_ground=False)
    times = np.arange(0, person.times[-1], 1 / 60)
    points = CubicSpline(person.times, person.points)(times)
    hips = middle(points, HIPS)
    chosen = np.sort(np.random.default_rng(3).choice(np.arange(1, len(times) - 1), 160, replace=False))
    even, uneven = (
        process(seen(times[at], (points - hips)[at], at=hips[at]), SignalSettings(upright=False), size=SIZE)[0].world
        for at in (np.arange(len(times)), chosen)
    )
    apart = np.linalg.norm((uneven - even[chosen])[10:-10, BODY], axis=-1)
    assert apart.mean() < 0.005
    assert np.percentile(apart, 99) < 0.02
    assert apart.max() < 0.03  # for a moment another foot may stand


def test_meaningless_settings_are_refused() -> None:
    for wrong in ({"cutoff_hz": 0.0}, {"visibility_gate": 1.5}, {"filter_order": 3}, {"longest_gap_s": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            SignalSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_real_trial_with_swaps_comes_near_the_reference(shared_data: Path) -> None:
    """Camera 2, where the detector exchanges left and right in 28 of 100 frames: 238 mm raw."""
    video = shared_data / "singleperson" / "cam02.mp4"
    with VideoReader(video) as reader, load_pose_landmarker(shared_data / "pose_landmarker_full.task") as landmarker:
        size = (reader.info.width, reader.info.height)
        landmarks = observe(reader.frames(), landmarker).landmarks
    processed, _ = process(landmarks, SignalSettings(upright=False), size=size)
    with np.load(shared_data / "singleperson" / "reference.npz") as values:
        # The camera lags by 0.09 frames, which moves nothing by more than a few mm.
        truth = values["xyz"] @ values["R"][1].T + values["T"][1]
        place = {int(landmark): column for column, landmark in enumerate(values["mp_index"])}
        valid = values["valid"]
    joints = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]

    def error_mm(found: Landmarks) -> float:
        reference = truth[:, [place[joint] for joint in joints]]
        about = truth[:, [place[23], place[24]]].mean(axis=1, keepdims=True)
        difference = (found.world - middle(found.world, HIPS))[:, joints] - (reference - about)
        return 1e3 * float(np.linalg.norm(difference[valid], axis=-1).mean())

    assert error_mm(landmarks) > 200
    assert error_mm(processed) < 125


def test_a_cut_off_that_was_lowered_is_told() -> None:
    slow = seen(*marching(60, 10.0))
    warnings = process(slow, replace(NOTHING, smooth=True), size=SIZE)[1].warnings
    assert "4 Hz instead of 6" in warnings[0]


def test_weights_that_cannot_be_used_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> Network:
        raise DepthPriorError("weights.npz does not hold its weights")

    monkeypatch.setattr("humanpose3d.pipeline.signals.depth_prior.prior.shipped", damaged)
    _, report = process(noisy(30), size=SIZE)
    [told] = [warning for warning in report.warnings if "depth prior" in warning]
    assert "missing or damaged (weights.npz does not hold its weights). Errors are larger than the bands say" in told


@pytest.mark.parametrize(("pitch", "told"), [(15.0, False), (35.0, True)])
def test_a_camera_that_looks_down_further_than_was_measured_is_told(pitch: float, told: bool) -> None:
    person = walker(40.0, over_ground=False, pitch=pitch, height=2.5)
    hips = middle(person.points, HIPS)
    _, report = process(seen(person.times, person.points - hips, at=hips), OF_A_TILTED, size=SIZE)
    assert any("tilted by about" in warning for warning in report.warnings) is told
