import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.clips import cut, encode, moving_shapes, remux

from humanpose3d.errors import (
    InvalidSettingError,
    ModelLoadError,
    NobodyDetectedError,
    OutputError,
    PipelineError,
    VideoNotFoundError,
    VideoReadError,
)
from humanpose3d.formats.angles_csv import read_angles_csv
from humanpose3d.formats.landmarks_csv import read_landmarks_csv
from humanpose3d.formats.mot import read_mot
from humanpose3d.formats.trc import read_trc
from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.kinematics.validity.calibration import calibrated, lines_of
from humanpose3d.model_assets.disk.files import digest_file
from humanpose3d.pipeline.markers import MARKER_NAMES
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.report.data.folder import content_from_folder
from humanpose3d.runs.record import SCHEMA_VERSION
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial


@pytest.fixture(autouse=True)
def installed_models(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the resolver find the models without fetching them."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))


@pytest.fixture(scope="module")
def clip(short_clip: Path) -> Path:
    return short_clip


@pytest.fixture(scope="module")
def results(clip: Path, models_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        yield run_pipeline(clip, height=1.78, weight=75, output=tmp_path_factory.mktemp("out") / "deep" / "er")


@pytest.mark.slow
def test_the_files_are_written(results: Trial) -> None:
    assert sorted(path.name for path in results.folder.iterdir()) == [
        "a walk_final.trc",
        "a walk_initial.trc",
        "a walk_joint_angles.csv",
        "a walk_joint_angles.mot",
        "a walk_joint_angles.png",
        "a walk_joint_angles_raw.csv",
        "a walk_landmarks.csv",
        "a walk_overlay.mp4",
        "events.csv",
        "joint_angles",
        "report.html",
        "run.json",
    ]
    assert all(path.is_file() for path in results.outputs.values())
    assert {f"{joint}.csv" for joint in JOINT_NAMES} == {
        path.name for path in (results.folder / "joint_angles").iterdir()
    }


@pytest.mark.slow
def test_the_files_hold_what_is_returned(results: Trial) -> None:
    markers = read_trc(results.outputs["initial_markers"])
    assert markers.names == results.markers.names == MARKER_NAMES
    assert markers.rate == pytest.approx(30)
    assert markers.times == pytest.approx(results.markers.times, abs=1e-9)
    np.testing.assert_allclose(markers.positions, results.markers.positions, atol=1e-6)
    landmarks = read_landmarks_csv(results.outputs["landmarks"])
    assert landmarks.names == results.landmarks.names
    np.testing.assert_allclose(landmarks.world, results.landmarks.world, atol=1e-6)
    np.testing.assert_allclose(landmarks.image, results.landmarks.image, atol=1e-6)
    np.testing.assert_allclose(landmarks.visibility, results.landmarks.visibility, atol=1e-6)


@pytest.mark.slow
def test_the_angles_are_those_of_the_final_markers(results: Trial) -> None:
    table = read_angles_csv(results.outputs["joint_angles"])
    assert table.joints == JOINT_NAMES
    np.testing.assert_allclose(table.degrees, results.angles.degrees, atol=1e-4)
    knee = read_angles_csv(results.outputs["joint_angles/knee_R"])
    np.testing.assert_allclose(knee.degrees[:, 0], results.angles["knee_R"], atol=1e-4)
    motion = read_mot(results.outputs["motion"])
    assert "knee_angle_r" in motion.names
    from_markers = joint_angles(
        results.final_markers.times, results.final_markers.names, results.final_markers.positions
    )
    # The demo's joint refiner corrects by nothing.
    lines = lines_of(measured_bands(anatomical=from_markers.anatomical), results.movement)
    np.testing.assert_allclose(results.angles.degrees, calibrated(from_markers, lines).degrees, atol=1e-3)


@pytest.mark.slow
def test_the_person_stands_upright_in_the_results(results: Trial) -> None:
    up = results.markers["Head"] - results.markers["RAnkle"]
    assert (up[:, 1] > 1.2).all()
    assert (results.markers["LHip"][:, 0] > results.markers["RHip"][:, 0]).all()  # facing the camera


@pytest.mark.slow
def test_the_record_tells_how_it_was_made(results: Trial, clip: Path, pose_model: Path) -> None:
    record = json.loads(results.outputs["run"].read_text(encoding="utf-8"))
    assert record == results.record
    assert record["schema_version"] == SCHEMA_VERSION
    assert record["settings"].items() >= {"height_m": 1.78, "weight_kg": 75}.items()
    assert record["input"]["name"] == "a walk.mp4"
    assert record["input"]["sha256"] == digest_file(clip)[1]
    assert record["input"]["size_bytes"] == clip.stat().st_size
    assert (record["input"]["video"]["width"], record["input"]["video"]["height"]) == (480, 640)
    model = record["models"][0]
    assert (model["name"], model["path"]) == ("mediapipe", str(pose_model))
    assert model["sha256"] == digest_file(pose_model)[1]
    assert record["frames"]["total"] == record["frames"]["with_pose"] == 30
    assert record["frames"]["data_rate_hz"] == pytest.approx(30)
    assert record["timings"]["total_s"] >= record["stages"][0]["seconds"] > 0
    assert {"humanpose3d", "mediapipe", "numpy", "av", "h5py", "python", "platform"} <= record["versions"].keys()
    assert all(record["versions"].values())
    assert record["warnings"] == list(results.warnings) == []
    assert record["outputs"]["run"] == "run.json"


@pytest.mark.slow
def test_results_go_to_the_current_folder_and_a_second_run_replaces_them(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = run_pipeline(clip)
    second = run_pipeline(str(clip))
    assert first.folder == second.folder == tmp_path / "a walk_humanpose3d"
    assert len(list(first.folder.iterdir())) == 12


@pytest.mark.slow
def test_variable_frame_rate_is_kept_and_told(clip: Path, tmp_path: Path) -> None:
    from humanpose3d.video.reader import VideoReader

    with VideoReader(clip) as reader:
        pictures = [frame.rgb for frame in reader.frames()][:10]
    times = [0, 0.03, 0.07, 0.1, 0.13, 0.2, 0.23, 0.3, 0.33, 0.4]
    trial = run_pipeline(encode(tmp_path / "vfr.mp4", pictures, times=times), output=tmp_path / "out")
    table = read_trc(trial.outputs["initial_markers"])
    assert table.times == pytest.approx(times, abs=1e-4)
    assert table.rate == pytest.approx(9 / 0.4, rel=1e-4)
    assert "not evenly spaced (30.0 to 70.0 ms)" in trial.warnings[0]


@pytest.mark.slow
def test_a_single_frame_and_a_person_who_comes_late(clip: Path, tmp_path: Path) -> None:
    from humanpose3d.video.reader import VideoReader

    with VideoReader(clip) as reader:
        pictures = [frame.rgb for frame in reader.frames()][:5]
    single = run_pipeline(encode(tmp_path / "one.mp4", pictures[:1], rate=25), output=tmp_path / "one")
    assert read_trc(single.outputs["initial_markers"]).rate == 25
    late = run_pipeline(encode(tmp_path / "late.mp4", moving_shapes(4, 480, 640) + pictures), output=tmp_path / "late")
    table = read_trc(late.outputs["initial_markers"])
    assert table.frames.tolist() == [4, 5, 6, 7, 8]  # OpenSim fails at a row without any marker
    assert table.times == pytest.approx(late.landmarks.times[4:], abs=1e-9)
    read_back = content_from_folder(late.folder).content.markers
    assert read_back is not None
    np.testing.assert_allclose(read_back.positions, late.final_markers.positions, atol=1e-6)
    assert late.warnings == ("Nobody was found in 4 of 9 frames; they are empty in the results.",)
    assert late.record["frames"]["with_pose"] == 5


# ---- what goes wrong leaves nothing behind ----


def assert_refused(video: Path, folder: Path, error: type[PipelineError], words: str, **settings: float) -> None:
    before = sorted(folder.rglob("*"))
    with pytest.raises(error) as caught:
        run_pipeline(video, output=folder / "new" / "out", **settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(folder.rglob("*")) == before


def test_nobody_in_the_picture(tmp_path: Path) -> None:
    video = encode(tmp_path / "empty room.mp4", moving_shapes(10, 320, 240))
    assert_refused(video, tmp_path, NobodyDetectedError, "Nobody was detected in the 10 frames of ")


def test_no_video(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert_refused(tmp_path / "none.mp4", tmp_path, VideoNotFoundError, "There is no video at ")
    assert_refused(tmp_path / "empty.mp4", tmp_path, VideoReadError, "is empty")


def test_a_video_cut_off(tmp_path: Path, demo_clip: Path) -> None:
    whole = remux(demo_clip, tmp_path / "whole.mp4", {"movflags": "faststart"})
    video = cut(whole, tmp_path / "cut.mp4", 0.3)
    assert_refused(video, tmp_path, VideoReadError, "is damaged or cut off: only ")


def test_settings_are_checked_before_the_video(tmp_path: Path) -> None:
    for height in (0, -1, float("nan"), 178):
        assert_refused(tmp_path / "none.mp4", tmp_path, InvalidSettingError, "height must be", height=height)
    assert_refused(tmp_path / "none.mp4", tmp_path, InvalidSettingError, "weight must be", weight=0)


def test_a_model_that_is_none(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pose.task").write_bytes(b"<html>not found</html>")
    monkeypatch.setattr("humanpose3d.runs.run.get_model_path", lambda _name: tmp_path / "pose.task")
    assert_refused(clip, tmp_path, ModelLoadError, "is not a MediaPipe pose landmarker model")


def test_the_output_is_checked_before_the_model_is_asked_for(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humanpose3d.runs.run.get_model_path", lambda _name: pytest.fail("the model was asked for"))
    (tmp_path / "file").write_text("keep me")
    for output in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="cannot be written to") as caught:
            run_pipeline(clip, output=output)
        assert isinstance(caught.value, OSError)
        assert str(output) in str(caught.value)
    assert (tmp_path / "file").read_text() == "keep me"


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder(clip: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="ermission denied"):
            run_pipeline(clip, output=tmp_path / "out")
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.slow
def test_another_video_of_the_same_name_is_not_overwritten(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = run_pipeline(clip)
    before = {path: path.read_bytes() for path in first.folder.rglob("*.*")}
    other = remux(clip, tmp_path / "a walk.mov")
    with pytest.raises(OutputError, match=r"holds the results of another video \(a walk\.mp4, other content\)"):
        run_pipeline(other)
    assert {path: path.read_bytes() for path in first.folder.rglob("*.*")} == before


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"input": 3}', '{"input": {"name": "a"}}'])
def test_a_run_json_of_somebody_else_is_not_overwritten(clip: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(OutputError, match="is no result of HumanPose3D"):
        run_pipeline(clip, output=tmp_path)
    assert (tmp_path / "run.json").read_text() == content


@pytest.mark.slow
def test_a_failed_run_keeps_the_results_of_the_one_before(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_pipeline(clip, output=tmp_path / "out")
    before = {path: path.read_bytes() for path in first.folder.rglob("*.*")}

    def interrupted(done: int, total: int | None) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_pipeline(clip, output=tmp_path / "out", progress=interrupted)
    assert {path: path.read_bytes() for path in first.folder.rglob("*.*")} == before


@pytest.mark.slow
def test_a_second_run_leaves_nothing_of_the_first(clip: Path, tmp_path: Path) -> None:
    first = run_pipeline(clip, output=tmp_path / "out")
    assert "overlay" in first.outputs
    for name in ("report.pdf", "my notes.txt"):
        (first.folder / name).touch()
    second = run_pipeline(clip, output=tmp_path / "out", overlay=False)
    assert not first.outputs["overlay"].exists()
    left = {path for path in second.folder.rglob("*") if path.is_file()}
    assert left == {*second.outputs.values(), second.folder / "my notes.txt"}


@pytest.mark.parametrize(("factor", "cutoff"), [(1.0, 15.0), (2.0, 30.0)])
def test_a_cut_off_that_the_frame_rate_cannot_carry(clip: Path, tmp_path: Path, factor: float, cutoff: float) -> None:
    with pytest.raises(InvalidSettingError, match=rf"less than half of the frame rate, {cutoff:g} Hz at "):
        run_pipeline(clip, output=tmp_path / "out", signals=SignalSettings(cutoff_hz=cutoff), slow_motion_factor=factor)
    assert not (tmp_path / "out").exists()


SCRIPT = """
import sys
import humanpose3d.runs.run as run
"""


def start(code: str, *arguments: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SCRIPT + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on file size stands for a full disk, and is POSIX")
@pytest.mark.slow
def test_a_full_disk(clip: Path, tmp_path: Path) -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    run.run_pipeline(sys.argv[1], output=sys.argv[2])
except OSError as error:
    print(type(error).__name__, error)
"""
    process = start(code, clip, tmp_path / "new" / "out")
    printed, _ = process.communicate(timeout=120)
    assert printed.startswith("OutputError The results cannot be written to ")
    assert "make room or choose another folder" in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_leaves_nothing(demo_clip: Path, tmp_path: Path) -> None:
    code = "run.run_pipeline(sys.argv[1], output=sys.argv[2], progress=lambda done, _: print(done, flush=True))"
    process = start(code, demo_clip, tmp_path / "new" / "out")
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "120\n" not in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_native_libraries_print_nothing(clip: Path, tmp_path: Path) -> None:
    process = start("run.run_pipeline(sys.argv[1], output=sys.argv[2])", clip, tmp_path / "out")
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode == 0


def test_importing_loads_nothing_heavy() -> None:
    code = """
import sys
import humanpose3d.runs.run, humanpose3d.loaders, humanpose3d.formats.trc, humanpose3d.formats.landmarks_csv
heavy = {"mediapipe", "av", "cv2", "torch", "matplotlib", "scipy", "h5py", "tqdm", "filelock"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
