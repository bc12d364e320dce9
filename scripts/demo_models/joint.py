"""``best_joint_model.pth``: the joint angle network, without a correction."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_models.checkpoint import LEARNING_RATE, NEVER_VALIDATED, fresh_adamw
from demo_models.weights import WeightTable

WIDTH = 32
HEADS = 4
LAYERS = 2
VISIBILITY_WIDTH = WIDTH // 4

JOINTS = (
    "pelvis", "hip_R", "hip_L", "knee_R", "knee_L", "ankle_R", "ankle_L",
    "trunk", "shoulder_R", "shoulder_L", "elbow_R", "elbow_L",
)  # fmt: skip
BONES = (
    ("pelvis", "hip_R"), ("hip_R", "knee_R"), ("knee_R", "ankle_R"),
    ("pelvis", "hip_L"), ("hip_L", "knee_L"), ("knee_L", "ankle_L"),
    ("pelvis", "trunk"),
    ("trunk", "shoulder_R"), ("shoulder_R", "elbow_R"),
    ("trunk", "shoulder_L"), ("shoulder_L", "elbow_L"),
)  # fmt: skip


def make_joint_checkpoint() -> dict[str, Any]:
    """Return the checkpoint of an untrained joint network whose outputs are zero."""
    weights = _weights()
    # The published file has no configuration; at any other size readers look for one in these two places.
    return {
        "epoch": 0,
        "model_state_dict": weights.tensors,
        "optimizer_state_dict": fresh_adamw(weights.parameter_count, learning_rate=LEARNING_RATE, weight_decay=1e-5),
        "val_loss": NEVER_VALIDATED,
        "mean_angle_error": NEVER_VALIDATED,
        "config": {"d_model": WIDTH, "n_heads": HEADS, "n_layers": LAYERS},
        "d_model": WIDTH,
        "n_layers": LAYERS,
    }


def _weights() -> WeightTable:
    table = WeightTable(seed=2)
    table.linear("angle_encoder.input_proj", WIDTH, 9)
    table.linear("vis_embedding", VISIBILITY_WIDTH, 1)
    table.linear("feature_proj", WIDTH, WIDTH + VISIBILITY_WIDTH)
    for layer in range(LAYERS):
        _add_layer(table, f"layers.{layer}")
    for joint in range(len(JOINTS)):
        table.linear(f"joint_heads.{joint}.0", WIDTH // 2, WIDTH)
        table.output(f"joint_heads.{joint}.2", 3, WIDTH // 2)
    return table


def _add_layer(table: WeightTable, name: str) -> None:
    table.parameter(f"{name}.attention.kinematic_bias_scale", 1.0)
    table.buffer(f"{name}.attention.adjacency", _adjacency())
    for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
        table.linear(f"{name}.attention.{projection}", WIDTH, WIDTH)
    table.norm(f"{name}.norm1", WIDTH)
    table.norm(f"{name}.norm2", WIDTH)
    table.linear(f"{name}.ffn.0", 4 * WIDTH, WIDTH)
    table.linear(f"{name}.ffn.3", WIDTH, 4 * WIDTH)


def _adjacency() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    adjacency = np.eye(len(JOINTS))
    for first, second in BONES:
        i, j = JOINTS.index(first), JOINTS.index(second)
        adjacency[i, j] = adjacency[j, i] = 1
    return adjacency
