"""The joint network: correct the angles of 12 joints by attention between them (section 5)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, FloatArray
from humanpose3d.loaders.networks.functions import gelu_, join, normalise
from humanpose3d.loaders.networks.layers import Affine, Norm, Perceptron, attend
from humanpose3d.loaders.networks.plan import (
    Config,
    Plan,
    Shapes,
    Weights,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)

_JOINTS = len(JOINT_ANGLES)
_AXES = 3
_USUAL_HEADS = 4
_HIDDEN_PENALTY = np.float32(-10)


class JointOutput(NamedTuple):
    """Output of the network for B frames."""

    delta: FloatArray
    """Shape (B, 12, 3): what to add to the angles, degrees."""


def plan_joint_network(shapes: Shapes, checkpoint: Config) -> Plan:
    """Derive the sizes of a joint network from its tensors.

    The published file has no ``config``; where there is one, or sizes beside it, they must agree.
    """
    width = width_of(shapes, "angle_encoder.input_proj.weight", 0)
    layers = count_layers(shapes, "layers.")
    config = require_config(checkpoint) if "config" in checkpoint else {}
    for place in (checkpoint, config):
        require_agreement(place, "d_model", width, optional=True)
        require_agreement(place, "n_layers", layers, optional=True)
    return Plan(width, require_heads(config, "n_heads", width, default=_USUAL_HEADS), layers, 4 * width)


class _Layer:
    """Attention biased towards neighbouring and visible joints, then two affine maps."""

    def __init__(self, weights: Weights, plan: Plan) -> None:
        width, attention = plan.width, weights.under("attention")
        q, k, v, self.out = (Affine.read(attention, f"{name}_proj", width, width) for name in ("q", "k", "v", "out"))
        scale = np.float32(math.sqrt(plan.heads / width))  # q is divided by the root of a head's size
        packed = Affine(np.hstack([scale * q.matrix, k.matrix, v.matrix]), np.hstack([scale * q.bias, k.bias, v.bias]))
        norm1, norm2 = (Norm.read(weights, name, width) for name in ("norm1", "norm2"))
        self.project = packed.after(norm1)
        self.bias = attention.take("kinematic_bias_scale") * attention.take("adjacency", _JOINTS, _JOINTS)
        widen = Affine.read(weights, "ffn.0", width, plan.feed_forward).after(norm2)
        narrow = Affine.read(weights, "ffn.3", plan.feed_forward, width)
        self.feed_forward = Perceptron((widen, narrow), activation=gelu_)
        self.heads = plan.heads

    def __call__(self, x: FloatArray, penalty: FloatArray | None) -> FloatArray:
        q, k, v = np.split(self.project(normalise(x)), 3, axis=-1)
        attended = self.out(attend(q, k, v, self.heads, self.bias if penalty is None else self.bias + penalty))
        attended += x
        mixed = self.feed_forward(normalise(attended))
        mixed += attended
        return mixed


class JointNetwork:
    """The joint network."""

    def __init__(self, weights: Weights, plan: Plan) -> None:
        width = plan.width
        self.angle_encoder = Affine.read(weights, "angle_encoder.input_proj", 3 * _AXES, width)
        self.visibility_encoder = Affine.read(weights, "vis_embedding", 1, width // 4)
        self.combiner = Affine.read(weights, "feature_proj", width + width // 4, width)
        self.layers = tuple(_Layer(weights.under(f"layers.{number}"), plan) for number in range(plan.layers))
        self.joint_heads = tuple(
            Perceptron.read(weights, f"joint_heads.{joint}", (0, 2), width, width // 2, _AXES, activation=gelu_)
            for joint in range(_JOINTS)
        )

    def __call__(self, angles: FloatArray, visibility: FloatArray | None) -> JointOutput:
        """Correct B frames independently: angles, shape (B, 12, 3), degrees; visibility, shape (B, 12), 0 to 1."""
        turned = np.radians(angles)
        x = self.angle_encoder(join(angles / np.float32(180), np.sin(turned), np.cos(turned)))
        if visibility is None:
            penalty, seen = None, np.zeros((1, 1, len(self.visibility_encoder.bias)), np.float32)
        else:
            penalty = _HIDDEN_PENALTY * (1 - visibility)[:, None, None, :]
            seen = self.visibility_encoder(visibility[..., None])
        x = self.combiner(join(x, seen))
        for layer in self.layers:
            x = layer(x, penalty)
        corrections = [head(x[:, joint]) for joint, head in enumerate(self.joint_heads)]
        return JointOutput(np.stack(corrections, axis=1))
