"""The three refinement networks in PyTorch, from their formulas: what the loaders are measured against.

They share no code with the loaders: torch's own transformer layers and affine maps, NumPy in and out of every call.
Given one frame a call, this is how the pipeline that the models come from runs them. Gradients are off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["TorchDepth", "TorchJoint", "TorchRefiner"]

Array = NDArray[np.float32]
Activation = Callable[[Tensor], Tensor]

_LIMBS = [
    (5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14),
    (14, 16), (5, 6), (11, 12), (5, 11), (6, 12), (5, 12), (6, 11),
]  # fmt: skip
_PARENTS, _CHILDREN = (list(ends) for ends in zip(*_LIMBS, strict=True))
_ORDER = (8, 9, 10, 11, 12, 13, 0, 2, 4, 6, 1, 3, 5, 7)


def _leaky(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, 0.2)


class _Weights:
    """The tensors of a network whose names begin alike."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[self._prefix + name]

    def under(self, name: str) -> _Weights:
        return _Weights(self._tensors, f"{self._prefix}{name}.")

    def linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])

    def norm(self, x: Tensor, name: str) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], self[f"{name}.weight"], self[f"{name}.bias"])

    def chain(self, x: Tensor, *names: str, activation: Activation = functional.relu) -> Tensor:
        """Return affine maps with an activation between them."""
        for name in names[:-1]:
            x = activation(self.linear(x, name))
        return self.linear(x, names[-1])

    def normed(self, x: Tensor, name: str, norm: str) -> Tensor:
        return functional.relu(self.norm(self.linear(x, name), norm))

    def load_into(self, module: nn.Module) -> Any:
        """Give a module of torch the tensors of these names."""
        module.load_state_dict({name: self[name] for name in module.state_dict()})
        return module.eval().requires_grad_(False)

    def encoder(self, layers: int, width: int, heads: int, feed_forward: int) -> Any:
        layer = nn.TransformerEncoderLayer(width, heads, feed_forward, batch_first=True, norm_first=True)
        return self.load_into(nn.TransformerEncoder(layer, layers, enable_nested_tensor=False))


def _tensors(*arrays: Array) -> list[Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays]


class TorchDepth:
    """The depth network of the published sizes."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._w = _Weights(tensors)
        self._encoder = self._w.under("cross_joint_attn.transformer").encoder(6, 128, 8, 256)

    @torch.no_grad()
    def refine(self, pose: Array, visibility: Array, image: Array) -> dict[str, Array]:
        """Correct frames, (B, 17, 3) metres, (B, 17) and (B, 17, 2)."""
        w = self._w
        torso = np.linalg.norm(pose[:, [5, 6]] - pose[:, [11, 12]], axis=-1).mean(axis=1)
        scale = np.where((torso > 0.01) & (torso <= 10), torso, 1).astype(np.float32)
        unit = scale[:, None, None]
        p, v, u = _tensors(pose / unit, visibility, image)

        joints = w.chain(torch.cat([p, v[..., None]], -1), "joint_encoder.0", "joint_encoder.2") + w["pos_encoder.pe"]
        code = self._pose_code("angle_predictor.pose_2d_encoder", u)
        known = torch.cat([joints.flatten(1), p.flatten(1), v, code], -1)
        head = w.under("angle_predictor.fusion_head")
        sine, cosine, raised = head.chain(
            functional.layer_norm(known, known.shape[-1:]), "0", "3", "6", "8", activation=_leaky
        ).unbind(-1)
        azimuth = torch.atan2(sine, cosine) * 180 / 3.14159265
        azimuth = torch.where(azimuth < 0, azimuth + 360, azimuth)
        elevation = 30 * torch.tanh(raised)

        attended = self._encoder(joints)
        view = self._view_code(azimuth, elevation)
        lengths = torch.cat([self._pose_code("pose_2d_encoder_for_torso", u), view], -1)
        functional.softplus(w.chain(lengths, "torso_predictor.bone_head.0", "torso_predictor.bone_head.3"))
        directions = self._directions(p, u, attended, azimuth, elevation)
        seen = torch.cat([attended, view[:, None].expand(-1, 17, -1)], -1)
        laid = p.clone()
        for limb in _ORDER:
            parent, child = _LIMBS[limb]
            length = (laid[:, child] - laid[:, parent]).norm(dim=-1, keepdim=True)
            laid[:, child] = laid[:, parent] + directions[:, limb] * length
        delta = laid - p + 0.3 * w.chain(seen, "depth_head.0", "depth_head.2")
        confidence = w.chain(seen, "confidence_head.0", "confidence_head.2").squeeze(-1).sigmoid()
        said = {
            "delta": delta,
            "confidence": confidence,
            "limb_directions": directions,
            "azimuth": azimuth,
            "elevation": elevation,
        }
        found = {name: tensor.numpy() for name, tensor in said.items()}
        return {**found, "scale": scale, "refined": pose + found["delta"] * unit}

    def _pose_code(self, name: str, u: Tensor) -> Tensor:
        w = self._w.under(name)

        def apart(i: int, j: int) -> Tensor:
            return (u[:, i] - u[:, j]).norm(dim=-1)

        top, bottom = (u[:, 5] + u[:, 6]) / 2, (u[:, 11] + u[:, 12]) / 2
        centre, trunk, shoulders = (top + bottom) / 2, (top - bottom).norm(dim=-1), apart(5, 6)
        arm_l, arm_r = apart(5, 7) + apart(7, 9), apart(6, 8) + apart(8, 10)
        leg_l, leg_r = apart(11, 13) + apart(13, 15), apart(12, 14) + apart(14, 16)
        x, y = u[..., 0], u[..., 1]
        features = [
            *(y[:, 5] - y[:, 6], y[:, 11] - y[:, 12], shoulders, apart(11, 12)),
            *(arm_l / (arm_r + 1e-6), arm_l - arm_r, leg_l / (leg_r + 1e-6), leg_l - leg_r),
            *(trunk, trunk / (shoulders + 1e-6), x[:, 0] - centre[:, 0], y[:, 0] - top[:, 1]),
            *((x[:, 5] + x[:, 11]) / 2 - (x[:, 6] + x[:, 12]) / 2, x.mean(1), y.mean(1)),
        ]
        a = w.chain(u.flatten(1), "coord_encoder.0", "coord_encoder.2")
        b = w.chain(torch.stack(features, -1), "feature_encoder.0", "feature_encoder.2")
        return functional.relu(w.linear(torch.cat([a, b], -1), "combiner.0"))

    def _view_code(self, azimuth: Tensor, elevation: Tensor) -> Tensor:
        octaves = 2.0 ** torch.arange(8)
        a, e = (azimuth / 360)[:, None], (elevation / 90)[:, None]
        turn, rise = 2 * torch.pi * a * octaves, torch.pi * e * octaves
        code = torch.cat([a, e, turn.sin(), turn.cos(), rise.sin(), rise.cos()], -1)
        return self._w.chain(code, "view_encoder.mlp.0", "view_encoder.mlp.2")

    def _directions(self, p: Tensor, u: Tensor, joints: Tensor, azimuth: Tensor, elevation: Tensor) -> Tensor:
        w = self._w.under("limb_predictor")
        now = p[:, _CHILDREN] - p[:, _PARENTS]
        now = now / now.norm(dim=-1, keepdim=True).clamp(min=1e-4)
        a, e = azimuth * torch.pi / 180, elevation * torch.pi / 180
        sa, ca, se, ce = a.sin(), a.cos(), e.sin(), e.cos()
        view = functional.relu(w.linear(torch.stack([sa * ce, se, ca * ce, sa, ca, se, ce], -1), "view_encoder.0"))
        flat = u[:, _CHILDREN] - u[:, _PARENTS]
        length = flat.norm(dim=-1, keepdim=True)
        expected = w["expected_2d_lengths"][:, None] + 1e-6
        flat = torch.cat([flat / length.clamp(min=1e-4), length, length / expected], -1)
        known = [
            w.normed(flat, "limb_2d_encoder.0", "limb_2d_encoder.1"),
            w.normed(now, "current_orient_encoder.0", "current_orient_encoder.1"),
            joints[:, _PARENTS],
            joints[:, _CHILDREN],
            view[:, None].expand(-1, len(_LIMBS), -1),
        ]
        x = _leaky(w.norm(w.linear(torch.cat(known, -1), "limb_head.0"), "limb_head.1"))
        turned = now + w.chain(x, "limb_head.3", "limb_head.5", activation=_leaky)
        return turned / turned.norm(dim=-1, keepdim=True).clamp(min=1e-4)


class TorchJoint:
    """The joint network of the published sizes."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._w = _Weights(tensors)

    @torch.no_grad()
    def refine(self, angles: Array, visibility: Array) -> Array:
        """Correct frames, (B, 12, 3) degrees and (B, 12)."""
        w = self._w
        a, v = _tensors(angles, visibility)
        turned = a * torch.pi / 180
        x = w.linear(torch.cat([a / 180, turned.sin(), turned.cos()], -1), "angle_encoder.input_proj")
        x = w.linear(torch.cat([x, w.linear(v[..., None], "vis_embedding")], -1), "feature_proj")
        penalty = -10 * (1 - v)[:, None, None, :]
        for number in range(4):
            layer = w.under(f"layers.{number}")
            z = layer.norm(x, "norm1")
            q, k, values = (
                layer.linear(z, f"attention.{name}_proj").reshape(-1, 12, 4, 32).transpose(1, 2) for name in "qkv"
            )
            scores = q @ k.transpose(-2, -1) / 32**0.5
            scores = scores + layer["attention.kinematic_bias_scale"] * layer["attention.adjacency"] + penalty
            mixed = (scores.softmax(-1) @ values).transpose(1, 2).reshape(-1, 12, 128)
            x = x + layer.linear(mixed, "attention.out_proj")
            x = x + layer.chain(layer.norm(x, "norm2"), "ffn.0", "ffn.3", activation=functional.gelu)
        heads = (w.under(f"joint_heads.{joint}") for joint in range(12))
        delta = [head.chain(x[:, i], "0", "2", activation=functional.gelu) for i, head in enumerate(heads)]
        refined: Array = (a + torch.stack(delta, 1)).numpy()
        return refined


class TorchRefiner:
    """The refiner of the published sizes."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._w = _Weights(tensors)
        self._cross = self._w.under("cross_attention")
        self._depth_encoder, self._joint_encoder = (
            self._cross.under(f"{stream}_self_attn").encoder(2, 128, 4, 512) for stream in ("depth", "joint")
        )
        self._depth_attention, self._joint_attention = (
            self._cross.under(f"{stream}_cross_attn").load_into(nn.MultiheadAttention(128, 4, batch_first=True))
            for stream in ("depth", "joint")
        )
        touching = np.array([[keypoint in limb for limb in _LIMBS] for keypoint in range(5, 17)], np.float32)
        self._shares = torch.from_numpy(touching / touching.sum(1, keepdims=True))

    @torch.no_grad()
    def refine(self, pose: Array, visibility: Array, said: Mapping[str, Array]) -> Array:
        """Refine frames, (B, 17, 3) metres and (B, 17), with what the depth network said of them."""
        w = self._w
        origin, unit = pose[:, 11:13].mean(1, keepdims=True), said["scale"][:, None, None]
        p, v, delta = _tensors((pose - origin) / unit, visibility, said["delta"])
        depth = self._depth_code(delta, said)
        joints = self._joint_code(torch.zeros(len(p), 12, 6))  # the joint network's outputs, zero as in training
        depth, joints = self._depth_encoder(depth), self._joint_encoder(joints)
        depth = self._cross.norm(depth + self._depth_attention(depth, joints, joints)[0], "depth_cross_norm")
        joints = self._cross.norm(joints + self._joint_attention(joints, depth, depth)[0], "joint_cross_norm")
        fused = self._cross.normed(torch.cat([depth, joints], -1), "fusion.0", "fusion.1")
        posed = w.normed(torch.cat([p, v[..., None]], -1), "pose_encoder.0", "pose_encoder.1")
        posed = w.linear(posed, "pose_encoder.3") + w["pos_encoder.pe"]
        x = w.normed(torch.cat([fused, posed], -1), "feature_combiner.0", "feature_combiner.1")
        gate = w.under("gating_network.gate")
        shares = gate.linear(gate.normed(x, "0", "1"), "3").softmax(-1)
        own = w.chain(x, "fusion_head.correction_head.0", "fusion_head.correction_head.2")
        w.chain(x, "confidence_head.0", "confidence_head.2").squeeze(-1).sigmoid()
        refined = p + shares[..., :1] * delta + shares[..., 2:] * own
        result: Array = refined.numpy() * unit + origin
        return result

    def _depth_code(self, delta: Tensor, said: Mapping[str, Array]) -> Tensor:
        w = self._w.under("depth_encoder")
        confidence, directions, azimuth, elevation = _tensors(
            *(said[name] for name in ("confidence", "limb_directions", "azimuth", "elevation"))
        )
        moved = w.normed(torch.cat([delta, confidence[..., None]], -1), "joint_encoder.0", "joint_encoder.1")
        limbs = self._shares @ w.linear(directions, "limb_to_joint.limb_encoder")
        face = w["limb_to_joint.default_embedding"].expand(len(delta), 5, -1)
        limbs = w.linear(torch.cat([face, limbs], 1), "limb_to_joint.combiner")
        a, e = azimuth * torch.pi / 180, elevation * torch.pi / 180
        camera = torch.stack([a.sin(), a.cos(), e.sin(), e.cos()], -1)
        camera = w.chain(camera, "camera_encoder.0", "camera_encoder.2")[:, None].expand(-1, 17, -1)
        return w.linear(w.normed(torch.cat([moved, limbs, camera], -1), "fusion.0", "fusion.1"), "fusion.3")

    def _joint_code(self, angles: Tensor) -> Tensor:
        w = self._w.under("joint_encoder")
        of = w.normed(angles / 180, "angle_encoder.0", "angle_encoder.1").unbind(1)
        w = w.under("joint_12_to_17")
        nose, face, wrist = (of[8] + of[9]) / 2, w["face_embedding"].expand(len(angles), -1), w["wrist_embedding"]
        arms = [of[9], of[8], of[11], of[10], of[11] + wrist, of[10] + wrist]
        legs = [of[2], of[1], of[4], of[3], of[6], of[5]]
        return w.linear(torch.stack([nose, face, face, face, face, *arms, *legs], 1), "output_proj")
