"""Checkpoints of small refinement networks with random weights, in the three published layouts."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from humanpose3d.loaders.checkpoint import view_tensor
from humanpose3d.loaders.networks.coco import JOINT_ANGLES, LIMBS
from humanpose3d.loaders.networks.depth_network import DepthNetwork
from humanpose3d.loaders.networks.joint_network import JointNetwork
from humanpose3d.loaders.networks.plan import Plan
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork
from humanpose3d.model_assets.validation.checkpoint import read_checkpoint
from humanpose3d.model_assets.validation.pickle_values import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from demo_models import container
from demo_models.random_weights import random_tensors

WIDTH, HEADS, LAYERS = 16, 4, 2


def depth_checkpoint(*, limbs: bool = True, key: str = "model") -> dict[str, Any]:
    tensors = random_tensors(DepthNetwork, Plan(WIDTH, HEADS, LAYERS, 24, limbs), seed=1)
    if limbs:
        tensors["limb_predictor.expected_2d_lengths"] = np.full(len(LIMBS), 0.15, np.float32)
    config = {
        "num_joints": 17,
        "d_model": WIDTH,
        "num_heads": HEADS,
        "num_layers": LAYERS,
        "use_elepose": False,
        "use_limb_orientations": limbs,
        "elepose_hidden_dim": 1024,
        "optimizer_name": "adamw",
    }
    return {"epoch": 0, key: tensors, "best_val_loss": 0.1, "config": config}


def joint_checkpoint(*, key: str = "model_state_dict") -> dict[str, Any]:
    tensors = random_tensors(JointNetwork, Plan(WIDTH, HEADS, LAYERS, 4 * WIDTH), seed=2)
    for layer in range(LAYERS):
        tensors[f"layers.{layer}.attention.adjacency"] = np.eye(len(JOINT_ANGLES), dtype=np.float32)
    return {"epoch": 1, key: tensors, "val_loss": 0.1, "mean_angle_error": 0.1}


def refiner_checkpoint(*, key: str = "model_state_dict") -> dict[str, Any]:
    tensors = random_tensors(RefinerNetwork, Plan(WIDTH, HEADS, LAYERS, 4 * WIDTH), seed=3)
    config = {"d_model": WIDTH, "num_heads": HEADS, "num_layers": LAYERS}
    return {"epoch": 1, key: tensors, "val_loss": 0.1, "config": config}


MAKERS: dict[str, Callable[..., dict[str, Any]]] = {
    "depth": depth_checkpoint,
    "joint": joint_checkpoint,
    "refiner": refiner_checkpoint,
}


def save(checkpoint: object, path: Path) -> Path:
    container.save(checkpoint, path)
    return path


def read_file(path: Path) -> Any:
    """Return the content of a file, its tensors as arrays."""
    checkpoint, content = read_checkpoint(path), path.read_bytes()

    def arrays(value: Any) -> Any:
        if isinstance(value, Tensor):
            return view_tensor(value, checkpoint.starts, content)
        if isinstance(value, dict):
            return {key: arrays(part) for key, part in value.items()}
        return type(value)(map(arrays, value)) if isinstance(value, (list, tuple)) else value

    return arrays(checkpoint.content)


def with_pickle(checkpoint: object, path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Save a checkpoint whose pickle was changed afterwards, with proper checksums."""
    save(checkpoint, path)
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w") as target:
        for name, content in members.items():
            target.writestr(name, change(content) if name.endswith("data.pkl") else content)
    return path
