"""Checkpoints of small refinement networks with random weights, in the three published layouts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, LIMBS
from humanpose3d.loaders.networks.depth_network import DepthNetwork, DepthPlan
from humanpose3d.loaders.networks.joint_network import JointNetwork, JointPlan
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, RefinerPlan

WIDTH, HEADS, LAYERS = 16, 4, 2


def depth_checkpoint(*, limbs: bool = True, key: str = "model") -> dict[str, Any]:
    weights = random_weights(DepthNetwork(DepthPlan(WIDTH, HEADS, LAYERS, 24, limbs)), seed=1)
    if limbs:
        parents, children = zip(*LIMBS, strict=True)
        weights["limb_predictor.parent_indices"] = torch.tensor(parents)
        weights["limb_predictor.child_indices"] = torch.tensor(children)
        weights["limb_predictor.expected_2d_lengths"] = torch.full((len(LIMBS),), 0.15)
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
    return {"epoch": 0, key: weights, "best_val_loss": 0.1, "config": config}


def joint_checkpoint(*, key: str = "model_state_dict") -> dict[str, Any]:
    weights = random_weights(JointNetwork(JointPlan(WIDTH, HEADS, LAYERS)), seed=2)
    for layer in range(LAYERS):
        weights[f"layers.{layer}.attention.adjacency"] = torch.eye(len(JOINT_ANGLES))
    return {"epoch": 1, key: weights, "val_loss": 0.1, "mean_angle_error": 0.1}


def refiner_checkpoint(*, key: str = "model_state_dict") -> dict[str, Any]:
    weights = random_weights(RefinerNetwork(RefinerPlan(WIDTH, HEADS, LAYERS)), seed=3)
    config = {"d_model": WIDTH, "num_heads": HEADS, "num_layers": LAYERS}
    return {"epoch": 1, key: weights, "val_loss": 0.1, "config": config}


MAKERS: dict[str, Callable[..., dict[str, Any]]] = {
    "depth": depth_checkpoint,
    "joint": joint_checkpoint,
    "refiner": refiner_checkpoint,
}


def random_weights(network: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    random = np.random.default_rng(seed)
    weights = {}
    for name, tensor in network.state_dict().items():
        scale = tensor.shape[-1] ** -0.5 if tensor.ndim == 2 else 0.3
        weights[name] = torch.tensor(scale * random.standard_normal(tuple(tensor.shape)), dtype=tensor.dtype)
    return weights


def save(checkpoint: object, path: Path) -> Path:
    torch.save(checkpoint, path)
    return path


def with_pickle(checkpoint: object, path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Save a checkpoint whose pickle was changed behind torch's back, with proper checksums."""
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name.endswith("data.pkl") else content)
    return path
