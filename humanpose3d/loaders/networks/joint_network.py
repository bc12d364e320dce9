"""The joint network: correct the angles of 12 joints in the light of each other."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from humanpose3d.loaders.networks.coco import JOINT_ANGLES
from humanpose3d.loaders.networks.layers import Affine, attend
from humanpose3d.loaders.networks.plan import (
    Config,
    Shapes,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)

__all__ = ["JointNetwork", "JointOutput", "JointPlan", "plan_joint_network"]

_JOINTS = len(JOINT_ANGLES)
_AXES = 3
_USUAL_HEADS = 4
_HIDDEN_PENALTY = -10.0


@dataclass(frozen=True)
class JointPlan:
    """Sizes of a joint network.

    Attributes
    ----------
    width, heads, layers : int
        Channels, attention heads, layers.
    """

    width: int
    heads: int
    layers: int


class JointOutput(NamedTuple):
    """What the network says of B frames."""

    delta: Tensor
    """Shape (B, 12, 3): what to add to the angles, degrees."""


def plan_joint_network(shapes: Shapes, checkpoint: Config) -> JointPlan:
    """Derive the sizes of a joint network from its tensors.

    The published file has no ``config``; where there is one, or sizes beside it, they must agree.

    Raises
    ------
    PlanError
        If they do not, or if no joint network has such tensors.
    """
    width = width_of(shapes, "angle_encoder.input_proj.weight", 0)
    layers = count_layers(shapes, "layers.")
    config = require_config(checkpoint) if "config" in checkpoint else {}
    for place in (checkpoint, config):
        require_agreement(place, "d_model", width, optional=True)
        require_agreement(place, "n_layers", layers, optional=True)
    heads = require_heads(config, "n_heads", width, default=_USUAL_HEADS)
    return JointPlan(width, heads, layers)


class _AngleEncoder(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.input_proj = Affine(3 * _AXES, width)

    def forward(self, angles: Tensor) -> Tensor:
        turned = angles * math.pi / 180
        code: Tensor = self.input_proj(torch.cat([angles / 180, turned.sin(), turned.cos()], dim=-1))
        return code


class _KinematicAttention(nn.Module):
    """Attention that favours neighbours in the chain of joints, and shuns those that were not seen."""

    adjacency: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.kinematic_bias_scale = nn.Parameter(torch.empty(()))
        self.register_buffer("adjacency", torch.empty(_JOINTS, _JOINTS))
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (Affine(width, width) for _ in range(4))

    def forward(self, x: Tensor, penalty: Tensor | None) -> Tensor:
        bias = self.kinematic_bias_scale * self.adjacency
        if penalty is not None:
            bias = bias + penalty
        mixed: Tensor = self.out_proj(attend(self.q_proj(x), self.k_proj(x), self.v_proj(x), self.heads, bias))
        return mixed


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = _KinematicAttention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.ffn = nn.Sequential(Affine(width, 4 * width), nn.GELU(), nn.Dropout(), Affine(4 * width, width))

    def forward(self, x: Tensor, penalty: Tensor | None) -> Tensor:
        x = x + self.attention(self.norm1(x), penalty)
        mixed: Tensor = x + self.ffn(self.norm2(x))
        return mixed


class JointNetwork(nn.Module):
    """The joint network; its modules are named as the tensors in the file are.

    Parameters
    ----------
    plan : JointPlan
        Its sizes.
    """

    def __init__(self, plan: JointPlan) -> None:
        super().__init__()
        width = plan.width
        self.angle_encoder = _AngleEncoder(width)
        self.vis_embedding = Affine(1, width // 4)
        self.feature_proj = Affine(width + width // 4, width)
        self.layers = nn.ModuleList(_Layer(width, plan.heads) for _ in range(plan.layers))
        self.joint_heads = nn.ModuleList(
            nn.Sequential(Affine(width, width // 2), nn.GELU(), Affine(width // 2, _AXES)) for _ in range(_JOINTS)
        )

    def forward(self, angles: Tensor, visibility: Tensor | None) -> JointOutput:
        """Correct B frames, each for itself.

        Parameters
        ----------
        angles : Tensor, shape (B, 12, 3)
            Degrees.
        visibility : Tensor, shape (B, 12), optional
            0 to 1.
        """
        x, penalty = self.angle_encoder(angles), None
        if visibility is None:
            seen = x.new_zeros(*x.shape[:2], self.vis_embedding.out_features)
        else:
            seen = self.vis_embedding(visibility[..., None])
            penalty = _HIDDEN_PENALTY * (1 - visibility)[:, None, None, :]
        x = self.feature_proj(torch.cat([x, seen], dim=-1))
        for layer in self.layers:
            x = layer(x, penalty)
        corrections = [head(x[:, joint]) for joint, head in enumerate(self.joint_heads)]
        return JointOutput(torch.stack(corrections, dim=1))
