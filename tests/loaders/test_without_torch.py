"""The refiners load and compute in an environment without torch, and never import it where it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.small_checkpoints import MAKERS, save

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "pickle5", "dill"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
import pickle

def refuse(*arguments, **options):
    raise AssertionError("something is unpickled")

pickle.load = pickle.loads = pickle.Unpickler = refuse
import numpy as np
from humanpose3d.loaders import load_depth_refiner, load_joint_refiner, load_main_refiner

folder, frames = sys.argv[1], 200
depth, joint, main = (
    load(f"{folder}/{name}.pth")
    for load, name in ((load_depth_refiner, "depth"), (load_joint_refiner, "joint"), (load_main_refiner, "refiner"))
)
random = np.random.default_rng(0)
poses, image = random.normal(0, 0.3, (frames, 17, 3)), random.uniform(0, 1, (frames, 17, 2))
said = depth.refine(poses, None, image)
assert np.isfinite(main.refine(poses, None, said).refined).all()
assert np.isfinite(joint.refine(random.uniform(-90, 90, (frames, 12, 3)), None).refined).all()
assert "torch" not in sys.modules
"""


def test_the_refiners_need_no_torch_and_no_pickle(tmp_path: Path) -> None:
    for name, make in MAKERS.items():
        save(make(), tmp_path / f"{name}.pth")
    subprocess.run([sys.executable, "-c", BLOCKED, str(tmp_path)], check=True)
