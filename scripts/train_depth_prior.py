"""Train the depth prior that the package ships (docs/depth_prior.md).

It needs PyTorch, a folder with recorded movement (``.asf`` with ``.amc``, or ``.bvh``), the bench of trials that
``scripts/make_trials.py`` makes, and the pose models whose errors in the picture it learns. Of the bench only the
development half is used, and trials by chance (``make_trials.py BENCH/drawn --drawn 360``), if there are any; the
recordings of its test half are left out. The networks are trained at once, each on one processor core.

Usage: ``python scripts/train_depth_prior.py RECORDINGS BENCH MODEL.task ... [--weights FILE] [--steps N] [--seed N]``
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "scripts")]

import torch  # noqa: E402
from depth_prior.bench import FOLDS, seen_by  # noqa: E402
from depth_prior.movement import Take, clip, made_takes, recorded_takes  # noqa: E402
from depth_prior.training import Weights, train, write  # noqa: E402
from trials.recordings import RecordingError  # noqa: E402
from trials.table import TRIALS  # noqa: E402

_WEIGHTS = PROJECT / "humanpose3d" / "pipeline" / "signals" / "depth_prior" / "weights.npz"
_RECORDED_SHARE, _MADE_SHARE = 0.4, 0.4  # of the clips; the rest is random movement


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the weights; returns the exit code."""
    parser = argparse.ArgumentParser(description="Train the depth prior.")
    parser.add_argument("recordings", type=Path, help="folder with recorded movement (.amc, .bvh)")
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    parser.add_argument("--weights", type=Path, default=_WEIGHTS, help="file to write (default: in the package)")
    parser.add_argument("--steps", type=int, default=22000)
    parser.add_argument("--clips", type=int, default=12000)
    parser.add_argument("--made", type=int, default=400, help="made movements")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    for needed in (options.recordings, options.bench, *options.models):
        if not needed.exists():
            parser.error(f"{needed} is missing")
    of_test_half = frozenset(trial.movement.recording for trial in TRIALS.values() if trial.half == "test")
    try:
        recorded = recorded_takes(options.recordings, of_test_half)
    except RecordingError as error:
        parser.error(str(error))
    with ProcessPoolExecutor(len(FOLDS), multiprocessing.get_context("spawn")) as processes:
        trained = processes.map(functools.partial(_trained, options, recorded), range(len(FOLDS)))
        write(list(trained), options.weights)
    print(f"{options.weights} written", file=sys.stderr)
    return 0


def _trained(options: argparse.Namespace, recorded: list[Take], number: int) -> Weights:
    """Train one of the networks, without the trials of some people."""
    torch.set_num_threads(1)
    seed = options.seed + number
    chance = np.random.default_rng(seed)
    takes = [(_RECORDED_SHARE, recorded), (_MADE_SHARE, list(made_takes(chance, options.made)))]
    library, trials = seen_by(options.bench, options.models, FOLDS[number])
    print(f"{len(recorded)} recorded movements, {len(trials)} trials as they were seen", file=sys.stderr)
    clips, bodies = zip(*(clip(chance, takes) for _ in range(options.clips)), strict=True)
    given = np.array(clips, np.float32), np.array(bodies), library, trials
    model, _ = train(*given, steps=options.steps, seed=seed)
    return model.arrays()


if __name__ == "__main__":
    sys.exit(main())
