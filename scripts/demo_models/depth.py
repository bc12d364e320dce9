"""``best_depth_model.pth``: the depth network, with limb directions and without a correction."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_models.checkpoint import LEARNING_RATE, NEVER_VALIDATED, fresh_adamw
from demo_models.weights import WeightTable

JOINTS = 17
WIDTH = 32
HEADS = 4
LAYERS = 2
FEED_FORWARD_WIDTH = 256
LIMB_WIDTH = 2 * WIDTH
WARM_UP_RATE = 0.1 * LEARNING_RATE

# COCO-17 indices, parent then child.
LIMBS = (
    (5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14),
    (14, 16), (5, 6), (11, 12), (5, 11), (6, 12), (5, 12), (6, 11),
)  # fmt: skip


def make_depth_checkpoint() -> dict[str, Any]:
    """Return the checkpoint of an untrained depth network whose outputs are zero."""
    weights = _weights()
    return {
        "epoch": 0,
        "model": weights.tensors,
        "optimizer": fresh_adamw(weights.parameter_count, learning_rate=WARM_UP_RATE, weight_decay=0.01),
        "best_val_loss": NEVER_VALIDATED,
        "config": {
            "num_joints": JOINTS,
            "d_model": WIDTH,
            "num_heads": HEADS,
            "num_layers": LAYERS,
            "use_elepose": False,
            "elepose_hidden_dim": 1024,
            "use_limb_orientations": True,
            "optimizer_name": "adamw",
        },
        "scheduler": _fresh_scheduler(),
    }


def _weights() -> WeightTable:
    table = WeightTable(seed=1)
    table.linear("joint_encoder.0", WIDTH, 4)
    table.linear("joint_encoder.2", WIDTH, WIDTH)
    table.positional_table("pos_encoder.pe", JOINTS, WIDTH)
    table.linear("view_encoder.mlp.0", WIDTH, 34)
    table.linear("view_encoder.mlp.2", WIDTH, WIDTH)
    _add_pose_2d_encoder(table, "angle_predictor.pose_2d_encoder")
    _add_angle_head(table)
    _add_pose_2d_encoder(table, "pose_2d_encoder_for_torso")
    table.linear("torso_predictor.bone_head.0", WIDTH, 2 * WIDTH)
    table.output("torso_predictor.bone_head.3", 4, WIDTH)
    for layer in range(LAYERS):
        table.encoder_layer(f"cross_joint_attn.transformer.layers.{layer}", WIDTH, FEED_FORWARD_WIDTH)
    _add_limb_predictor(table)
    table.linear("depth_head.0", WIDTH, 2 * WIDTH)
    table.output("depth_head.2", 3, WIDTH)
    table.linear("confidence_head.0", WIDTH, 2 * WIDTH)
    table.output("confidence_head.2", 1, WIDTH)
    return table


def _add_pose_2d_encoder(table: WeightTable, name: str) -> None:
    table.linear(f"{name}.coord_encoder.0", 2 * WIDTH, 2 * JOINTS)
    table.linear(f"{name}.coord_encoder.2", WIDTH, 2 * WIDTH)
    table.linear(f"{name}.feature_encoder.0", WIDTH, 15)
    table.linear(f"{name}.feature_encoder.2", WIDTH, WIDTH)
    table.linear(f"{name}.combiner.0", WIDTH, 2 * WIDTH)


def _add_angle_head(table: WeightTable) -> None:
    inputs = JOINTS * WIDTH + 3 * JOINTS + JOINTS + WIDTH
    first = min(512, inputs // 4)
    table.linear("angle_predictor.fusion_head.0", first, inputs)
    table.linear("angle_predictor.fusion_head.3", first // 2, first)
    table.linear("angle_predictor.fusion_head.6", first // 4, first // 2)
    table.output("angle_predictor.fusion_head.8", 3, first // 4)


def _add_limb_predictor(table: WeightTable) -> None:
    parents, children = zip(*LIMBS, strict=True)
    half, quarter = LIMB_WIDTH // 2, LIMB_WIDTH // 4
    table.buffer("limb_predictor.parent_indices", parents, np.int64)
    table.buffer("limb_predictor.child_indices", children, np.int64)
    table.buffer("limb_predictor.expected_2d_lengths", [0.15] * len(LIMBS))
    table.linear("limb_predictor.current_orient_encoder.0", quarter, 3)
    table.norm("limb_predictor.current_orient_encoder.1", quarter)
    table.linear("limb_predictor.limb_2d_encoder.0", half, 4)
    table.norm("limb_predictor.limb_2d_encoder.1", half)
    table.linear("limb_predictor.view_encoder.0", quarter, 7)
    table.linear("limb_predictor.limb_head.0", LIMB_WIDTH, half + quarter + 2 * WIDTH + quarter)
    table.norm("limb_predictor.limb_head.1", LIMB_WIDTH)
    table.linear("limb_predictor.limb_head.3", LIMB_WIDTH, LIMB_WIDTH)
    table.output("limb_predictor.limb_head.5", 3, LIMB_WIDTH)


def _fresh_scheduler() -> dict[str, Any]:
    """Return the state of a two-epoch warm-up followed by a cosine, before its first step."""
    warm_up = {
        "start_factor": 0.1,
        "end_factor": 1.0,
        "total_iters": 2,
        "last_epoch": 0,
        "_last_lr": [WARM_UP_RATE],
    }
    cosine = {"T_max": 50, "eta_min": 1e-5, "last_epoch": -1, "_last_lr": [WARM_UP_RATE]}
    common = {
        "base_lrs": [LEARNING_RATE],
        "_step_count": 1,
        "_is_initial": False,
        "_get_lr_called_within_step": False,
    }
    return {
        "_milestones": [2],
        "last_epoch": 0,
        "_last_lr": [WARM_UP_RATE],
        "_schedulers": [warm_up | common, cosine | common],
    }
