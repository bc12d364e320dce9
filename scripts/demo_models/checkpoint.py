"""What the three ``.pth`` containers have in common."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from demo_models import container

NEVER_VALIDATED = math.inf
"""Loss of a model that was never validated; training starts from it."""

LEARNING_RATE = 1e-4


def fresh_adamw(parameter_count: int, *, learning_rate: float, weight_decay: float) -> dict[str, Any]:
    """Return the ``state_dict()`` of an AdamW optimizer before its first step.

    Written out rather than taken from an optimizer, because its keys differ between versions of PyTorch.

    Parameters
    ----------
    parameter_count : int
        Number of parameters, which the optimizer knows by their place in the module.
    learning_rate : float
        The present one; the initial one is `LEARNING_RATE`.
    weight_decay : float
        Decoupled weight decay.
    """
    group = {
        "lr": learning_rate,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": weight_decay,
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "fused": None,
        "decoupled_weight_decay": True,
        "initial_lr": LEARNING_RATE,
        "params": list(range(parameter_count)),
    }
    return {"state": {}, "param_groups": [group]}


def save_checkpoint(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint in PyTorch's zip format; its root folder is named like the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    container.save(checkpoint, path)
