"""The demo clip's script: the skeleton moves rightly, and script, clip and truth belong together."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av", reason="the demo clip needs PyAV: pip install 'humanpose3d[pipeline]'")

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT / "humanpose3d" / "demo" / "data"
CYCLE_FRAMES = 33


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "scripts"))
        yield importlib.import_module("make_demo_clip")


@pytest.fixture(scope="module")
def rig(script: ModuleType) -> ModuleType:
    return sys.modules["demo_clip.rig"]


@pytest.fixture(scope="module")
def rotations(script: ModuleType) -> Any:
    return sys.modules["demo_clip.gait"].joint_rotations(script.frame_times())


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    with np.load(DATA / "walk_truth.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def decoded() -> list[Any]:
    with av.open(str(DATA / "walk.mp4")) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def flexion(points: Any, hip: int, knee: int, ankle: int) -> Any:
    thigh, shank = points[:, hip] - points[:, knee], points[:, ankle] - points[:, knee]
    cosine = np.sum(thigh * shank, axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
    return 180 - np.degrees(np.arccos(cosine))


def test_a_rotation_turns_the_right_way(rig):
    np.testing.assert_allclose(rig.rotation("x", 90.0) @ (0, 1, 0), (0, 0, 1), atol=1e-12)
    np.testing.assert_allclose(rig.rotation("y", 90.0) @ (0, 0, 1), (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(rig.rotation("z", 90.0) @ (1, 0, 0), (0, 1, 0), atol=1e-12)


def test_bones_keep_their_lengths(rig, rotations):
    _, joints = rig.forward_kinematics(rotations)
    for name, bone in rig.BONES.items():
        if bone.parent is None:
            continue
        length = np.linalg.norm(joints[:, rig.INDEX[name]] - joints[:, rig.INDEX[bone.parent]], axis=1)
        np.testing.assert_allclose(length, np.linalg.norm(bone.offset), atol=1e-12, err_msg=name)


def test_gait_repeats_after_one_cycle_and_mirrors_after_half(rig, script, rotations):
    np.testing.assert_allclose(rotations[CYCLE_FRAMES:], rotations[:-CYCLE_FRAMES], atol=1e-9)
    gait = sys.modules["demo_clip.gait"]
    later = gait.joint_rotations(script.frame_times() + gait.CYCLE / 2)
    for bone in ("thigh", "shank"):
        np.testing.assert_allclose(rotations[:, rig.INDEX[f"{bone}_l"]], later[:, rig.INDEX[f"{bone}_r"]], atol=1e-9)


def test_knees_bend_backwards_as_far_as_in_walking(truth):
    for hip, knee, ankle in ((23, 25, 27), (24, 26, 28)):
        angle = flexion(truth["world"], hip, knee, ankle)
        assert 0 < angle.min() < 8
        assert 55 < angle.max() < 65
        toes_ahead = truth["world"][:, ankle + 4] - truth["world"][:, ankle + 2]
        knee_ahead = truth["world"][:, knee] - (truth["world"][:, hip] + truth["world"][:, ankle]) / 2
        assert np.all(np.sum(toes_ahead * knee_ahead, axis=1) > 0)


@pytest.mark.parametrize("time", [0.0, 0.3, 0.7, 1.5])
def test_the_lowest_point_is_a_shoe_on_the_floor(script, time):
    walker = script.walker_at(time)
    mesh = sys.modules["demo_clip.body"].person()
    rig = sys.modules["demo_clip.rig"]
    lowest = int(np.argmin(walker.vertices[:, 1]))
    assert walker.vertices[lowest, 1] == pytest.approx(0, abs=1e-12)
    assert mesh.weights[lowest, [rig.INDEX["foot_l"], rig.INDEX["foot_r"]]].max() == 1


def test_the_body_is_a_closed_surface_that_follows_its_bones(script):
    mesh = sys.modules["demo_clip.body"].person()
    np.testing.assert_allclose(mesh.weights.sum(axis=1), 1)
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles], 1, 0)
    volume = np.sum(np.cross(a, b) * c, axis=1) / 6
    assert np.all(np.bincount(mesh.part, volume) > 0), "a part is inside out"
    assert 1.70 < np.ptp(script.walker_at(0.3).vertices[:, 1]) < 1.85


def test_landmarks_lie_on_or_in_the_body(script):
    walker = script.walker_at(0.2)
    distance = np.linalg.norm(walker.vertices[:, None] - walker.landmarks, axis=2).min(axis=0)
    assert distance[:11].max() < 0.012, "the face's landmarks lie on its surface"
    assert distance.max() < 0.12


def test_truth_projects_onto_its_pixels(truth):
    image = truth["camera"].astype(np.float64) @ truth["camera_matrix"].T
    np.testing.assert_allclose(image[..., :2] / image[..., 2:], truth["pixel"], atol=1e-3)
    assert np.all((truth["pixel"] > 0) & (truth["pixel"] < (480, 640)))


def test_camera_axes_are_the_world_moved_and_turned(truth):
    between = np.linalg.norm(truth["world"][:, :, None] - truth["world"][:, None], axis=-1)
    seen = np.linalg.norm(truth["camera"][:, :, None] - truth["camera"][:, None], axis=-1)
    np.testing.assert_allclose(seen, between, atol=1e-5)
    nose, ankle = truth["camera"][:, 0], truth["camera"][:, 28]
    assert np.all(nose[:, 1] < ankle[:, 1]), "y points down"
    assert np.all(truth["camera"][:, 11, 0] > truth["camera"][:, 12, 0]), "the left shoulder is on the image's right"
    assert np.all(truth["camera"][:, 26, 2].mean() < truth["camera"][:, 25, 2].mean()), "the right leg is the near one"


def test_the_script_makes_the_committed_truth(script, truth):
    made = script.truth()
    assert made.keys() == truth.keys()
    for key, values in made.items():
        np.testing.assert_allclose(values, truth[key], atol=1e-3, err_msg=key)


def test_the_committed_clip_has_the_promised_form(script, truth, decoded):
    assert len(decoded) == script.FRAMES == 120
    assert {image.shape for image in decoded} == {(640, 480, 3)}
    with av.open(str(DATA / "walk.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 30
        times = [frame.time for frame in container.decode(video=0)]
    np.testing.assert_allclose(times, truth["time"], atol=1e-6)
    assert (DATA / "walk.mp4").stat().st_size < 400_000
    assert {key: value.shape for key, value in truth.items()} == {
        "camera": (120, 33, 3),
        "world": (120, 33, 3),
        "pixel": (120, 33, 2),
        "time": (120,),
        "camera_matrix": (3, 3),
    }


@pytest.mark.parametrize("frame", [0, 57, 119])
@pytest.mark.slow
def test_the_script_draws_the_committed_frames(script, decoded, frame):
    drawn = script.render(script.frame_times()[frame]).astype(float)
    same = np.abs(drawn - decoded[frame]).mean()
    other = np.abs(drawn - decoded[(frame + 4) % 120]).mean()
    assert same < 2.5
    assert same < other / 2, "the frame is that moment's, not just any of the clip's"


def test_a_frame_shows_the_person_where_the_truth_says(script, truth):
    image = script.render(0.5).astype(float)
    columns, rows = np.floor(truth["pixel"][15]).astype(int).T
    backdrop = image[rows, 8]
    difference = np.abs(image[rows, columns] - backdrop).max(axis=1)
    assert np.all(difference[[0, 11, 12, 14, 16, 24, 26]] > 25), "a visible joint has the backdrop's colour"


@pytest.mark.slow
def test_pictures_are_deterministic(script):
    np.testing.assert_array_equal(script.render(1.0), script.render(1.0))


def test_video_files_are_written_frame_by_frame(script, tmp_path):
    images = [np.full((32, 48, 3), level, dtype=np.uint8) for level in (30, 130, 230)]
    files = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for file in files:
        script.write_h264(file, iter(images), 30)
    assert files[0].read_bytes() == files[1].read_bytes()
    with av.open(str(files[0])) as container:
        levels = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    np.testing.assert_allclose(levels, (30, 130, 230), atol=4)


def test_an_unwritable_output_is_one_sentence(script, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert script.main(["--output", str(tmp_path / "file")]) == 1
    message = capsys.readouterr().err
    assert str(tmp_path / "file") in message
    assert "--output" in message
    assert len(message.splitlines()) == 1
