"""The three refinement networks: a trial at once, against the same objects given one frame at a time.

The checkpoints have the published sizes and random weights. Nothing is downloaded. The refiner is given what the
depth network said, so its row is its own work only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.measuring import Target, markdown_table, targets_table  # noqa: E402

from humanpose3d.loaders import load_depth_refiner, load_joint_refiner, load_main_refiner  # noqa: E402
from humanpose3d.loaders.networks.coco import LIMBS, mid_hip  # noqa: E402
from humanpose3d.loaders.networks.depth_network import DepthNetwork, DepthPlan  # noqa: E402
from humanpose3d.loaders.networks.joint_network import JointNetwork, JointPlan  # noqa: E402
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, RefinerPlan  # noqa: E402

FRAMES = 3000
SINGLES = 300  # each frame alone costs the same, so a tenth of them is timed, in more rounds
LEAST_RATIO = 20
NAMES = ("depth", "joint", "refiner")
Array = NDArray[np.float32]
Work = Callable[[slice], object]


def write_checkpoints(folder: Path) -> dict[str, Path]:
    """Write checkpoints of the published sizes."""
    networks = {
        "depth": DepthNetwork(DepthPlan(width=128, heads=8, layers=6, feed_forward=256, limbs=True)),
        "joint": JointNetwork(JointPlan(width=128, heads=4, layers=4)),
        "refiner": RefinerNetwork(RefinerPlan(width=128, heads=4, layers=2)),
    }
    configs = {
        "depth": {"d_model": 128, "num_heads": 8, "num_layers": 6},
        "joint": {},
        "refiner": {"d_model": 128, "num_heads": 4, "num_layers": 2},
    }
    paths = {}
    for name, network in networks.items():
        paths[name] = folder / f"{name}.pth"
        torch.save({"model_state_dict": random_weights(network), "config": configs[name]}, paths[name])
    return paths


def random_weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return weights of the usual magnitude; what must be fixed is."""
    random = np.random.default_rng(0)
    parents, children = zip(*LIMBS, strict=True)
    fixed = {"limb_predictor.parent_indices": parents, "limb_predictor.child_indices": children}
    weights = {}
    for name, tensor in network.state_dict().items():
        scale = tensor.shape[-1] ** -0.5 if tensor.ndim == 2 else 0.1
        values = fixed.get(name, scale * random.standard_normal(tuple(tensor.shape)))
        weights[name] = torch.tensor(np.asarray(values), dtype=tensor.dtype)
    return weights


def make_work(paths: Mapping[str, Path], device: str) -> dict[str, Work]:
    """Return for each network a function that refines some frames of one trial, and returns what it found."""
    random = np.random.default_rng(0)

    def uniform(*shape: int) -> Array:
        return random.uniform(0, 1, (FRAMES, *shape)).astype(np.float32)

    poses = (uniform(17, 3) - 0.5) * np.array([0.5, 1.7, 0.4], np.float32)
    poses -= mid_hip(poses)
    visibility, image, angles, seen = uniform(17), uniform(17, 2), 180 * uniform(12, 3) - 90, uniform(12)
    depth, joint, refiner = (
        load(paths[name], device=device)
        for name, load in zip(NAMES, (load_depth_refiner, load_joint_refiner, load_main_refiner), strict=True)
    )
    said = depth.refine(poses, visibility, image)

    def part_of_said(frames: slice) -> Any:
        return type(said)(**{name: array[frames] for name, array in vars(said).items()})

    return {
        "depth": lambda frames: depth.refine(poses[frames], visibility[frames], image[frames]).refined,
        "joint": lambda frames: joint.refine(angles[frames], seen[frames]).refined,
        "refiner": lambda frames: refiner.refine(poses[frames], visibility[frames], part_of_said(frames)).refined,
    }


def at_once(work: Work) -> object:
    return work(slice(0, FRAMES))


def one_by_one(work: Work) -> list[object]:
    return [work(slice(frame, frame + 1)) for frame in range(SINGLES)]


def measure(work: Mapping[str, Work], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of each network both ways; the two take turns."""
    seconds: dict[str, dict[str, list[float]]] = {name: {"at once": [], "one by one": []} for name in NAMES}
    for name in NAMES:
        check_agreement(name, work[name])
    for _ in range(rounds):
        for name in NAMES:
            for way, run, share in (("at once", at_once, 1), ("one by one", one_by_one, SINGLES / FRAMES)):
                start = time.perf_counter()
                run(work[name])
                seconds[name][way].append((time.perf_counter() - start) / share)
    return {name: {way: statistics.median(taken) for way, taken in ways.items()} for name, ways in seconds.items()}


def check_agreement(name: str, work: Work) -> None:
    """See that both ways give the same numbers; it also warms them up."""
    whole, single = np.asarray(at_once(work)), np.asarray(work(slice(1000, 1001)))
    if not np.allclose(whole[1000:1001], single, rtol=0, atol=1e-3):
        raise SystemExit(f"{name}: a frame is refined otherwise alone than among others.")


def results_table(seconds: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for name, ways in seconds.items():
        batch, single = ways["at once"], ways["one by one"]
        rates = (f"{FRAMES / single:,.0f}", f"{FRAMES / batch:,.0f}")
        rows.append((name, f"{single:.2f}", f"{batch:.2f}", *rates, f"{single / batch:.1f}"))
    return markdown_table(("3,000 frames", "one by one, s", "at once, s", "frames/s", "frames/s", "times"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="how often each is measured (11)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps (cpu)")
    parser.add_argument("--json", action="store_true", help="print seconds instead of tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="humanpose3d-benchmark-") as folder:
        work = make_work(write_checkpoints(Path(folder)), options.device)
    seconds = measure(work, options.rounds)
    seconds["all three"] = {way: sum(seconds[name][way] for name in NAMES) for way in ("at once", "one by one")}
    ratio = seconds["all three"]["one by one"] / seconds["all three"]["at once"]
    targets = [Target("all three, times faster at once", LEAST_RATIO, ratio, at_least=True)]
    if options.json:
        print(json.dumps(seconds))
    else:
        print(
            f"On {options.device}, {torch.get_num_threads()} threads, medians of {options.rounds} alternating rounds.\n"
        )
        print(results_table(seconds), targets_table(targets), sep="\n\n")
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
