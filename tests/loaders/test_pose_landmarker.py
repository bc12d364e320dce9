import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.video.reader import VideoReader


@pytest.fixture(scope="module")
def pictures(demo_clip: Path) -> list[np.ndarray]:
    with VideoReader(demo_clip) as reader:
        return [frame.rgb for frame, _ in zip(reader.frames(), range(3), strict=False)]


def test_a_person_is_found(pose_model: Path, pictures: list[np.ndarray]) -> None:
    with load_pose_landmarker(pose_model) as landmarker:
        detection = landmarker.detect(pictures[0], 0)
    assert detection is not None
    assert detection.world.shape == detection.image.shape == (33, 3)
    assert detection.visibility.shape == (33,)
    assert {array.dtype for array in detection} == {np.dtype(np.float32)}
    assert detection.world[[23, 24]].mean(axis=0) == pytest.approx(np.zeros(3), abs=0.05)
    assert detection.world[0, 1] < -0.4  # the nose is above the hips, and y points down
    assert ((detection.image[:, :2] > -0.1) & (detection.image[:, :2] < 1.1)).all()
    assert 0.5 < detection.visibility[11:13].min() <= 1


def test_a_frame_whose_making_was_interrupted_ends_without_a_word(
    pose_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with load_pose_landmarker(pose_model):
        import mediapipe

        unmade = mediapipe.Image.__new__(mediapipe.Image)
        del unmade
    assert complaints == []


def test_nobody_is_found_in_an_empty_picture(pose_model: Path) -> None:
    with load_pose_landmarker(pose_model) as landmarker:
        assert landmarker.detect(np.full((120, 160, 3), 90, np.uint8), 0) is None


def test_equal_and_backward_times_are_moved_forward(pose_model: Path, pictures: list[np.ndarray]) -> None:
    with load_pose_landmarker(pose_model) as landmarker:
        for picture, time_ms in zip(pictures, (5, 5, 3), strict=True):
            assert landmarker.detect(picture, time_ms) is not None


def test_views_and_copies_of_a_frame_are_the_same_to_it(pose_model: Path, pictures: list[np.ndarray]) -> None:
    wide = np.zeros((640, 500, 3), np.uint8)
    wide[:, :480] = pictures[0]
    with load_pose_landmarker(pose_model) as one, load_pose_landmarker(pose_model) as other:
        whole, view = one.detect(pictures[0], 0), other.detect(wide[:, :480], 0)
    assert whole is not None
    assert view is not None
    np.testing.assert_array_equal(whole.image, view.image)


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4)])
def test_other_arrays_are_refused(pose_model: Path, shape: tuple[int, ...]) -> None:
    with load_pose_landmarker(pose_model) as landmarker:
        with pytest.raises(ValueError, match="rgb must be uint8 of shape"):
            landmarker.detect(np.zeros(shape, np.uint8), 0)
        with pytest.raises(ValueError, match="rgb must be uint8 of shape"):
            landmarker.detect(np.zeros((10, 10, 3), np.float32), 0)  # type: ignore[arg-type]


def test_a_path_with_spaces_and_other_letters(pose_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "Körper modell 人.task"
    path.write_bytes(pose_model.read_bytes())
    load_pose_landmarker(path).close()


def test_closing_twice_does_nothing(pose_model: Path) -> None:
    landmarker = load_pose_landmarker(pose_model)
    landmarker.close()
    landmarker.close()


def truncated(model: bytes) -> bytes:
    return model[: len(model) // 2]


def other_archive(model: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("a.txt", "x")
    return file.getvalue()


@pytest.mark.parametrize(
    "damage", [truncated, other_archive, lambda _: b"", lambda _: b"<html>404</html>", lambda _: os.urandom(5000)]
)
def test_a_file_that_is_no_model_is_named(pose_model: Path, tmp_path: Path, damage: object) -> None:
    path = tmp_path / "pose_landmarker_heavy.task"
    path.write_bytes(damage(pose_model.read_bytes()))  # type: ignore[operator]
    before = os.fstat(2)
    with pytest.raises(ModelLoadError, match="is not a MediaPipe pose landmarker model") as caught:
        load_pose_landmarker(path)
    assert str(path) in str(caught.value)
    assert "MediaPipe says: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.path.samestat(os.fstat(2), before)


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"none\.task cannot be read \(No such file or directory\)"):
        load_pose_landmarker(tmp_path / "none.task")


def test_standard_error_is_quiet_and_restored(
    pose_model: Path, pictures: list[np.ndarray], capfd: pytest.CaptureFixture[str]
) -> None:
    before = os.fstat(2)
    with load_pose_landmarker(pose_model) as landmarker:
        assert os.path.samestat(os.fstat(2), before)
        for time_ms, picture in enumerate(pictures):
            landmarker.detect(picture, time_ms)
            assert os.path.samestat(os.fstat(2), before)
    assert capfd.readouterr().err == ""


def test_names_are_found_without_importing_what_is_behind_them() -> None:
    code = """
import sys
import humanpose3d.loaders as loaders
assert "load_pose_landmarker" in dir(loaders)
assert "humanpose3d.loaders.pose_landmarker" not in sys.modules
loaders.load_pose_landmarker
print(sorted({"mediapipe", "cv2", "matplotlib", "torch"} & sys.modules.keys()))
try:
    loaders.load_nothing
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nmodule 'humanpose3d.loaders' has no attribute 'load_nothing'\n"


def test_the_resolver_is_asked_when_no_path_is_given(pose_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import humanpose3d.model_assets

    asked = []

    def get_model_path(name: str) -> Path:
        asked.append(name)
        return pose_model

    monkeypatch.setattr(humanpose3d.model_assets, "get_model_path", get_model_path)
    load_pose_landmarker().close()
    assert asked == ["mediapipe"]
