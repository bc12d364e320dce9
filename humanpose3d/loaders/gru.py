"""Load ``GRU.h5`` as a motion model or a marker augmenter, depending on its input and output shapes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders.keras.network import KerasNetwork, load_keras_network
from humanpose3d.loaders.marker_augmenter import LOWER, UPPER, WHOLE, AugmenterPart, BodyPart, MarkerAugmenter
from humanpose3d.loaders.motion_model import JOINT_NAMES, WINDOW, MotionModel
from humanpose3d.model_assets import get_model_path

_MOTION_COLUMNS = 3 * len(JOINT_NAMES)
# Of the input columns of OpenCap's marker augmenter v0.3: x, y, z of each keypoint over the height, then height (m) and
# mass (kg). They belong to its networks as much as the weights do, but are not in their files. The numbers
# are those of "mean.npy" and "std.npy" beside the models in OpenCap and in Pose2Sim, to nine digits.
_STATISTICS = Path(__file__).with_name("opencap_statistics.csv")


class UnsupportedModelError(ModelLoadError):
    """The model can be read, but its inputs and outputs are not those of any model that the pipeline uses."""


def load_gru(path: Path | None = None) -> MotionModel | MarkerAugmenter:
    """Load the recurrent Keras model; its input and output shapes decide what it is.

    Parameters
    ----------
    path : Path, optional
        A Keras HDF5 file; None asks the resolver for the model ``gru``, which fetches it on first use.

    Returns
    -------
    MotionModel
        64 frames of 36 coordinates in, 36 out.
    MarkerAugmenter
        Any number of frames; 47 columns in and 105 out (lower body), 23 and 24 (upper body), or 59 and 129 (whole
        body, which standardises its input itself).

    Raises
    ------
    UnsupportedModelError
        It is none of these.
    ModelLoadError
        The file cannot be read, or has layers that are not on the short list.
    humanpose3d.model_assets.IntegrityError
        The file is something else, or damaged.
    PackageImportError
        h5py is not installed.
    """
    path = get_model_path("gru") if path is None else Path(path)
    network = load_keras_network(path, model="gru")
    if network.inputs == ((WINDOW, _MOTION_COLUMNS),) and network.outputs == ((_MOTION_COLUMNS,),):
        return MotionModel(lambda windows: network(windows)[0])
    for body in (LOWER, UPPER, WHOLE):
        columns_in, columns_out = body.columns
        if network.inputs == ((None, columns_in),) and network.outputs == ((None, columns_out),):
            return MarkerAugmenter([_part(body, network)])
    raise UnsupportedModelError(
        f"{path} is a Keras model {network.describe()}, which is neither a motion model "
        f"({WINDOW} × {_MOTION_COLUMNS} → {_MOTION_COLUMNS}) nor a marker augmenter (frames × 47 → frames × 105, "
        "frames × 23 → frames × 24 or frames × 59 → frames × 129); "
        "use another file, or fetch the published one with: humanpose3d models download gru --force"
    )


def _part(body: BodyPart, network: KerasNetwork) -> AugmenterPart:
    mean, spread = np.zeros(body.columns[0]), np.ones(body.columns[0])
    if body is not WHOLE:
        with _STATISTICS.open(encoding="ascii", newline="") as file:
            columns = [column for column in csv.DictReader(file) if column["body"] == body.name]
        mean, spread = (np.array([float(column[name]) for column in columns]) for name in ("mean", "spread"))
    return AugmenterPart(body, lambda batch: network(batch)[0], mean, spread)
