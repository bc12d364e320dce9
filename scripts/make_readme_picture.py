#!/usr/bin/env python3
"""Draw the picture in the README: frames of the demo clip, the markers found, and a knee angle against the truth."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from humanpose3d.demo import clip_path, demo_environment, truth_path
from humanpose3d.pipeline.trajectories import Markers
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader

mpl.use("Agg")
from matplotlib import pyplot as plt

_BONES = (
    *(("Hip", "Neck"), ("Neck", "Head"), ("Head", "Nose")),
    *((side + a, side + b) for side in "RL" for a, b in (("Shoulder", "Elbow"), ("Elbow", "Wrist"))),
    *((side + a, side + b) for side in "RL" for a, b in (("Hip", "Knee"), ("Knee", "Ankle"), ("Ankle", "Heel"))),
    *((side + a, side + b) for side in "RL" for a, b in (("Heel", "BigToe"), ("BigToe", "SmallToe"))),
    *(("Neck", side + "Shoulder") for side in "RL"),
    *(("Hip", side + "Hip") for side in "RL"),
)
_COLOURS = {"R": "#D55E00", "L": "#0072B2"}  # Okabe and Ito, distinct for colour-blind eyes
_FRAMES = (8, 16, 24)
_LEG = ("Hip", "Knee", "Ankle")
_RIGHT_LEG = [24, 26, 28]  # the same as MediaPipe's landmark numbers


def main() -> int:
    """Run the pipeline on the demo clip and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[1] / "docs" / "demo.png"
    parser.add_argument("--output", type=Path, default=default, metavar="FILE")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder, demo_environment(Path(folder) / "home"):
        trial = run_pipeline(clip_path(), output=Path(folder) / "results")
        draw(trial).savefig(output, dpi=110)
    return 0


def draw(trial: Trial) -> plt.Figure:
    """Draw video frames above, the skeletons found below, the knee angle on the right."""
    figure = plt.figure(figsize=(10, 5.6))
    grid = figure.add_gridspec(
        2, 5, width_ratios=(1, 1, 1, 0.4, 3), left=0.01, right=0.98, top=0.93, bottom=0.1, wspace=0.03, hspace=0.02
    )
    with VideoReader(clip_path()) as reader:
        images = [frame.rgb.copy() for index, frame in enumerate(reader.frames()) if index in _FRAMES]
    for column, (index, image) in enumerate(zip(_FRAMES, images, strict=True)):
        above = figure.add_subplot(grid[0, column])
        above.imshow(image)
        above.set_title(f"{trial.landmarks.times[index]:.2f} s", fontsize=9)
        above.axis("off")
        _draw_skeleton(figure.add_subplot(grid[1, column], projection="3d"), trial.final_markers, index)
    _draw_knee(figure.add_subplot(grid[:, 4]), trial)
    return figure


def _draw_skeleton(axes: plt.Axes, markers: Markers, index: int) -> None:
    for a, b in _BONES:
        ends = np.stack([markers[a][index], markers[b][index]]) - markers["Hip"][index]
        colour = _COLOURS.get(b[0] if b[1:2].isupper() else "", "#444444")
        # Matplotlib's third axis points up; markers have y up.
        axes.plot(ends[:, 0], -ends[:, 2], ends[:, 1], color=colour, linewidth=2, clip_on=False)
    axes.set(xlim=(-0.4, 0.4), ylim=(-0.4, 0.4), zlim=(-0.95, 0.8))
    axes.set_box_aspect((0.8, 0.8, 1.75), zoom=1.75)
    axes.view_init(elev=8, azim=-60)
    axes.set_axis_off()


def _draw_knee(axes: plt.Axes, trial: Trial) -> None:
    truth = np.load(truth_path())["world"]
    times, knee = trial.landmarks.times, _COLOURS["R"]
    axes.plot(times, flexion(*np.moveaxis(truth[:, _RIGHT_LEG], 1, 0)), color="#999999", linewidth=3, label="truth")
    for markers, label, style in (
        (trial.markers, "as detected", {"linewidth": 0.8, "alpha": 0.6}),
        (trial.final_markers, "result", {"linewidth": 2}),
    ):
        axes.plot(times, flexion(*(markers[f"R{name}"] for name in _LEG)), color=knee, label=label, **style)
    axes.set(xlabel="time (s)", ylabel="right knee flexion (degrees)", xlim=(0, trial.landmarks.times[-1]))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


def flexion(hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """Return 180 degrees minus the angle between thigh and shank, shape (T,)."""
    thigh, shank = hip - knee, ankle - knee
    cosine = (thigh * shank).sum(-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shank, axis=-1)
    return 180 - np.degrees(np.arccos(np.clip(cosine, -1, 1)))


if __name__ == "__main__":
    sys.exit(main())
