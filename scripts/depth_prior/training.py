"""The network in PyTorch, its training, and its weights as the package reads them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from demo_clip.rig import Array
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset

from depth_prior.examples import Batch, batch
from depth_prior.noise import Residuals, SeenTrial
from humanpose3d.pipeline.signals.body import BODY
from humanpose3d.pipeline.signals.depth_prior.inputs import FEATURES
from humanpose3d.pipeline.signals.depth_prior.network import DILATIONS, OUTPUTS
from humanpose3d.pipeline.signals.fit.anatomy import SUMS_OF_LINKS

Weights = dict[str, npt.NDArray[np.float16]]

WIDTH = 160
_LEARNING_RATE = 2e-3
_LEAST_LOG, _MOST_LOG = -7.0, 1.0
_POSITIONS, _LEGS = 10.0, 3.0  # weights of the landmarks' places and of exchanged legs next to the links' likelihood


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.time = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        nn.init.zeros_(self.mix.weight)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden + self.mix(torch.relu(self.time(hidden)))  # type: ignore[no-any-return]


class Model(nn.Module):
    """As `humanpose3d.pipeline.signals.depth_prior.network.Network`; time is the last axis."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.first = nn.Conv1d(FEATURES, width, 3, padding=1)
        self.blocks = nn.ModuleList(_Block(width, dilation) for dilation in DILATIONS)
        self.last = nn.Conv1d(width, OUTPUTS, 1)

    def forward(self, given: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """Return the outputs (B, T, OUTPUTS) for input (B, T, FEATURES) and the frames (B, T) that are there."""
        mask = there[:, None].float()
        hidden = torch.relu(self.first(given.transpose(1, 2) * mask)) * mask
        for block in self.blocks:
            hidden = block(hidden) * mask
        return self.last(hidden).transpose(1, 2)  # type: ignore[no-any-return]

    def arrays(self) -> Weights:
        """Return the weights as the package reads them."""
        found = {}
        for name, values in self.state_dict().items():
            values = values.permute(2, 1, 0) if values.ndim == 3 else values
            name = name.replace("blocks.", "block")
            single = name.endswith("weight") and values.shape[0] == 1
            found[name] = (values[0] if single else values).half().numpy()
        return found


class _Batches(Dataset[Batch]):
    """Batch number i depends on the seed and i alone."""

    def __init__(self, seed: int, steps: int, *given: Any) -> None:
        self.seed, self.steps, self.given = seed, steps, given

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, i: int) -> Batch:
        return batch(np.random.default_rng((self.seed, i)), *self.given)


def train(
    clips: Array,
    bodies: Array,
    library: list[Residuals],
    trials: list[SeenTrial],
    *,
    steps: int,
    size: int = 24,
    seed: int = 0,
    workers: int = 1,
) -> tuple[Model, list[float]]:
    """Train a network; returns it and the loss at each step."""
    torch.manual_seed(seed)
    model = Model()
    inner = [values for values in model.blocks.parameters() if values.ndim > 1]
    matrices = [nn.Parameter(values.detach().flatten(1)) for values in inner]  # the same numbers: Muon takes no others
    others = [values for values in model.parameters() if all(values is not each for each in inner)]
    optimisers = (
        # Three times as fast as AdamW alone (K. Jordan, "Muon: an optimizer for hidden layers", 2024).
        torch.optim.Muon(matrices, _LEARNING_RATE, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, _LEARNING_RATE, weight_decay=0.01),
    )
    schedules = [OneCycleLR(each, _LEARNING_RATE, steps, pct_start=0.05, cycle_momentum=False) for each in optimisers]
    chain = torch.from_numpy(SUMS_OF_LINKS).float()
    losses, began = [], time.monotonic()
    batches = DataLoader(
        _Batches(seed, steps, clips, bodies, library, trials, size), batch_size=None, num_workers=workers
    )
    for step, (given, there, links, exchanged) in enumerate(batches):
        with torch.autocast("cpu", dtype=torch.bfloat16):  # twice as fast, and it learns as well
            found = model(given, there)
        loss = _loss(found.float(), links, exchanged, there, chain)
        model.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for values, matrix in zip(inner, matrices, strict=True):
            matrix.grad = values.grad.flatten(1)  # type: ignore[union-attr]
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        losses.append(float(loss.detach()))
        if step % 100 == 99:
            print(
                f"{step + 1}/{steps}: {np.mean(losses[-100:]):.3f}, {time.monotonic() - began:.0f} s", file=sys.stderr
            )
    return model, losses


def _loss(
    found: torch.Tensor, links: torch.Tensor, exchanged: torch.Tensor, there: torch.Tensor, chain: torch.Tensor
) -> torch.Tensor:
    """Negative logarithm of the likelihood of each link (Laplace) and of exchanged legs, and landmarks' distances."""
    mean, spread, odds = found.split([3 * len(BODY), 2 * len(BODY), 1], dim=-1)
    spread = spread.clamp(_LEAST_LOG, _MOST_LOG)
    wrong = mean.unflatten(-1, (len(BODY), 3)) - links
    logs = spread.unflatten(-1, (len(BODY), 2))[..., [0, 0, 1]]
    likelihood = (wrong.abs() * torch.exp(-logs) + logs).sum(dim=-1).mean(dim=-1)
    places = torch.einsum("kj,btji->btki", chain, wrong).norm(dim=-1).mean(dim=-1)
    legs = nn.functional.binary_cross_entropy_with_logits(odds[..., 0], exchanged, reduction="none")
    return ((likelihood + _POSITIONS * places + _LEGS * legs) * there).sum() / there.sum()


def write(networks: Sequence[Weights], path: Path) -> None:
    """Write the weights of networks whose mean counts."""
    with path.open("wb") as file:
        np.savez_compressed(file, **{name: np.stack([each[name] for each in networks]) for name in networks[0]})
