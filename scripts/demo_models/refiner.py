"""``best_main_refiner.pth``: the network that fuses depth and joint corrections, without one of its own."""

from __future__ import annotations

from typing import Any

from demo_models.checkpoint import LEARNING_RATE, NEVER_VALIDATED, fresh_adamw
from demo_models.weights import WeightTable

JOINTS = 17
WIDTH = 32
HEADS = 4
LAYERS = 1


def make_refiner_checkpoint() -> dict[str, Any]:
    """Return the checkpoint of an untrained refiner: equal gates, and a correction of zero."""
    weights = _weights()
    return {
        "epoch": 0,
        "model_state_dict": weights.tensors,
        "optimizer_state_dict": fresh_adamw(weights.parameter_count, learning_rate=LEARNING_RATE, weight_decay=0.01),
        "val_loss": NEVER_VALIDATED,
        "config": {"d_model": WIDTH, "num_heads": HEADS, "num_layers": LAYERS},
    }


def _weights() -> WeightTable:
    table = WeightTable(seed=3)
    _add_depth_encoder(table)
    _add_joint_encoder(table)
    table.linear("pose_encoder.0", WIDTH, 4)
    table.norm("pose_encoder.1", WIDTH)
    table.linear("pose_encoder.3", WIDTH, WIDTH)
    table.positional_table("pos_encoder.pe", JOINTS, WIDTH)
    _add_cross_attention(table)
    table.linear("feature_combiner.0", WIDTH, 2 * WIDTH)
    table.norm("feature_combiner.1", WIDTH)
    table.linear("gating_network.gate.0", WIDTH // 2, WIDTH)
    table.norm("gating_network.gate.1", WIDTH // 2)
    table.output("gating_network.gate.3", 3, WIDTH // 2)
    table.linear("fusion_head.correction_head.0", WIDTH // 2, WIDTH)
    table.output("fusion_head.correction_head.2", 3, WIDTH // 2)
    table.linear("confidence_head.0", WIDTH // 2, WIDTH)
    table.output("confidence_head.2", 1, WIDTH // 2)
    return table


def _add_depth_encoder(table: WeightTable) -> None:
    table.linear("depth_encoder.joint_encoder.0", WIDTH, 4)
    table.norm("depth_encoder.joint_encoder.1", WIDTH)
    table.embedding("depth_encoder.limb_to_joint.default_embedding", WIDTH)
    table.linear("depth_encoder.limb_to_joint.limb_encoder", WIDTH, 3)
    table.linear("depth_encoder.limb_to_joint.combiner", WIDTH, WIDTH)
    table.linear("depth_encoder.camera_encoder.0", WIDTH // 2, 4)
    table.linear("depth_encoder.camera_encoder.2", WIDTH, WIDTH // 2)
    table.linear("depth_encoder.fusion.0", 2 * WIDTH, 3 * WIDTH)
    table.norm("depth_encoder.fusion.1", 2 * WIDTH)
    table.linear("depth_encoder.fusion.3", WIDTH, 2 * WIDTH)


def _add_joint_encoder(table: WeightTable) -> None:
    table.linear("joint_encoder.angle_encoder.0", WIDTH, 6)
    table.norm("joint_encoder.angle_encoder.1", WIDTH)
    table.embedding("joint_encoder.joint_12_to_17.face_embedding", WIDTH)
    table.embedding("joint_encoder.joint_12_to_17.wrist_embedding", WIDTH)
    table.linear("joint_encoder.joint_12_to_17.output_proj", WIDTH, WIDTH)


def _add_cross_attention(table: WeightTable) -> None:
    for stream in ("depth", "joint"):
        for layer in range(LAYERS):
            table.encoder_layer(f"cross_attention.{stream}_self_attn.layers.{layer}", WIDTH, 4 * WIDTH)
    for stream in ("depth", "joint"):
        table.attention(f"cross_attention.{stream}_cross_attn", WIDTH)
        table.norm(f"cross_attention.{stream}_cross_norm", WIDTH)
    table.linear("cross_attention.fusion.0", WIDTH, 2 * WIDTH)
    table.norm("cross_attention.fusion.1", WIDTH)
