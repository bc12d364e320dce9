import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.errors import ModelLoadError, PackageImportError
from humanpose3d.loaders import MarkerAugmenter, load_gru, load_pose2sim_augmenter
from humanpose3d.loaders.marker_augmenter import LOWER, UPPER
from humanpose3d.loaders.pose2sim import pose2sim_model_files
from humanpose3d.pipeline.markers import MARKER_NAMES

NO_RUNTIME = "ONNX Runtime (extra: augment) is not installed"
MODELS = Path("Pose2Sim", "MarkerAugmenter", "LSTM")


def install(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a package of that name, without files of its own, known to importlib.metadata."""
    information = site / "pose2sim-0.10.49.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pose2sim\nVersion: 0.10.49\n")
    (site / "Pose2Sim").mkdir()
    (site / "Pose2Sim" / "__init__.py").write_text("raise AssertionError('Pose2Sim was imported')\n")
    monkeypatch.syspath_prepend(site)
    return site / MODELS


@pytest.fixture
def models(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the models in an installed Pose2Sim."""
    pytest.importorskip("onnxruntime", reason=NO_RUNTIME)
    folder = install(tmp_path / "site", monkeypatch)
    for part in ("lower", "upper"):
        (folder / f"v0.3_{part}").mkdir(parents=True)
        for file in ("model.onnx", "mean.npy", "std.npy"):
            shutil.copyfile(shared_data / "augmenter" / f"pose2sim_{part}_{file}", folder / f"v0.3_{part}" / file)
    return folder


def markers() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    still = {name: random.normal(0, 0.3, 3) for name in MARKER_NAMES}
    return {name: point + 0.05 * np.sin(np.arange(80) / 10)[:, None] for name, point in still.items()}


def test_it_places_43_markers_as_the_keras_twins_do(models: Path, shared_data: Path) -> None:
    augmenter = load_pose2sim_augmenter()
    assert isinstance(augmenter, MarkerAugmenter)
    assert augmenter.names == LOWER.markers + UPPER.markers
    placed = augmenter.augment(markers(), 1.8, 75.0)
    twins = [load_gru(shared_data / "augmenter" / f"{part}.h5") for part in ("lower", "upper")]
    expected = [twin.augment(markers(), 1.8, 75.0) for twin in twins if isinstance(twin, MarkerAugmenter)]
    assert np.abs(placed - np.concatenate(expected, axis=1)).max() < 1e-4
    assert "Pose2Sim" not in sys.modules


def test_the_files_are_those_of_the_package(models: Path) -> None:
    assert pose2sim_model_files() == tuple(models / f"v0.3_{part}" / "model.onnx" for part in ("lower", "upper"))


def test_an_installed_pose2sim_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("humanpose3d.loaders.pose2sim.distribution", distribution)  # which the suite hides
    try:
        package = distribution("pose2sim")
    except PackageNotFoundError:
        pytest.skip("Pose2Sim is not installed")
    assert package.version
    assert len(load_pose2sim_augmenter().names) == 43


def test_pose2sim_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(PackageImportError, match=r"Pose2Sim, .* is not installed; install it with: pip install onnx"):
        load_pose2sim_augmenter()


def test_a_pose2sim_without_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = install(tmp_path / "site", monkeypatch)
    with pytest.raises(PackageImportError) as caught:
        load_pose2sim_augmenter()
    file = folder / "v0.3_lower" / "model.onnx"
    assert str(caught.value).startswith(f"Pose2Sim 0.10.49 has no file {file}; install another one with: pip install")


def test_onnx_runtime_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = install(tmp_path / "site", monkeypatch)
    for part in ("lower", "upper"):
        (folder / f"v0.3_{part}").mkdir(parents=True)
        for file in ("model.onnx", "mean.npy", "std.npy"):
            (folder / f"v0.3_{part}" / file).touch()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(PackageImportError, match=r"needs the Python package onnxruntime .*; install it with: pip "):
        load_pose2sim_augmenter()


@pytest.mark.parametrize("file", ["model.onnx", "mean.npy", "std.npy"])
def test_a_damaged_file(models: Path, file: str) -> None:
    (models / "v0.3_upper" / file).write_bytes(b"<html>404</html>")
    with pytest.raises(ModelLoadError, match=r"model of the upper body in .*v0\.3_upper cannot be read") as caught:
        load_pose2sim_augmenter()
    assert "\n" not in str(caught.value)


def test_means_that_hide_code_are_not_unpickled(models: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return open, (str(tmp_path / "code was run"),)

    np.save(models / "v0.3_upper" / "mean.npy", np.array([Evil()], object), allow_pickle=True)
    with pytest.raises(ModelLoadError, match="cannot be read"):
        load_pose2sim_augmenter()
    assert not (tmp_path / "code was run").exists()


def test_models_in_the_wrong_places(models: Path) -> None:
    shutil.copyfile(models / "v0.3_upper" / "model.onnx", models / "v0.3_lower" / "model.onnx")
    with pytest.raises(ModelLoadError, match="takes 23 and gives 24 columns, with 47 means, where the lower body has"):
        load_pose2sim_augmenter()
