"""How near to the truth the signal path comes: each step alone, all together, and all but one.

``python benchmarks/accuracy.py FOLDER`` needs a folder with ``singleperson/`` (four cameras and ``reference.npz``),
``walk.mp4``, ``squat.mp4`` with their truth, and ``pose_landmarker_full.task``. The real trials show a person and are
not part of the project. Takes about two minutes.

Exits with 1 where a promise is not kept.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from support.accuracy_metrics import ANGLES, Accuracy, read_reference  # noqa: E402
from support.measuring import Target, markdown_table, targets_table  # noqa: E402

from humanpose3d.loaders import load_pose_landmarker  # noqa: E402
from humanpose3d.pipeline.detection import observe  # noqa: E402
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens  # noqa: E402
from humanpose3d.pipeline.signals.process import process  # noqa: E402
from humanpose3d.pipeline.signals.settings import SignalSettings  # noqa: E402
from humanpose3d.pipeline.signals.world.vertical import up_direction  # noqa: E402
from humanpose3d.pipeline.trajectories import Landmarks  # noqa: E402
from humanpose3d.video.reader import Frame, VideoReader  # noqa: E402

# Distances are compared in the camera's axes, in which the truth is.
DEFAULT = SignalSettings(upright=False)
STEPS = (
    "follow_person",
    "repair_swaps",
    "remove_outliers",
    "fill_gaps",
    "estimate_lens",
    "depth_prior",
    "reproject",
    "constant_bones",
    "smooth",
)
NOTHING = replace(DEFAULT, **dict.fromkeys(STEPS, False))
RENDERED_EDGE = 3  # frames, at either end, in which no filter is settled
HEADER = ("mean of four cameras", "seen, %", "MPJPE", "PA", "depth", "bone, %", "knee", "hip", "elbow", "acceleration")
SHOWN = ("seen", "mpjpe", "pa", "depth", "bone", "knee", "hip", "elbow", "acceleration")


@dataclass(frozen=True)
class Clip:
    """A video with its truth, and what the detector saw in it."""

    name: str
    video: Path
    truth: np.ndarray
    compared: slice
    up: np.ndarray
    landmarks: Landmarks
    mirrored: Landmarks
    thinned: dict[int, Landmarks]
    size: tuple[int, int]

    def processed(self, settings: SignalSettings, *, high: bool = False, lens: Lens | None = None) -> Landmarks:
        """Put the detection through the signal path."""
        mirrored = self.mirrored if high else None
        return process(self.landmarks, settings, size=self.size, mirrored=mirrored, lens=lens)[0]

    def accuracy(self, landmarks: Landmarks, every: int = 1) -> Accuracy:
        """Compare with the truth, of which every second or third frame may have been detected."""
        chosen = np.zeros(len(self.truth), bool)
        chosen[self.compared] = True
        chosen = chosen[::every]
        return Accuracy.of(landmarks.world[chosen], self.truth[::every][chosen], landmarks.times[chosen])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with the trials")
    parser.add_argument("--model", type=Path, help="default: pose_landmarker_full.task in the folder")
    options = parser.parse_args()
    model = options.model or options.folder / "pose_landmarker_full.task"
    for needed in (options.folder / "singleperson" / "reference.npz", options.folder / "walk_truth.npz", model):
        if not needed.is_file():
            print(
                f"{needed} is missing; give the folder with the trials as argument "
                "(they show a real person and are not part of the project).",
                file=sys.stderr,
            )
            return 2
    cameras, rendered = list(real_trials(options.folder, model)), list(rendered_trials(options.folder, model))
    print(table_of_steps(cameras), table_of_cameras(cameras), table_of_robustness(cameras), sep="\n\n", end="\n\n")
    print(table_of_angles(rendered), table_of_upright([*cameras, *rendered]), sep="\n\n", end="\n\n")
    promises = targets(cameras, rendered)
    print(targets_table(promises))
    return 0 if all(promise.met for promise in promises) else 1


def real_trials(folder: Path, model: Path) -> Iterator[Clip]:
    with np.load(folder / "singleperson" / "reference.npz") as values:
        valid = np.flatnonzero(values["valid"])
        for camera in range(4):
            yield detected(
                folder / "singleperson" / f"cam0{camera + 1}.mp4",
                model,
                truth=read_reference(values, camera),
                compared=slice(valid[0], valid[-1] + 1),
                up=values["R"][camera][:, 2],  # the reference's z axis is vertical
            )


def rendered_trials(folder: Path, model: Path) -> Iterator[Clip]:
    for name in ("walk", "squat"):
        with np.load(folder / f"{name}_truth.npz") as values:
            truth = values["world"].astype(np.float64)
        compared = slice(RENDERED_EDGE, len(truth) - RENDERED_EDGE)
        level = np.array([0.0, -1.0, 0.0])
        yield detected(folder / f"{name}.mp4", model, truth=truth, compared=compared, up=level)


def detected(video: Path, model: Path, *, truth: np.ndarray, compared: slice, up: np.ndarray) -> Clip:
    def detect(change: Callable[[Frame], Frame], every: int) -> Landmarks:
        with VideoReader(video) as reader, load_pose_landmarker(model) as landmarker:
            chosen = (change(frame) for i, frame in enumerate(reader.frames()) if i % every == 0)
            return observe(chosen, landmarker).landmarks

    with VideoReader(video) as reader:
        size = (reader.info.width, reader.info.height)
    print(f"detecting in {video.name} ...", file=sys.stderr)
    return Clip(
        video.stem,
        video,
        truth,
        compared,
        up,
        landmarks=detect(lambda frame: frame, 1),
        mirrored=detect(lambda frame: frame._replace(rgb=np.ascontiguousarray(frame.rgb[:, ::-1])), 1),
        thinned={every: detect(lambda frame: frame, every) for every in (2, 3)},
        size=size,
    )


def mean(clips: Iterable[Clip], settings: SignalSettings, *, high: bool = False, lens: Lens | None = None) -> Accuracy:
    return Accuracy.mean([clip.accuracy(clip.processed(settings, high=high, lens=lens)) for clip in clips])


def row(name: str, accuracy: Accuracy) -> list[str]:
    return [name, *(f"{getattr(accuracy, measure):.1f}" for measure in SHOWN)]


def table_of_steps(cameras: Sequence[Clip]) -> str:
    rows = [row("raw", mean(cameras, NOTHING))]
    for step in STEPS:
        rows.append(row(f"{step} alone", mean(cameras, replace(NOTHING, **{step: True}))))
    rows.append(row("repair_swaps, fill_gaps", mean(cameras, replace(NOTHING, repair_swaps=True, fill_gaps=True))))
    rows.append(row("**all defaults together**", mean(cameras, DEFAULT)))
    rows += [
        row(f"defaults without {step}", mean(cameras, replace(DEFAULT, **{step: False})))
        for step in STEPS
        if getattr(DEFAULT, step)
    ]
    rows += [
        row(f"defaults and {step}", mean(cameras, replace(DEFAULT, **{step: True})))
        for step in STEPS
        if not getattr(DEFAULT, step)
    ]
    rows.append(row("**--quality high** (mirrored frames too)", mean(cameras, DEFAULT, high=True)))
    return markdown_table(HEADER, rows)


def table_of_cameras(cameras: Sequence[Clip]) -> str:
    rows = []
    for clip in cameras:
        rows.append(row(f"{clip.name}, raw", clip.accuracy(clip.landmarks)))
        rows.append(row(f"{clip.name}, defaults", clip.accuracy(clip.processed(DEFAULT))))
    return markdown_table(("camera", *HEADER[1:]), rows)


def table_of_robustness(cameras: Sequence[Clip]) -> str:
    rows = [row("defaults", mean(cameras, DEFAULT))]
    for factor in (0.75, 1.25):
        lens = replace(ASSUMED, focal_length=ASSUMED.focal_length * factor, source="given")
        rows.append(row(f"usual focal length × {factor}", mean(cameras, DEFAULT, lens=lens)))
    for every, name in ((2, "30 frames a second"), (3, "20 frames a second")):
        thin = [replace(clip, landmarks=clip.thinned[every]) for clip in cameras]
        for word, settings in (("raw", NOTHING), ("defaults", DEFAULT)):
            accuracy = Accuracy.mean([clip.accuracy(clip.processed(settings), every) for clip in thin])
            rows.append(row(f"{name}, {word}", accuracy))
    return markdown_table(HEADER, rows)


def table_of_angles(rendered: Sequence[Clip]) -> str:
    rows = []
    for clip in rendered:
        for name, landmarks in (
            ("raw", clip.landmarks),
            ("defaults", clip.processed(DEFAULT)),
            ("--quality high", clip.processed(DEFAULT, high=True)),
        ):
            accuracy = clip.accuracy(landmarks)
            rows.append([f"{clip.name}, {name}", *(f"{getattr(accuracy, joint):.1f}" for joint in ANGLES)])
            rows[-1].append(f"{accuracy.pa:.1f}")
    return markdown_table(("rendered clip, RMSE in degrees", *ANGLES, "PA, mm"), rows)


def table_of_upright(clips: Sequence[Clip]) -> str:
    def tilt(up: np.ndarray, clip: Clip) -> str:
        return f"{np.degrees(np.arccos(np.clip(up @ clip.up, -1, 1))):.1f}"

    rows = [
        [clip.name, tilt(np.array([0.0, -1.0, 0.0]), clip), tilt(up_direction(clip.processed(DEFAULT).world), clip)]
        for clip in clips
    ]
    return markdown_table(("angle to the true vertical, degrees", "the camera's", "upright"), rows)


def targets(cameras: Sequence[Clip], rendered: Sequence[Clip]) -> list[Target]:
    accuracy = mean(cameras, DEFAULT)
    promises = [
        Target("four cameras: MPJPE, mm", 105, accuracy.mpjpe),
        Target("four cameras: PA, mm", 76, accuracy.pa),
        Target("four cameras: knee, degrees", 13, accuracy.knee),
        Target("four cameras: bone variation, %", 3, accuracy.bone),
    ]
    for clip in rendered:
        raw, processed = clip.accuracy(clip.landmarks), clip.accuracy(clip.processed(DEFAULT))
        promises += [
            Target(f"{clip.name}: {joint} / raw", 1, getattr(processed, joint) / getattr(raw, joint))
            for joint in ANGLES
        ]
    return promises


if __name__ == "__main__":
    sys.exit(main())
