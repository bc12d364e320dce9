"""The three refinement networks: a trial at once, against one frame at a time.

One frame at a time is measured in two ways: the same loaded objects, given each frame alone; and the networks written
down plainly (support/plain_refiners.py), always on the processor. The checkpoints have the published sizes and random
weights. Nothing is downloaded. The refiner is given what the depth network said, so its row is its own work only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.measuring import Target, markdown_table, targets_table  # noqa: E402
from support.plain_refiners import PlainDepth, PlainJoint, PlainRefiner  # noqa: E402

from humanpose3d.loaders import load_depth_refiner, load_joint_refiner, load_main_refiner  # noqa: E402
from humanpose3d.loaders.networks.coco import LIMBS, mid_hip  # noqa: E402
from humanpose3d.loaders.networks.depth_network import DepthNetwork, DepthPlan  # noqa: E402
from humanpose3d.loaders.networks.joint_network import JointNetwork, JointPlan  # noqa: E402
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork, RefinerPlan  # noqa: E402

FRAMES = 3000
SINGLES = 300  # each frame alone costs the same, so a tenth of them is timed, in more rounds
LEAST_RATIO = 20
NAMES = ("depth", "joint", "refiner")
AT_ONCE, ONE_BY_ONE, PLAIN = WAYS = ("at once", "one by one", "plain, one by one")
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Work:
    """What one network does with a trial.

    Attributes
    ----------
    ours : callable
        Refines some frames with the loaded object.
    plain : callable
        Refines one frame with the network written down plainly.
    """

    ours: Callable[[slice], Array]
    plain: Callable[[int], Array]

    def run(self, way: str) -> None:
        """Refine all frames at once, or the first few one by one."""
        if way == AT_ONCE:
            self.ours(slice(0, FRAMES))
        for frame in range(SINGLES if way != AT_ONCE else 0):
            _ = self.ours(slice(frame, frame + 1)) if way == ONE_BY_ONE else self.plain(frame)


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
    """Return what each network does with one trial."""
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
    plain_depth, plain_joint, plain_refiner = (
        plain(torch.load(paths[name], weights_only=True)["model_state_dict"])
        for name, plain in zip(NAMES, (PlainDepth, PlainJoint, PlainRefiner), strict=True)
    )
    said = depth.refine(poses, visibility, image)

    def part_of_said(frames: slice) -> Any:
        return type(said)(**{name: array[frames] for name, array in vars(said).items()})

    return {
        "depth": Work(
            lambda frames: depth.refine(poses[frames], visibility[frames], image[frames]).refined,
            lambda frame: plain_depth.refine(poses[frame], visibility[frame], image[frame])["refined"],
        ),
        "joint": Work(
            lambda frames: joint.refine(angles[frames], seen[frames]).refined,
            lambda frame: plain_joint.refine(angles[frame], seen[frame]),
        ),
        "refiner": Work(
            lambda frames: refiner.refine(poses[frames], visibility[frames], part_of_said(frames)).refined,
            lambda frame: plain_refiner.refine(poses[frame], visibility[frame], vars(part_of_said(frame))),
        ),
    }


def measure(work: Mapping[str, Work], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of each network in each way; the ways take turns."""
    seconds: dict[str, dict[str, list[float]]] = {name: {way: [] for way in WAYS} for name in NAMES}
    for name in NAMES:
        check_agreement(name, work[name])
    for _ in range(rounds):
        for name in NAMES:
            for way in WAYS:
                start = time.perf_counter()
                work[name].run(way)
                share = 1 if way == AT_ONCE else SINGLES / FRAMES
                seconds[name][way].append((time.perf_counter() - start) / share)
    return {name: {way: statistics.median(taken) for way, taken in ways.items()} for name, ways in seconds.items()}


def check_agreement(name: str, work: Work) -> None:
    """See that all ways give the same numbers; it also warms them up."""
    frame = FRAMES // 3
    whole = work.ours(slice(0, FRAMES))[frame]
    for single in (work.ours(slice(frame, frame + 1))[0], work.plain(frame)):
        if not np.allclose(whole, single, rtol=0, atol=1e-3):
            raise SystemExit(f"{name}: a frame is refined otherwise alone than among others.")


def results_table(seconds: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for name, ways in seconds.items():
        times = [f"{ways[way] / ways[AT_ONCE]:.1f}" for way in (PLAIN, ONE_BY_ONE)]
        rate = f"{FRAMES / ways[AT_ONCE]:,.0f}"
        rows.append((name, *(f"{ways[way]:.2f}" for way in (PLAIN, ONE_BY_ONE, AT_ONCE)), rate, *times))
    head = ("3,000 frames", f"{PLAIN}, s", f"{ONE_BY_ONE}, s", f"{AT_ONCE}, s", "frames/s", "times plain", "times")
    return markdown_table(head, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="how often each is measured (11)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps (cpu)")
    parser.add_argument("--json", action="store_true", help="print seconds instead of tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="humanpose3d-benchmark-") as folder:
        work = make_work(write_checkpoints(Path(folder)), options.device)
    seconds = measure(work, options.rounds)
    seconds["all three"] = {way: sum(seconds[name][way] for name in NAMES) for way in WAYS}
    targets = [
        Target(f"all three at once, times faster than {way}", LEAST_RATIO, total / seconds["all three"][AT_ONCE], True)
        for way, total in seconds["all three"].items()
        if way != AT_ONCE
    ]
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
