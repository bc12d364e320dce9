from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.bodies import FOCAL_LENGTH, marching, seen
from support.bodies import SIZE as TALL

from humanpose3d.pipeline.camera_motion import BackgroundTracker, CameraMotion, describe_motion
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings

SIZE = WIDTH, HEIGHT = 480, 270
RATE = 15
NOBODY = np.full((33, 2), np.nan)


def room(seed: int = 0) -> np.ndarray:
    """A wall with things of all sizes on it, larger than the picture."""
    rng = np.random.default_rng(seed)
    wall = np.zeros((2 * HEIGHT, 2 * WIDTH))
    for cells in (8, 20, 50):
        wall += cv2.resize(rng.normal(0, 25, (cells, 2 * cells)), wall.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.clip(128 + wall, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def filmed(
    move: Callable[[float], np.ndarray], seconds: float = 3.0, background: np.ndarray | None = None
) -> list[np.ndarray]:
    """The room by a camera that takes a point of the picture at time 0 to `move(t)` (2, 3) of it, in pixels."""
    wall, rng = room() if background is None else background, np.random.default_rng(1)
    middle = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1.0]])
    noise, frames = rng.normal(0, 3, (HEIGHT, WIDTH, 3)), []
    for i in range(round(seconds * RATE)):
        matrix = (np.vstack([move(i / RATE), [0, 0, 1]]) @ middle)[:2]
        frame = cv2.warpAffine(wall, matrix, SIZE) + np.roll(noise, 7 * i, axis=(0, 1))
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames


def shifted(x: float, y: float = 0.0, turn: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Turn about the middle of the picture, in degrees, and shift in pixels."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, scale)
    matrix[:, 2] += (x, y)
    return matrix


def followed(frames: list[np.ndarray], person: np.ndarray = NOBODY) -> CameraMotion:
    tracker = BackgroundTracker()
    for i, frame in enumerate(frames):
        tracker.look(i, i / RATE, frame, person)
    return tracker.motion


def test_a_camera_on_a_tripod_is_still() -> None:
    motion = followed(filmed(lambda t: shifted(0)))
    assert motion.still is True
    assert motion.drift is not None and motion.drift < 0.002
    assert motion.as_record()["moving"] is False
    assert describe_motion(motion, False) is None


def test_a_pan_is_followed_beyond_the_first_picture() -> None:
    motion = followed(filmed(lambda t: shifted(-90 * t)))
    assert motion.still is False
    assert motion.moves[-1, 0, 2] == pytest.approx(-90 * motion.frames[-1] / RATE / WIDTH, abs=0.01)
    assert motion.as_record()["drift_percent"] == pytest.approx(-100 * motion.moves[-1, 0, 2], abs=4)
    assert "tripod" in (describe_motion(motion, False) or "")


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(lambda t: shifted(8 * np.sin(5 * t), 5 * np.cos(7 * t)), id="held in a hand"),
        pytest.param(lambda t: shifted(0, turn=2 * t), id="rolled"),
        pytest.param(lambda t: shifted(0, scale=1 + 0.05 * t), id="zoomed"),
    ],
)
def test_other_motions_are_told(move: Callable[[float], np.ndarray]) -> None:
    assert followed(filmed(move)).still is False


def test_what_moves_with_the_person_is_no_background() -> None:
    frames = filmed(lambda t: shifted(0))
    texture = room(2)[:150, :120]
    at = [round(40 + 250 * i / len(frames)) for i in range(len(frames))]
    tracker = BackgroundTracker()
    for i, (frame, x) in enumerate(zip(frames, at, strict=True)):
        frame[80:230, x : x + 120] = texture
        corners = np.array([[x, 80], [x + 120, 230]]) / SIZE
        tracker.look(i, i / RATE, frame, corners)
    assert tracker.motion.still is True


def test_someone_who_walks_by_does_not_move_the_camera() -> None:
    frames = filmed(lambda t: shifted(0))
    texture = room(2)[:150, :120]
    for i, frame in enumerate(frames):
        x = round(40 + 250 * i / len(frames))
        frame[80:230, x : x + 120] = texture
    assert followed(frames).still is True


def test_a_bare_wall_tells_nothing() -> None:
    bare = np.full((2 * HEIGHT, 2 * WIDTH, 3), 180, np.uint8)
    motion = followed(filmed(lambda t: shifted(-90 * t), background=bare))
    assert (motion.still, motion.drift) == (None, None)
    assert motion.as_record() == {"moving": None, "drift_percent": None}
    assert describe_motion(motion, False) is None


def test_one_frame_tells_nothing() -> None:
    assert followed(filmed(lambda t: shifted(0), seconds=1 / RATE)).still is None


def turning(degrees: float, zoom: float = 1.0) -> CameraMotion:
    """The motion of the background of a camera that turns to the right and zooms, over ninety frames."""
    frames = np.arange(0, 90, 8)
    moves = np.broadcast_to(np.eye(3), (len(frames), 3, 3)).copy()
    share = frames / 89
    moves[:, 0, 2] = -FOCAL_LENGTH * np.tan(np.deg2rad(degrees * share))
    moves[:, 0, 0] = moves[:, 1, 1] = zoom**share
    return CameraMotion(frames, moves)


def test_a_turn_is_taken_out_of_the_landmarks() -> None:
    times, world = marching(90)
    walked = world + np.linspace(-0.5, 0.5, 90)[:, None, None] * (1, 0, 0)
    still = seen(times, walked)
    angle = np.deg2rad(10 * np.arange(90) / 89)
    place = walked + np.array([0.0, -0.33, 4.0])
    x = np.cos(angle)[:, None] * place[..., 0] - np.sin(angle)[:, None] * place[..., 2]
    z = np.sin(angle)[:, None] * place[..., 0] + np.cos(angle)[:, None] * place[..., 2]
    image = np.stack([x / z, place[..., 1] / z], axis=-1) * FOCAL_LENGTH * max(TALL) / TALL + 0.5
    steadied = turning(10).steadied(image, TALL)
    assert steadied is not None
    before, after = (np.abs(each - still.image)[..., 0].max() for each in (image, steadied))
    assert before > 0.2
    assert after < 0.02


@pytest.mark.parametrize(
    "motion",
    [
        pytest.param(turning(25), id="too far"),
        pytest.param(turning(5, zoom=1.2), id="zoom"),
        pytest.param(CameraMotion(np.arange(3), np.full((3, 3, 3), np.nan)), id="lost"),
        pytest.param(CameraMotion.unknown(), id="nobody looked"),
    ],
)
def test_what_cannot_be_taken_out_is_left(motion: CameraMotion) -> None:
    assert motion.steadied(seen(*marching(90)).image, TALL) is None


def test_the_path_of_the_person_is_that_before_a_still_camera() -> None:
    landmarks = seen(*marching(90))
    moved = replace(landmarks, image=landmarks.image + np.linspace(0, 0.1, 90)[:, None, None] * (1, 0))
    shift = np.linspace(0, 0.1, 90) * TALL[0] / max(TALL)
    moves = np.broadcast_to(np.eye(3), (90, 3, 3)).copy()
    moves[:, 0, 2] = shift
    settings = SignalSettings(upright=False)
    still, _ = process(landmarks, settings, size=TALL)
    steadied, report = process(moved, settings, size=TALL, motion=CameraMotion(np.arange(90), moves))
    np.testing.assert_allclose(steadied.world, still.world, atol=5e-3)
    np.testing.assert_array_equal(steadied.image, moved.image)
    assert report.still is True
    assert any("taken out" in warning for warning in report.warnings)


@pytest.mark.parametrize("turn", [-0.1, 0.1], ids=["down", "up"])
def test_a_camera_that_nods_leaves_the_person_as_tall_as_they_are(turn: float) -> None:
    landmarks = seen(*marching(90))
    share = np.linspace(0, turn, 90)
    nodded = replace(landmarks, image=landmarks.image + share[:, None, None] * (0, max(TALL) / TALL[1]))
    moves = np.broadcast_to(np.eye(3), (90, 3, 3)).copy()
    moves[:, 1, 2] = share
    still, steadied = (
        process(given, size=TALL, height=1.8, motion=motion)[1].steps["scale_to_height"]
        for given, motion in (
            (landmarks, CameraMotion.unknown()),
            (nodded, CameraMotion(np.arange(90), moves)),
        )
    )
    assert steadied["by_eyes"] == still["by_eyes"] == 1
    assert steadied["factor"] == pytest.approx(still["factor"], rel=0.01)
