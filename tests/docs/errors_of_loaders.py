"""How each error of a model's loader comes about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

from support.keras_files import dense, input_layer, layer, sequential, write_keras_file

from docs.workbench import Workbench
from humanpose3d.loaders import pose2sim
from humanpose3d.loaders.gru import load_gru

LOADER_ERRORS: dict[str, Callable[[Workbench], str]] = {}


def provokes(name: str) -> Callable[[Callable[[Workbench], str]], None]:
    """Register a function that returns the text of the error of that name."""
    return lambda provocation: LOADER_ERRORS.update({name: provocation})


def _gru(bench: Workbench) -> Path:
    path = bench.home / "models" / "GRU.h5"
    path.parent.mkdir(parents=True)
    return path


@provokes("gru-page")
def _(bench: Workbench) -> str:
    path = _gru(bench)
    path.write_text("<!DOCTYPE html><html>404</html>", encoding="utf-8")
    return bench.message(lambda: load_gru(path))


@provokes("gru-damaged")
def _(bench: Workbench) -> str:
    path = _gru(bench)
    content = bytearray((bench.models / "GRU.h5").read_bytes())
    content[96:] = bytes(len(content) - 96)
    path.write_bytes(content)
    return bench.message(lambda: load_gru(path))


@provokes("gru-layers")
def _(bench: Workbench) -> str:
    path = write_keras_file(_gru(bench), sequential(input_layer(64, 36), layer("Lambda", "surprise")))
    return bench.message(lambda: load_gru(path))


@provokes("gru-shapes")
def _(bench: Workbench) -> str:
    import numpy as np

    arrays = [("kernel", np.zeros((3, 2), np.float32)), ("bias", np.zeros(2, np.float32))]
    path = write_keras_file(_gru(bench), sequential(input_layer(3), dense("out", 2)), {"out": arrays})
    return bench.message(lambda: load_gru(path))


class _Pose2Sim:
    """An installed Pose2Sim, as far as it is looked at."""

    version = "0.10.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locate_file(self, path: str) -> Path:
        return self.folder / path


def _install_pose2sim(bench: Workbench, *, models: bool) -> None:
    folder = bench.stick / "Pose2Sim"
    bench.patch.setattr(pose2sim, "distribution", lambda _name: _Pose2Sim(bench.stick))
    for _, name in pose2sim._FOLDERS:
        part = folder / "MarkerAugmenter" / "LSTM" / name
        part.mkdir(parents=True)
        for file in ("model.onnx", "mean.npy", "std.npy") if models else ():
            (part / file).write_bytes(b"no model")


@provokes("pose2sim-missing")
def _(bench: Workbench) -> str:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    bench.patch.setattr(pose2sim, "distribution", absent)
    return bench.message(pose2sim.pose2sim_model_files)


@provokes("pose2sim-incomplete")
def _(bench: Workbench) -> str:
    _install_pose2sim(bench, models=False)
    return bench.message(pose2sim.pose2sim_model_files)


@provokes("onnxruntime-missing")
def _(bench: Workbench) -> str:
    _install_pose2sim(bench, models=True)
    bench.patch.setitem(sys.modules, "onnxruntime", None)
    return bench.message(lambda: pose2sim.load_pose2sim_augmenter())


@provokes("pose2sim-damaged")
def _(bench: Workbench) -> str:
    _install_pose2sim(bench, models=True)
    return bench.message(lambda: pose2sim.load_pose2sim_augmenter())


@provokes("pose2sim-columns")
def _(bench: Workbench) -> str:
    import numpy as np

    folder = bench.stick
    for file in ("mean.npy", "std.npy"):
        np.save(folder / file, np.zeros(47))
    (folder / "model.onnx").touch()
    session = SimpleNamespace(
        get_inputs=lambda: [SimpleNamespace(shape=[None, None, 23])],
        get_outputs=lambda: [SimpleNamespace(shape=[None, None, 24])],
    )
    runtime = SimpleNamespace(InferenceSession=lambda *_arguments, **_options: session)
    body = pose2sim._FOLDERS[0][0]
    return bench.message(lambda: pose2sim._load_part(body, folder, runtime))
