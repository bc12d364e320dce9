"""Content for the report: the rendered walk's truth as a trial, and a small made-up one."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks
from humanpose3d.report.data.content import Cycle, Number, ReportContent


def landmarks_from_truth(demo_truth: Path) -> Landmarks:
    """The true landmarks of the rendered walk, as if a perfect model had seen them; the left arm less surely."""
    with np.load(demo_truth) as truth:
        world, pixel, times = truth["world"].astype(float), truth["pixel"].astype(float), truth["time"]
    hips = world[:, 23:25].mean(axis=1, keepdims=True)
    visibility = np.full((len(times), len(LANDMARK_NAMES)), 0.95)
    visibility[:, [LANDMARK_NAMES.index(name) for name in ("left_elbow", "left_wrist")]] = 0.4
    return Landmarks(times, (world - hips) * (1, -1, -1), pixel / (480, 640), visibility)


def content_maker(walk_landmarks: Landmarks) -> Callable[..., ReportContent]:
    """Return a function that makes the content of the rendered walk's report; keywords replace parts of it."""
    markers = markers_from_landmarks(walk_landmarks)
    degrees = np.array(joint_angles(markers.times, markers.names, markers.positions).degrees)
    noise = np.random.default_rng(7).normal(0, 3, degrees.shape)
    degrees[50:60, 4] = np.nan  # a gap in the left knee
    errors = np.full((12, 3), np.nan)
    errors[3:5, 0] = 8.5

    def make(**parts: object) -> ReportContent:
        whole = {
            "name": "walk",
            "times": markers.times,
            "degrees": degrees,
            "raw_degrees": degrees + noise,
            "markers": markers,
            "landmarks": walk_landmarks,
            "angle_errors": errors,
            "error_source": "the rendered walk",
            "numbers": (
                Number(
                    "Knee, range of flexion", "How far the knee bends and straightens.",
                    left=Measured(55.1, 6.0, "deg"), right=Measured(56.3, 6.0, "deg"), source="the rendered walk",
                ),
                Number("Cadence", "How many steps in a minute.", value=Measured(109.1, math.nan, "steps/min")),
                Number("Step length", "From one heel to the other.", value=NotMeasured("no floor was found")),
            ),
            "cycles": tuple(Cycle(s, s + 1.1, side) for side, o in (("R", 0.0), ("L", 0.55)) for s in (o, o + 1.1)),
            "record": walk_record(),
            "command": "humanpose3d run walk.mp4 --height 1.78",
        }  # fmt: skip
        return ReportContent(**{**whole, **parts})  # type: ignore[arg-type]

    return make


def walk_record() -> dict[str, object]:
    """A ``run.json`` of the rendered walk, by an earlier version, which named devices; its reports still open."""
    model = {
        "name": "mediapipe", "path": "/home/alice/models/pose_landmarker_heavy.task", "size_bytes": 9398198,
        "sha256": "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad", "commit": "a" * 40,
    }  # fmt: skip
    stage = {"status": "ran", "reason": None, "seconds": 4.2, "device": "cpu", "model": model, "details": {}}
    return {
        "schema_version": 1,
        "created": "2026-11-22T20:00:00+00:00",
        "versions": {"humanpose3d": "0.1.0", "python": "3.11.2", "numpy": "2.4.6", "platform": "Linux"},
        "input": {
            "name": "walk.mp4", "size_bytes": 250000, "sha256": "b" * 64,
            "video": {"width": 480, "height": 640, "rotation": 0, "nominal_rate": 30.0},
        },
        "models": [model],
        "settings": {"height_m": 1.78, "weight_kg": None, "refine": True, "device": "cuda"},
        "frames": {"total": 120, "with_pose": 120, "skipped": 0, "data_rate_hz": 30.0, "duration_s": 3.967},
        "stages": [
            {"name": "detect", **stage},
            {**stage, "name": "motion", "status": "skipped", "reason": "a stand-in was found", "model": None},
        ],
        "timings": {"total_s": 6.1, "detected_frames_per_s": 28.6},
        "warnings": ["The left arm is half hidden."],
        "outputs": {"landmarks": "walk_landmarks.csv", "run": "run.json"},
    }  # fmt: skip
