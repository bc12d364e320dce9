"""How near to the truth the depth prior's depths are, next to the pose model's, and how often its spreads hold.

``python benchmarks/depth_prior.py BENCH MODEL.task ...`` needs the folder that ``scripts/make_trials.py`` makes. What
is compared are the vectors from what a landmark hangs on to the landmark, along the line of sight, before the fit.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.measuring import markdown_table  # noqa: E402
from support.trials import BenchTrial, observed, read_trials  # noqa: E402

from humanpose3d.pipeline.signals.body import BODY, HIPS, index, middle, typical_lengths  # noqa: E402
from humanpose3d.pipeline.signals.bone_lengths import trunk_and_leg  # noqa: E402
from humanpose3d.pipeline.signals.depth_prior.prior import depth_prior  # noqa: E402
from humanpose3d.pipeline.signals.fit.anatomy import PARENT_PLACES  # noqa: E402
from humanpose3d.pipeline.signals.lens import ASSUMED  # noqa: E402
from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.signals.rays import rays_of, turns_towards  # noqa: E402
from humanpose3d.pipeline.signals.settings import SignalSettings  # noqa: E402

BEFORE_THE_FIT = SignalSettings(estimate_lens=False, depth_prior=False, reproject=False, smooth=False, upright=False)
WITHIN_90 = 1.645  # standard deviations
PARTS = ("shoulder", "elbow", "wrist", "knee", "ankle", "foot_index")
HEADER = ("half", "movement", "from", "trials", *PARTS, "within 90 %")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of scripts/make_trials.py")
    parser.add_argument("models", type=Path, nargs="+", help="pose models, .task")
    options = parser.parse_args()
    for model in options.models:
        groups: dict[tuple[str, str, str], list[np.ndarray]] = defaultdict(list)
        for trial in read_trials(options.bench):
            if trial.truth["persons"].max() == 1 and trial.truth["inside"][:, BODY].mean() > 0.95:
                kind = "recorded" if trial.kind == "recorded" else "made"
                groups[trial.half, kind, trial.view].append(compared(trial, model))
        rows = [
            [*group, str(len(found)), *cells(np.concatenate(found, axis=1))] for group, found in sorted(groups.items())
        ]
        print(f"{model.name}, errors in depth of prior / of pose model, mm (RMS):\n", file=sys.stderr)
        print(markdown_table(HEADER, rows), end="\n\n")
    return 0


def compared(trial: BenchTrial, model: Path) -> np.ndarray:
    """Return errors of the prior, of the pose model, and the prior's spreads, along the line of sight: (3, T, J), m."""
    seen = observed(trial, model)
    width, height = trial.truth["size"].tolist()
    landmarks, _ = process(seen.landmarks, BEFORE_THE_FIT, size=(width, height), colours=seen.colours)
    prior, _ = depth_prior(landmarks, (width, height), network=trial.network)
    frames = min(len(landmarks.times), len(trial.truth["time"]))
    truth = trial.truth["camera"][:frames].astype(np.float64)
    turns = turns_towards(rays_of(landmarks.image[:frames, BODY], (width, height), ASSUMED.focal_length).mean(axis=1))
    size = trunk_and_leg(typical_lengths(truth))
    pose = landmarks.world[:frames] * (size / trunk_and_leg(typical_lengths(landmarks.world)))
    own, of_model = (
        np.einsum("ti,tji->tj", turns[:, 2], links) for links in (prior.links[:frames] * size, links_of(pose))
    )
    true = links_of(truth)[..., 2]
    errors = np.stack([own - true, of_model - true, prior.spreads[:frames, :, 2] * size])
    return np.asarray(errors[:, np.isfinite(errors).all(axis=(0, 2))])


def links_of(points: np.ndarray) -> np.ndarray:
    body = (points - middle(points, HIPS))[:, BODY]
    return np.asarray(body - body[:, PARENT_PLACES].mean(axis=2))


def cells(errors: np.ndarray) -> list[str]:
    found = []
    for part in PARTS:
        both = errors[..., np.searchsorted(BODY, index(f"left_{part}", f"right_{part}"))]
        found.append(" / ".join(f"{1e3 * np.sqrt((each**2).mean()):.0f}" for each in both[:2]))
    return [*found, f"{100 * (np.abs(errors[0]) < WITHIN_90 * errors[2]).mean():.0f}"]


if __name__ == "__main__":
    sys.exit(main())
