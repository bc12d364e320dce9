"""The network itself, with inputs that the refiner never gives it: outputs of the joint network, or few at all."""

from pathlib import Path

import numpy as np
import pytest
from support.recordings import SMALL_CHECKPOINTS

from humanpose3d.loaders.checkpoint import load_network
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, RefinerOutput, plan_refiner_network

DEPTH = {
    "confidence": "depth_confidence",
    "limb_directions": "depth_pred_limb_orientations",
    "azimuth": "depth_pred_azimuth",
    "elevation": "depth_pred_elevation",
}
ANGLES = {"refined_angles": "joint_refined_angles", "delta_angles": "joint_delta_angles"}
LEFT_OUT = {
    "net_all": (),
    "net_no_limb": ("limb_directions",),
    "net_no_conf": ("confidence",),
    "net_no_angles": ("azimuth", "elevation"),
    "net_only_delta": tuple(DEPTH),
}
FIELDS = {
    "refined_pose": "refined",
    "depth_weights": "depth_weights",
    "joint_weights": "joint_weights",
    "residual_weights": "residual_weights",
    "confidence": "confidence",
}
TOLERANCE = 2e-5


@pytest.mark.parametrize(
    ("stem", "case"),
    [*(("refiner", case) for case in LEFT_OUT), ("refiner_infer", "net_all")],
)
def test_the_recorded_outputs(shared_data: Path, stem: str, case: str) -> None:
    compare_with_recorded(shared_data / "checkpoints", stem, case)


def test_the_recorded_outputs_of_a_small_network() -> None:
    compare_with_recorded(SMALL_CHECKPOINTS, "refiner_tiny", "net_all")


def compare_with_recorded(folder: Path, stem: str, case: str) -> None:
    network = load_network("refiner", folder / f"{stem}.pth", plan_refiner_network, RefinerNetwork)
    recorded = np.load(folder / f"io_{stem.removesuffix('_infer')}.npz")

    def array(name: str) -> np.ndarray:
        return recorded[f"net__{name}"]

    given = {name: array(key) for name, key in {**DEPTH, **ANGLES}.items() if name not in LEFT_OUT[case]}
    output: RefinerOutput = network(array("raw_pose"), array("visibility"), array("depth_delta_xyz"), **given)
    for key, field in FIELDS.items():
        np.testing.assert_allclose(getattr(output, field), recorded[f"{case}__{key}"], rtol=0, atol=TOLERANCE)
