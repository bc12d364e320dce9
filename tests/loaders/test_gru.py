import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keras_files import dense, dense_weights, input_layer, sequential, write_keras_file, write_motion_model

import humanpose3d.loaders.gru
from humanpose3d.errors import LoaderError
from humanpose3d.loaders import MarkerAugmenter, MotionModel, UnsupportedModelError, load_gru
from humanpose3d.loaders.marker_augmenter import LOWER, UPPER, WHOLE, AugmenterPart, BodyPart
from humanpose3d.loaders.motion_model import JOINT_NAMES
from humanpose3d.model_assets import IntegrityError
from humanpose3d.pipeline.markers import MARKER_NAMES, markers_from_landmarks
from humanpose3d.pipeline.trajectories import Landmarks, Markers

RATE = 30.0
HEIGHT, MASS = 1.75, 70.0


def write_augmenter(path: Path, columns: tuple[int, int]) -> Path:
    """Write an augmenter of one dense layer."""
    model = sequential(input_layer(None, columns[0]), dense("out", columns[1]))
    return write_keras_file(path, model, {"out": dense_weights("out", *columns)})


# --- which model it is ---------------------------------------------------------------------------------------------


def test_a_motion_model_is_known_by_its_shapes(tmp_path: Path) -> None:
    model = load_gru(write_motion_model(tmp_path / "any name.h5", [1.0]))
    assert isinstance(model, MotionModel)


@pytest.mark.parametrize(("body", "columns"), [(LOWER, (47, 105)), (UPPER, (23, 24)), (WHOLE, (59, 129))])
def test_an_augmenter_is_known_by_its_shapes(tmp_path: Path, body: object, columns: tuple[int, int]) -> None:
    assert body.columns == columns  # type: ignore[attr-defined]
    model = load_gru(write_augmenter(tmp_path / "GRU.h5", columns))
    assert isinstance(model, MarkerAugmenter)
    assert model.names == body.markers  # type: ignore[attr-defined]
    assert len(model.names) == len(model.sources) == columns[1] // 3


@pytest.mark.parametrize("body", [LOWER, UPPER])
def test_statistics_are_in_the_order_of_the_columns(body: BodyPart) -> None:
    with Path(humanpose3d.loaders.gru.__file__).with_name("opencap_statistics.csv").open(newline="") as file:
        columns = [row["column"] for row in csv.DictReader(file) if row["body"] == body.name]
    assert columns == [*(f"{keypoint}_{axis}" for keypoint in body.keypoints for axis in "xyz"), "height", "mass"]


@given(columns=st.tuples(st.integers(1, 130), st.integers(1, 130)))
@settings(max_examples=15, deadline=None)
def test_anything_else_is_refused_with_its_shapes(
    columns: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write_augmenter(tmp_path_factory.mktemp("other") / "GRU.h5", columns)
    with pytest.raises(UnsupportedModelError) as caught:
        load_gru(path)
    assert f"{path} is a Keras model frames × {columns[0]} → frames × {columns[1]}, which" in str(caught.value)
    assert isinstance(caught.value, LoaderError)


def test_the_shapes_of_a_motion_model_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="is a Keras model 64 × 39 → 39, which is neither a motion model"):
        load_gru(write_motion_model(tmp_path / "GRU.h5", [1.0], columns=39))


def test_a_web_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "GRU.h5"
    path.write_text("<html>404</html>")
    with pytest.raises(IntegrityError, match=r"GRU\.h5 is not a Keras model: it is a saved web page"):
        load_gru(path)


def test_the_resolver_is_asked_when_no_path_is_given(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get_model_path(name: str) -> Path:
        asked.append(name)
        return models_checkout / "GRU.h5"

    monkeypatch.setattr("humanpose3d.loaders.gru.get_model_path", get_model_path)
    assert isinstance(load_gru(), MotionModel)
    assert asked == ["gru"]


def test_nothing_heavy_is_imported_before_a_loader_is_called() -> None:
    code = """
import sys
from humanpose3d.loaders import MarkerAugmenter, MotionModel, load_gru, load_pose2sim_augmenter
import humanpose3d.pipeline.markers, humanpose3d.pipeline.motion
print(sorted({"torch", "h5py", "onnxruntime", "keras", "scipy", "mediapipe"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "[]\n"


# --- motion model --------------------------------------------------------------------------------------------------


def motion_model(tmp_path: Path, *taps: float) -> MotionModel:
    model = load_gru(write_motion_model(tmp_path / "motion.h5", taps))
    assert isinstance(model, MotionModel)
    return model


def walk(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Twelve joints that move smoothly, none faster than 1 m/s."""
    times = np.arange(frames) / RATE
    random = np.random.default_rng(0)
    phase, where = random.uniform(0, 6, (12, 3)), random.normal(0, 0.5, (12, 3))
    return where + 0.05 * np.sin(2 * np.pi * times[:, None, None] + phase), times


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_normalisation_is_undone(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A model that is linear, with taps that add up to 1, does not see origin and scale."""
    random = np.random.default_rng(seed)
    model = motion_model(tmp_path_factory.mktemp("motion"), 2.0, -1.0)
    windows = random.uniform(0.01, 10) * random.normal(size=(3, 64, 12, 3)) + random.normal(0, 10, 3)
    expected = 2 * windows[:, -1] - windows[:, -2]
    np.testing.assert_allclose(model.predict_next(windows), expected, atol=1e-4 * np.ptp(windows))


def test_the_normalisation_is_the_documented_one() -> None:
    seen = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return np.zeros((len(batch), 36), np.float32)

    windows = np.random.default_rng(0).normal(3, 2, (2, 64, 12, 3))
    predicted = MotionModel(network).predict_next(windows)
    for window, given_, answer in zip(windows, seen[0], predicted, strict=True):
        origin = (window[0, JOINT_NAMES.index("RHip")] + window[0, JOINT_NAMES.index("LHip")]) / 2
        centred = window - origin
        np.testing.assert_allclose(given_, ((centred - centred.mean()) / centred.std()).reshape(64, 36), atol=1e-6)
        np.testing.assert_allclose(answer, np.broadcast_to(centred.mean() + origin, (12, 3)), atol=1e-9)


def test_a_person_of_one_point_is_no_division_by_zero() -> None:
    model = MotionModel(lambda batch: np.zeros((len(batch), 36), np.float32))
    np.testing.assert_array_equal(model.predict_next(np.full((1, 64, 12, 3), 2.0)), np.full((1, 12, 3), 2.0))


def test_steady_movement_is_left_as_it_is(tmp_path: Path) -> None:
    positions, times = walk(200)
    np.testing.assert_array_equal(motion_model(tmp_path, 1.0).filter(positions, times), positions)


def test_dropped_joints_are_filled_by_the_prediction(tmp_path: Path) -> None:
    truth, times = walk(200)
    positions = truth.copy()
    positions[100:106, 5] = np.nan
    positions[150, :] = np.nan
    filled = motion_model(tmp_path, 2.0, -1.0).filter(positions, times)
    seen = np.isfinite(positions)
    np.testing.assert_array_equal(filled[seen], positions[seen])
    straight_on = truth[99, 5] + np.arange(1, 7)[:, None] * (truth[99, 5] - truth[98, 5])
    np.testing.assert_allclose(filled[100:106, 5], straight_on, atol=1e-4)
    np.testing.assert_allclose(filled[150], 2 * truth[149] - truth[148], atol=1e-4)


def test_a_jump_is_damped_as_the_formulas_say(tmp_path: Path) -> None:
    truth, times = walk(120)
    positions = truth.copy()
    positions[100, 8, 0] += 0.4
    filtered = motion_model(tmp_path, 1.0).filter(positions, times)
    speed = np.linalg.norm(positions[100, 8] - positions[99, 8]) * RATE
    assert 1 / (0.01 * speed**2 + 1) < 0.75
    variance = 1 + (0.01 - 1) * np.exp(-0.01 * speed) + 1
    gain = variance / (variance + 0.01 * speed**2)
    expected = truth[99, 8] + gain * (positions[100, 8] - truth[99, 8])
    np.testing.assert_allclose(filtered[100, 8], expected, atol=1e-5)
    assert gain < 0.7
    unchanged = np.ones(positions.shape[:2], bool)
    unchanged[100:, 8] = False
    np.testing.assert_array_equal(filtered[unchanged], positions[unchanged])


def test_a_slower_jump_is_trusted(tmp_path: Path) -> None:
    positions, times = walk(120)
    positions[100, 8, 0] += 5.0 / RATE
    np.testing.assert_array_equal(motion_model(tmp_path, 1.0).filter(positions, times), positions)


def test_speed_is_measured_in_real_time(tmp_path: Path) -> None:
    positions, times = walk(120)
    positions[100, 8, 0] += 0.4
    model = motion_model(tmp_path, 1.0)
    assert (model.filter(positions, times) != positions).any()
    np.testing.assert_array_equal(model.filter(positions, times * 10), positions)


def test_nothing_is_filled_before_the_window_is_full(tmp_path: Path) -> None:
    positions, times = walk(100)
    positions[10:20, 3] = np.nan
    positions[60:70, 4] = np.nan
    filled = motion_model(tmp_path, 1.0).filter(positions, times)
    assert np.isnan(filled[10:20, 3]).all()
    assert np.isnan(filled[60:64, 4]).all()
    np.testing.assert_allclose(filled[64:70, 4], np.broadcast_to(positions[59, 4], (6, 3)), atol=1e-4)


def test_a_gap_longer_than_the_window_ends_unfilled(tmp_path: Path) -> None:
    positions, times = walk(300)
    positions[100:200, 3] = np.nan
    positions[:150, 6] = np.nan
    filled = motion_model(tmp_path, 1.0).filter(positions, times)
    assert np.isfinite(filled[100:164, 3]).all()
    assert np.isnan(filled[164:200, 3]).all()
    assert np.isnan(filled[:150, 6]).all()
    np.testing.assert_array_equal(filled[200:], positions[200:])


@pytest.mark.parametrize("frames", [1, 2, 64])
def test_trials_no_longer_than_the_window_are_left_alone(tmp_path: Path, frames: int) -> None:
    positions, times = walk(frames)
    positions[-1, 2] = np.nan
    np.testing.assert_array_equal(motion_model(tmp_path, 1.0).filter(positions, times), positions)


def test_a_joint_that_is_never_seen_leaves_all_as_it_is(tmp_path: Path) -> None:
    positions, times = walk(100)
    positions[:, 2] = positions[80, 3] = np.nan
    np.testing.assert_array_equal(motion_model(tmp_path, 1.0).filter(positions, times), positions)


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_predicting_ahead_changes_no_result(seed: int) -> None:
    """The recursion frame by frame, as it is defined, gives the same."""
    random = np.random.default_rng(seed)
    model = MotionModel(lambda batch: (batch[:, -1] + 0.1 * np.tanh(batch.mean(axis=1))).astype(np.float32))
    positions, times = walk(180)
    positions = positions + random.normal(0, 0.01, positions.shape)
    frames, joints = random.integers(0, 180, 8), random.integers(0, 12, 8)
    positions[frames, joints] += random.normal(0, 0.5, (8, 3))
    for frame, joint in zip(random.integers(0, 180, 4), random.integers(0, 12, 4), strict=True):
        positions[frame : frame + random.integers(1, 90), joint] = np.nan
    np.testing.assert_allclose(
        model.filter(positions, times), filter_by_hand(model, positions, times), rtol=0, atol=1e-9
    )


def filter_by_hand(model: MotionModel, measured: np.ndarray, times: np.ndarray) -> np.ndarray:
    out = measured.copy()
    missing = np.isnan(measured).any(axis=-1)
    if missing.all(axis=0).any():
        return out
    state, variance = measured.copy(), np.ones(12)
    for joint in range(12):
        seen = np.flatnonzero(~missing[:, joint])
        for frame in np.flatnonzero(missing[:, joint]):
            before = seen[seen < frame]
            state[frame, joint] = measured[before[-1] if len(before) else seen[0], joint]
    for frame in range(64, len(measured)):
        prediction = model.predict_next(state[None, frame - 64 : frame])[0]
        step = times[frame] - times[frame - 1]
        for joint in range(12):
            before, gap = state[frame - 1, joint].copy(), 0
            while gap <= frame and missing[frame - gap, joint]:
                gap += 1
            if gap > 64 or (gap and missing[: frame + 1, joint].all()):
                state[frame, joint] = before
                continue
            target = prediction[joint] if gap else measured[frame, joint]
            speed = np.linalg.norm(target - before) / step
            if not gap and 1 / (0.01 * speed**2 + 1) >= 0.75:
                state[frame, joint] = target
                continue
            widened = variance[joint] + (0.01 - 1) * np.exp(-0.01 * speed) + 1
            noise = 0 if missing[frame - 1, joint] else 0.01 * speed**2
            gain = 0 if gap else widened / (widened + noise)
            state[frame, joint] = prediction[joint] + gain * (target - prediction[joint])
            variance[joint] = (1 - gain) * widened
            out[frame, joint] = state[frame, joint]
    return out


@pytest.mark.parametrize(
    ("positions", "times", "words"),
    [
        (np.zeros((5, 11, 3)), np.arange(5), r"positions and times must have the shapes \(T, 12, 3\) and \(T,\)"),
        (np.zeros((5, 12, 3)), np.arange(4), "positions and times must have the shapes"),
        (np.zeros((5, 12, 3)), np.zeros(5), "times must increase"),
    ],
)
def test_arrays_that_do_not_fit(positions: np.ndarray, times: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MotionModel(lambda batch: batch[:, -1]).filter(positions, times)


def test_windows_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"windows must have the shape \(N, 64, 12, 3\)"):
        MotionModel(lambda batch: batch[:, -1]).predict_next(np.zeros((63, 12, 3)))


# --- marker augmenter ----------------------------------------------------------------------------------------------


def part(body: object, network: object = None) -> AugmenterPart:
    """An augmenter that puts every marker where its first keypoint is."""
    columns = body.columns  # type: ignore[attr-defined]
    network = network or (lambda batch: np.tile(batch[..., :3], columns[1] // 3))
    return AugmenterPart(body, network, np.zeros(columns[0]), np.ones(columns[0]))  # type: ignore[arg-type]


def body_markers(frames: int = 50) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {name: random.normal([2, 1, 0], 0.3, (frames, 3)) for name in MARKER_NAMES}


def test_keypoints_go_in_relative_to_hip_and_height_and_come_back() -> None:
    seen = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return np.tile(batch[..., :3], 43)

    markers = body_markers()
    placed = MarkerAugmenter([part(WHOLE, network)]).augment(markers, HEIGHT, MASS)
    assert placed.shape == (50, 43, 3)
    np.testing.assert_allclose(placed, np.repeat(markers["Neck"][:, None], 43, axis=1), atol=1e-6)
    features = seen[0][0, 60:]
    np.testing.assert_allclose(features[:, 3:6], (markers["RShoulder"] - markers["Hip"]) / HEIGHT, atol=1e-6)
    np.testing.assert_allclose(features[:, 51:54], (markers["RWrist"] - markers["Hip"]) / HEIGHT, atol=1e-6)
    np.testing.assert_allclose(features[:, 57:], np.broadcast_to([HEIGHT, MASS], (50, 2)), atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 30, 61, 200])
def test_sixty_mirrored_frames_lead_in(frames: int) -> None:
    seen = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return np.zeros((1, batch.shape[1], 24), np.float32)

    MarkerAugmenter([part(UPPER, network)]).augment(body_markers(frames), HEIGHT, MASS)
    assert seen[0].shape == (1, frames + 60, 23)
    assert seen[0].dtype == np.float32
    if frames > 60:
        np.testing.assert_array_equal(seen[0][0, :60], seen[0][0, 120:60:-1])


def test_frames_with_a_missing_keypoint_are_missing_and_do_not_disturb_others() -> None:
    markers = body_markers()
    whole = MarkerAugmenter([part(LOWER), part(UPPER)])
    before = whole.augment(markers, HEIGHT, MASS)
    markers["LBigToe"] = markers["LBigToe"].copy()
    markers["LBigToe"][10:20, 1] = np.nan
    after = whole.augment(markers, HEIGHT, MASS)
    assert np.isnan(after[10:20, :35]).all()
    np.testing.assert_array_equal(after[:10], before[:10])
    np.testing.assert_array_equal(after[20:], before[20:])
    np.testing.assert_array_equal(after[:, 35:], before[:, 35:])


def test_networks_see_gaps_interpolated() -> None:
    seen = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return np.zeros((1, batch.shape[1], 24), np.float32)

    markers = {name: np.repeat(np.arange(20.0)[:, None], 3, axis=1) for name in MARKER_NAMES}
    markers["Hip"] = np.zeros((20, 3))
    markers["Neck"][5:9] = np.nan
    markers["Neck"][17:] = np.nan
    MarkerAugmenter([part(UPPER, network)]).augment(markers, 1.0, MASS)
    np.testing.assert_allclose(seen[0][0, 60:, 0], [*range(17), 16, 16, 16])


def test_a_keypoint_that_is_never_seen_leaves_its_part_out() -> None:
    markers = {**body_markers(), "RHeel": np.full((50, 3), np.nan)}
    placed = MarkerAugmenter([part(LOWER), part(UPPER)]).augment(markers, HEIGHT, MASS)
    assert np.isnan(placed[:, :35]).all()
    assert np.isfinite(placed[:, 35:]).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"height": 0.0}, "height and mass must be above 0, not 0.0 and 70.0"),
        ({"mass": float("nan")}, "height and mass must be above 0"),
        ({"markers": {"Hip": np.zeros((2, 3))}}, "the markers of the upper body need Neck, RShoulder"),
        ({"markers": dict.fromkeys(MARKER_NAMES, np.zeros((2, 2)))}, r"must have the shape \(T, 3\), not \(2, 2\)"),
        ({"markers": dict.fromkeys(MARKER_NAMES, np.zeros((0, 3)))}, r"must have the shape \(T, 3\), not \(0, 3\)"),
    ],
)
def test_input_that_does_not_fit(changes: dict[str, object], words: str) -> None:
    arguments = {"markers": body_markers(), "height": HEIGHT, "mass": MASS, **changes}
    with pytest.raises(ValueError, match=words):
        MarkerAugmenter([part(UPPER)]).augment(**arguments)  # type: ignore[arg-type]


def real_trial(folder: Path) -> Markers:
    """The multi-camera reference, y up; its face, which no augmenter uses, is invented."""
    reference = np.load(folder / "singleperson" / "reference.npz")
    seen = reference["valid"]
    world = np.random.default_rng(0).normal(size=(seen.sum(), 33, 3))
    world[:, reference["mp_index"]] = reference["xyz"][seen][..., [0, 2, 1]] * [1, -1, 1]
    frames = len(world)
    return markers_from_landmarks(
        Landmarks(reference["time"][seen], world, np.zeros((frames, 33, 2)), np.ones((frames, 33)))
    )


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("lower", (LOWER,)),
        ("lower_keras2style", (LOWER,)),
        ("upper", (UPPER,)),
        ("LSTM_whole", (LOWER, UPPER)),
    ],
)
def test_keras_augmenters_match_the_originals(shared_data: Path, name: str, parts: tuple[object, ...]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime, which runs the originals, is not installed")
    folder, trial = shared_data / "augmenter", real_trial(shared_data)
    markers = {name: trial[name] for name in trial.names}
    augmenter = load_gru(folder / f"{name}.h5")
    assert isinstance(augmenter, MarkerAugmenter)
    placed = augmenter.augment(markers, HEIGHT, MASS)

    expected = []
    for body in parts:
        files = folder / ("pose2sim_lower" if body is LOWER else "pose2sim_upper")
        session = onnxruntime.InferenceSession(f"{files}_model.onnx")
        keypoints = [(markers[keypoint] - markers["Hip"]) / HEIGHT for keypoint in body.keypoints]  # type: ignore[attr-defined]
        constant = np.broadcast_to([HEIGHT, MASS], (len(trial.times), 2))
        features = np.concatenate([*keypoints, constant], axis=1)
        features = (features - np.load(f"{files}_mean.npy")) / np.load(f"{files}_std.npy")
        led_in = np.concatenate([features[60:0:-1], features]).astype(np.float32)
        output = session.run(None, {session.get_inputs()[0].name: led_in[None]})[0][0, 60:]
        expected.append(output.reshape(len(features), -1, 3) * HEIGHT + markers["Hip"][:, None])
    assert np.linalg.norm(placed - np.concatenate(expected, axis=1), axis=-1).max() < 1e-4


def test_a_distilled_augmenter_is_near_the_originals(shared_data: Path) -> None:
    trial = real_trial(shared_data)
    markers = {name: trial[name] for name in trial.names}
    near, exact = (load_gru(shared_data / "augmenter" / f"{name}.h5") for name in ("GRU", "LSTM_whole"))
    assert isinstance(near, MarkerAugmenter)
    assert isinstance(exact, MarkerAugmenter)
    apart = near.augment(markers, HEIGHT, MASS) - exact.augment(markers, HEIGHT, MASS)
    assert np.median(np.linalg.norm(apart, axis=-1)) < 0.01
