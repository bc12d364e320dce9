"""The three refinement networks: ours, a trial at once, against PyTorch's and against one frame at a time.

The checkpoints have the published sizes and random weights. Nothing is downloaded. The refiner is given what the depth
network said, so its row is its own work only. PyTorch is needed for the measurement only, not by the package.
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
from threadpoolctl import threadpool_limits

PROJECT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(PROJECT), str(PROJECT / "scripts")]

from demo_models import container  # noqa: E402
from demo_models.random_weights import random_tensors  # noqa: E402
from support.measuring import Target, markdown_table, targets_table  # noqa: E402
from support.torch_refiners import TorchDepth, TorchJoint, TorchRefiner  # noqa: E402

from humanpose3d.loaders import load_depth_refiner, load_joint_refiner, load_main_refiner  # noqa: E402
from humanpose3d.loaders.networks.coco import mid_hip  # noqa: E402
from humanpose3d.loaders.networks.depth_network import DepthNetwork  # noqa: E402
from humanpose3d.loaders.networks.joint_network import JointNetwork  # noqa: E402
from humanpose3d.loaders.networks.plan import Plan  # noqa: E402
from humanpose3d.loaders.networks.refiner_network import RefinerNetwork  # noqa: E402

FRAMES = 3000
SINGLES = 300  # each frame alone costs the same, so a tenth of them is timed, in more rounds
TORCH_BATCH = 96  # the fastest of 32 to 3,000
LARGEST_RATIO = 1.25
NAMES = ("depth", "joint", "refiner")
AT_ONCE, IN_TORCH, ONE_BY_ONE = WAYS = ("at once", "torch, at once", "one by one")
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Work:
    """What one network does with a trial; each refines some of its frames.

    Attributes
    ----------
    ours, torchs : callable
        With the loaded object; with PyTorch.
    """

    ours: Callable[[slice], Array]
    torchs: Callable[[slice], Array]

    def run(self, way: str) -> None:
        """Refine all frames at once, or the first few one by one."""
        if way == AT_ONCE:
            self.ours(slice(0, FRAMES))
        elif way == IN_TORCH:
            for start in range(0, FRAMES, TORCH_BATCH):
                self.torchs(slice(start, start + TORCH_BATCH))
        else:
            for frame in range(SINGLES):
                self.ours(slice(frame, frame + 1))


def write_checkpoints(folder: Path) -> dict[str, Path]:
    """Write checkpoints of the published sizes."""
    networks: dict[str, tuple[Callable[..., object], object, dict[str, int]]] = {
        "depth": (
            DepthNetwork,
            Plan(width=128, heads=8, layers=6, feed_forward=256, limbs=True),
            {"d_model": 128, "num_heads": 8, "num_layers": 6},
        ),
        "joint": (JointNetwork, Plan(width=128, heads=4, layers=4, feed_forward=512), {}),
        "refiner": (
            RefinerNetwork,
            Plan(width=128, heads=4, layers=2, feed_forward=512),
            {"d_model": 128, "num_heads": 4, "num_layers": 2},
        ),
    }
    paths = {}
    for name, (read, plan, config) in networks.items():
        paths[name] = folder / f"{name}.pth"
        container.save({"model_state_dict": random_tensors(read, plan, seed=0), "config": config}, paths[name])
    return paths


def make_work(paths: Mapping[str, Path]) -> dict[str, Work]:
    """Return what each network does with one trial."""
    random = np.random.default_rng(0)

    def uniform(*shape: int) -> Array:
        return random.uniform(0, 1, (FRAMES, *shape)).astype(np.float32)

    poses = (uniform(17, 3) - 0.5) * np.array([0.5, 1.7, 0.4], np.float32)
    poses -= mid_hip(poses)
    visibility, image, angles, seen = uniform(17), uniform(17, 2), 180 * uniform(12, 3) - 90, uniform(12)
    depth, joint, refiner = (
        load(paths[name])
        for name, load in zip(NAMES, (load_depth_refiner, load_joint_refiner, load_main_refiner), strict=True)
    )
    torch_depth, torch_joint, torch_refiner = (
        network(torch.load(paths[name], weights_only=True)["model_state_dict"])
        for name, network in zip(NAMES, (TorchDepth, TorchJoint, TorchRefiner), strict=True)
    )
    said = depth.refine(poses, visibility, image)

    def part_of_said(frames: slice) -> Any:
        return type(said)(**{name: array[frames] for name, array in vars(said).items()})

    return {
        "depth": Work(
            lambda part: depth.refine(poses[part], visibility[part], image[part]).refined,
            lambda part: torch_depth.refine(poses[part], visibility[part], image[part])["refined"],
        ),
        "joint": Work(
            lambda part: joint.refine(angles[part], seen[part]).refined,
            lambda part: torch_joint.refine(angles[part], seen[part]),
        ),
        "refiner": Work(
            lambda part: refiner.refine(poses[part], visibility[part], part_of_said(part)).refined,
            lambda part: torch_refiner.refine(poses[part], visibility[part], vars(part_of_said(part))),
        ),
    }


def measure(work: Mapping[str, Work], rounds: int, clock: Callable[[], float]) -> dict[str, dict[str, float]]:
    """Return the median seconds of each network in each way; the ways take turns."""
    seconds: dict[str, dict[str, list[float]]] = {name: {way: [] for way in WAYS} for name in NAMES}
    for name in NAMES:
        check_agreement(name, work[name])
    for _ in range(rounds):
        for name in NAMES:
            for way in WAYS:
                start = clock()
                work[name].run(way)
                share = SINGLES / FRAMES if way == ONE_BY_ONE else 1
                seconds[name][way].append((clock() - start) / share)
    return {name: {way: statistics.median(taken) for way, taken in ways.items()} for name, ways in seconds.items()}


def check_agreement(name: str, work: Work) -> None:
    """See that all ways give the same numbers; it also warms them up."""
    part, frame = slice(0, TORCH_BATCH), slice(7, 8)
    whole = work.ours(slice(0, FRAMES))
    for other, frames in ((work.torchs(part), part), (work.ours(frame), frame)):
        if not np.allclose(whole[frames], other, rtol=0, atol=1e-3):
            raise SystemExit(f"{name}: the ways do not agree.")


def results_table(seconds: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for name, ways in seconds.items():
        rate = f"{FRAMES / ways[AT_ONCE]:,.0f}"
        ratios = [f"{ways[AT_ONCE] / ways[IN_TORCH]:.2f}", f"{ways[ONE_BY_ONE] / ways[AT_ONCE]:.1f}"]
        rows.append((name, *(f"{ways[way]:.2f}" for way in WAYS), rate, *ratios))
    head = ("3,000 frames", *(f"{way}, s" for way in WAYS), "frames/s", "share of torch's", "times one by one")
    return markdown_table(head, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="how often each is measured (11)")
    parser.add_argument("--threads", type=int, help="threads of NumPy and of torch (as many as processors)")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what is measured (wall)")
    parser.add_argument("--json", action="store_true", help="print seconds instead of tables")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(prefix="humanpose3d-benchmark-") as folder:
        work = make_work(write_checkpoints(Path(folder)))
    with threadpool_limits(options.threads, user_api="blas"):
        seconds = measure(work, options.rounds, CLOCKS[options.clock])
    seconds["all three"] = {way: sum(seconds[name][way] for name in NAMES) for way in WAYS}
    ours, torchs = (seconds["all three"][way] for way in (AT_ONCE, IN_TORCH))
    target = Target("all three, as a share of torch's time", LARGEST_RATIO, ours / torchs)
    if options.json:
        print(json.dumps(seconds))
    else:
        print(
            f"{torch.get_num_threads()} threads, {options.clock} time, medians of {options.rounds} alternating rounds, "
            f"torch {torch.__version__}, NumPy {np.__version__}.\n"
        )
        print(results_table(seconds), targets_table([target]), sep="\n\n")
    return 0 if target.met else 1


if __name__ == "__main__":
    sys.exit(main())
