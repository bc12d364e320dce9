"""No loader imports a heavy library before it is called, nor when what it is called with is refused at once."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "h5py", "mediapipe", "cv2", "scipy", "matplotlib", "onnxruntime")
LOADERS = ("load_depth_refiner", "load_joint_refiner", "load_main_refiner", "load_pose_landmarker", "load_gru")
OF_FILES = [loader for loader in LOADERS if loader != "load_pose_landmarker"]


def run_python(statements: str) -> None:
    heavy = f"assert not (loaded := sorted(set({HEAVY!r}) & set(sys.modules))), loaded"
    subprocess.run([sys.executable, "-c", f"import sys\n{statements}\n{heavy}"], check=True)


def test_naming_everything_loads_nothing_heavy() -> None:
    run_python("import humanpose3d.loaders as loaders\nfor name in loaders.__all__: getattr(loaders, name)")


@pytest.mark.parametrize("loader", LOADERS)
def test_naming_one_loader_loads_nothing_heavy(loader: str) -> None:
    run_python(f"from humanpose3d.loaders import {loader}")


def test_the_pipelines_refinement_loads_nothing_heavy_by_itself() -> None:
    run_python("import humanpose3d.pipeline.refinement")


@pytest.mark.parametrize("loader", OF_FILES)
def test_a_file_of_another_kind_is_refused_without_what_computes(loader: str, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    path.write_bytes(b"<!DOCTYPE html><html><body>Sign in</body></html>")
    run_python(
        f"from humanpose3d.loaders import {loader}\nfrom humanpose3d.model_assets import IntegrityError\n"
        f"try: {loader}({str(path)!r})\nexcept IntegrityError: pass"
    )
