"""Recorded movement from files: it drives the rig as it was recorded, and a damaged file is one sentence."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from support.motion_files import BvhJoint, write_acclaim, write_bvh

pytest.importorskip("av", reason="trials need PyAV: pip install 'humanpose3d[pipeline]'")

PROJECT = Path(__file__).resolve().parents[2]

_PARTS = ("pelvis", "chest", "head", "thigh_", "shank_", "foot_", "toes_", "upper_arm_", "forearm_", "hand_")
# What programs call the joints at which these bones begin.
_CONVENTIONS = {
    "cmu": "Hips,Spine1,Head,{Left}UpLeg,{Left}Leg,{Left}Foot,{Left}ToeBase,{Left}Arm,{Left}ForeArm,{Left}Hand",
    "mixamo": "mixamorig:Hips,mixamorig:Spine2,mixamorig:Head,mixamorig:{Left}UpLeg,mixamorig:{Left}Leg,"
    "mixamorig:{Left}Foot,mixamorig:{Left}ToeBase,mixamorig:{Left}Arm,mixamorig:{Left}ForeArm,mixamorig:{Left}Hand",
    "biovision": "Hips,Chest,Head,{Left}Hip,{Left}Knee,{Left}Ankle,{Left}Toe,{Left}Shoulder,{Left}Elbow,{Left}Wrist",
    "poser": "hip,chest,head,{l}Thigh,{l}Shin,{l}Foot,{l}Toe,{l}Shldr,{l}ForeArm,{l}Hand",
    "lower case": "hip,chest,head,{l}thigh,{l}shin,{l}foot,{l}toes,{l}shldr,{l}forearm,{l}hand",
    "suffixes": "pelvis,spine_03,head,thigh_{l},calf_{l},foot_{l},ball_{l},upperarm_{l},lowerarm_{l},hand_{l}",
    "joints": "root,trunk,head,hip_{l},knee_{l},ankle_{l},foot_{l},shoulder_{l},elbow_{l},wrist_{l}",
    "blender": "DEF-spine,DEF-spine.003,DEF-head,DEF-thigh.{L},DEF-shin.{L},DEF-foot.{L},DEF-toe.{L},"
    "DEF-upper_arm.{L},DEF-forearm.{L},DEF-hand.{L}",
    "biped": "Bip01,Bip01 Spine2,Bip01 Head,Bip01 {L} Thigh,Bip01 {L} Calf,Bip01 {L} Foot,Bip01 {L} Toe0,"
    "Bip01 {L} UpperArm,Bip01 {L} Forearm,Bip01 {L} Hand",
    "kinect": "HipCenter,Spine,Head,Hip{Left},Knee{Left},Ankle{Left},Foot{Left},Shoulder{Left},Elbow{Left},Wrist{Left}",
    "smpl": "Pelvis,Spine3,Head,{L}_Hip,{L}_Knee,{L}_Ankle,{L}_Foot,{L}_Shoulder,{L}_Elbow,{L}_Wrist",
}


def names_in(convention: str) -> dict[str, str]:
    """Names of the joints by the bones that begin there."""
    named = {}
    for side in ("Left", "Right"):
        words = {"Left": side, "L": side[0], "l": side[0].lower()}
        for part, name in zip(_PARTS, _CONVENTIONS[convention].split(","), strict=True):
            named[part + words["l"] if part.endswith("_") else part] = name.format(**words)
    return named


@pytest.fixture(scope="module")
def load() -> Iterator[Callable[[str], Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "scripts"))
        yield importlib.import_module


@pytest.fixture(scope="module")
def figure(load: Any) -> Any:
    return load("trials.figure").Figure(load("trials.parameters").Body("x", "test", legs=1.05, arms=0.95))


def write_moving_rig(
    load: Any, figure: Any, path: Path, kind: str, rate: float, convention: str, up: str = "y"
) -> NDArray[np.float64]:
    """Write a movement of the rig, in inches, the pose of zero angles being any; returns its landmarks (T, 33, 3)."""
    rig, named = load("demo_clip.rig"), names_in(convention)
    movement = load("trials.parameters").Movement(kind, path="straight")
    motion = load("trials.movements").move(np.arange(0, 4, 1 / rate), movement, figure, None)
    turns = np.random.default_rng(3).standard_normal((len(rig.BONES), 4))
    zero = dict(zip(rig.BONES, Rotation.from_quat(turns).as_matrix(), strict=True))
    turned = rig.rotation("x", 90.0) if up == "z" else np.eye(3)
    rotations, _ = figure.kinematics(motion.local)
    names = {bone: named.get(bone, bone) for bone in rig.BONES}
    world = {name: turned @ rotations[:, rig.INDEX[bone]] @ zero[bone] for bone, name in names.items()}

    def place(bone: str, offset: tuple[float, float, float]) -> NDArray[np.float64]:
        return zero[bone].T @ (np.array(offset) * figure.scales[rig.INDEX[bone]]) / 0.0254

    joints = [
        BvhJoint(names[bone], names.get(parent, ""), place(parent, offset) if parent else np.zeros(3))
        for bone, (parent, offset) in rig.BONES.items()
    ]
    for side in ("l", "r"):
        toes = named[f"toes_{side}"]
        joints.append(BvhJoint(toes, names[f"foot_{side}"], place(f"foot_{side}", (0.0, -0.06, 0.185))))
        joints.append(BvhJoint("", toes, np.zeros(3)))
        world[toes] = world[names[f"foot_{side}"]]
    write_bvh(path, joints, world, motion.root @ turned.T / 0.0254, rate)
    return np.asarray(figure.landmarks(motion.local, motion.root))


@pytest.mark.parametrize(
    ("kind", "rate", "convention", "up"),
    [("walk", 60.0, "cmu", "y"), ("walk", 25.0, "biovision", "z"), ("squat", 30.0, "biped", "y")],
)
def test_units_rate_names_vertical_and_rest_pose_do_not_matter(
    load: Any, figure: Any, tmp_path: Path, kind: str, rate: float, convention: str, up: str
) -> None:
    path = tmp_path / "moving.bvh"
    expected = write_moving_rig(load, figure, path, kind, rate, convention, up)
    recording = load("trials.recordings").read_recording(path)
    times = np.arange(0, 3.5, 1 / rate)
    motion = load("trials.movements.recorded").retargeted(times, 0.0, figure, recording)
    found = figure.landmarks(motion.local, motion.root)
    expected = expected[: len(found)] - (expected[0, 23:25].mean(axis=0) - found[0, 23:25].mean(axis=0))
    apart = np.linalg.norm(found - expected, axis=-1)
    assert apart.mean() < 0.01
    assert apart.max() < 0.03  # the tilt of pelvis, trunk and head is known on average only


@pytest.mark.parametrize("convention", _CONVENTIONS)
def test_what_programs_call_joints(load: Any, convention: str) -> None:
    file = load("trials.recordings.bvh_file")
    above = {"pelvis": "", "chest": "pelvis", "head": "chest"}
    for side in ("l", "r"):
        for limb in ("pelvis", "thigh_", "shank_", "foot_", "toes_"), ("chest", "upper_arm_", "forearm_", "hand_"):
            chain = [part + side if part.endswith("_") else part for part in limb]
            above |= dict(zip(chain[1:], chain, strict=False))
    order = list(above)
    named = names_in(convention)
    joints = [file.Joint(named[part], order.index(above[part]) if above[part] else -1) for part in order]
    if convention in ("cmu", "mixamo", "biovision", "biped"):  # collar bones are "shoulders" to some
        collar = {"biovision": "LeftCollar", "biped": "Bip01 L Clavicle"}.get(convention, "LeftShoulder")
        joints.append(file.Joint(collar, order.index("chest")))
        joints[order.index("upper_arm_l")].parent = len(joints) - 1
    found = load("trials.recordings.joint_names").find_joints(joints)
    assert {part: joints[i].name for part, i in found.items()} == {part: named[part] for part in order[2:]}


# Files and folders


def damaged_by(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: "", "no lines MOTION"),
        (lambda text: text[: 2 * len(text) // 3], "values, not 120 frames"),
        (damaged_by("Frame Time: 0.033333", "Frame Time: 0"), "frame time is 0"),
        (damaged_by("CHANNELS 3", "CHANNELS 4"), "'CHANNELS 4 Zrotation"),
        (damaged_by("LeftLeg", "Bone"), "known as left knee; its joints are Hips"),
        (damaged_by("Head", "Bone"), "known as head; its joints are Hips"),
        (lambda text: text.rstrip().rpartition(" ")[0] + " nan\n", "not finite"),
    ],
    ids=["empty", "cut off", "no rate", "channels", "no knee", "no head", "not finite"],
)
def test_a_bvh_file_that_cannot_be_used_is_one_sentence(
    load: Any, figure: Any, tmp_path: Path, damage: Callable[[str], str], message: str
) -> None:
    path, recordings = tmp_path / "moving.bvh", load("trials.recordings")
    write_moving_rig(load, figure, path, "stand", 30.0, "cmu")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(recordings.RecordingError, match=rf"moving\.bvh cannot be used.*{message}") as refused:
        recordings.read_recording(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("09.asf", None, r"09_01\.amc has no skeleton: put its \.asf file, 09\.asf,"),
        ("09.asf", damaged_by("radius", "bone"), r"09_01\.amc cannot be used.*09\.asf"),
        ("09_01.amc", lambda text: "", r"09_01\.amc cannot be used.*no frames"),
        ("09_01.amc", lambda text: text[:-30], r"09_01\.amc cannot be used.*values of"),
        ("09_01.amc", damaged_by("root 0 17", "root zero 17"), r"09_01\.amc cannot be used.*'zero'"),
    ],
    ids=["no skeleton", "no bone", "empty", "cut off", "no number"],
)
def test_an_amc_file_that_cannot_be_used_is_one_sentence(
    load: Any, tmp_path: Path, file: str, damage: Callable[[str], str] | None, message: str
) -> None:
    write_acclaim(tmp_path, np.zeros(60), np.zeros(60))
    text = (tmp_path / file).read_text(encoding="ascii")
    (tmp_path / file).unlink()
    if damage:
        (tmp_path / file).write_text(damage(text), encoding="ascii")
    recordings = load("trials.recordings")
    with pytest.raises(recordings.RecordingError, match=message) as refused:
        recordings.read_recording(tmp_path / "09_01.amc")
    assert "\n" not in str(refused.value)


def test_a_folder_holds_both_kinds(load: Any, figure: Any, tmp_path: Path) -> None:
    movement, refused = load("depth_prior.movement"), load("trials.recordings").RecordingError
    with pytest.raises(refused, match="has no recorded movement"):
        movement.recorded_takes(tmp_path, frozenset())
    write_acclaim(tmp_path, np.zeros(120), np.zeros(120))
    for name in ("09_01.bvh", "moving.BVH", "of_test_half.bvh", "._moving.bvh"):
        write_moving_rig(load, figure, tmp_path / name, "walk", 30.0, "mixamo")
    found = load("trials.recordings").recordings_in(tmp_path)
    assert [path.name for path in found.values()] == ["09_01.amc", "moving.BVH", "of_test_half.bvh"]
    still, walking = movement.recorded_takes(tmp_path, frozenset({"of_test_half"}))
    assert len(still.local) == pytest.approx(0.9 * 60, abs=1)
    assert len(walking.local) == pytest.approx(3.9 * 60, abs=1)
    assert np.ptp(walking.root[:, 2]) > 3  # lengths of the leg


def test_a_recording_that_is_too_short_to_train_on_is_one_sentence(load: Any, tmp_path: Path) -> None:
    write_acclaim(tmp_path, np.zeros(30), np.zeros(30))
    with pytest.raises(load("trials.recordings").RecordingError, match=r"09_01\.amc lasts 0\.25 s"):
        load("depth_prior.movement").recorded_takes(tmp_path, frozenset())


def test_a_trial_shows_what_a_bvh_file_recorded(load: Any, figure: Any, tmp_path: Path) -> None:
    write_moving_rig(load, figure, tmp_path / "walk.bvh", "walk", 60.0, "poser")
    recorded, short = load("trials.parameters").Movement("recorded", recording="walk", first=0.5), load("trials.table")
    trial = dataclasses.replace(short.SHORT["short-front"], movement=recorded, frames=60)
    motion = load("trials.scene").build(trial, tmp_path).motion
    assert motion.speed == pytest.approx(1.2, rel=0.1)
    assert motion.prints["l"] and motion.prints["r"]
    missing = dataclasses.replace(trial, movement=dataclasses.replace(recorded, recording="run"))
    with pytest.raises(load("trials.recordings").RecordingError, match="has no recording run"):
        load("trials.scene").build(missing, tmp_path)


def test_to_the_bench_a_recording_that_is_missing_is_wrong_usage(
    load: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        load("make_trials").main([str(tmp_path), "--only", "recorded-walk-side", "--recordings", str(tmp_path)])
    assert refused.value.code == 2
    assert "has no recording 02_01" in capsys.readouterr().err


def test_to_the_training_a_recording_that_is_damaged_is_wrong_usage(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the training needs PyTorch: pip install torch")
    (tmp_path / "empty.bvh").touch()
    # The script has a folder of the same name as one of the tests', so it runs by itself.
    command = [sys.executable, PROJECT / "scripts" / "train_depth_prior.py", tmp_path, tmp_path, tmp_path / "empty.bvh"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "empty.bvh cannot be used as recorded movement" in done.stderr
    assert "Traceback" not in done.stderr
