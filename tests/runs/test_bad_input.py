"""Runs on what is no person who moves, or not to be seen: nothing is invented."""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from support.clips import encode

from humanpose3d.errors import NobodyDetectedError
from humanpose3d.kinematics.quantities import Measured
from humanpose3d.report.data.content import Number
from humanpose3d.report.data.gather import gather_content
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader

pytestmark = pytest.mark.slow
Picture = npt.NDArray[np.uint8]
Filmed = Callable[[Sequence[Picture]], Trial]


@pytest.fixture
def filmed(models_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filmed:
    """Encode pictures as a video of 30 frames a second, and run it without networks."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))

    def run(pictures: Sequence[Picture]) -> Trial:
        video = encode(tmp_path / "trial.mp4", list(pictures))
        return run_pipeline(
            video, height=1.75, output=tmp_path / "out", refine=False, motion=False, augmenter="none", overlay=False
        )

    return run


@pytest.fixture(scope="module")
def walk(short_trials: Path) -> list[Picture]:
    """A person who walks, filmed from the side."""
    with VideoReader(short_trials / "short-side.mp4") as reader:
        return [frame.rgb for frame in islice(reader.frames(), 75)]


def covered(picture: Picture, share: float) -> Picture:
    """Put a wall before everything below this share of the picture."""
    picture = picture.copy()
    picture[int(share * len(picture)) :] = (90, 120, 90)
    return picture


def numbers(trial: Trial) -> list[Number]:
    return list(
        gather_content(
            "a trial",
            initial=trial.markers,
            final=trial.final_markers,
            landmarks=trial.landmarks,
            angles=trial.angles,
            movement=trial.movement,
            record=trial.record,
        ).numbers
    )


def measured(trial: Trial) -> list[Measured]:
    every = [part for number in numbers(trial) for part in (number.left, number.right, number.value)]
    return [part for part in every if isinstance(part, Measured)]


def reasons(trial: Trial) -> list[str]:
    return [reason["text"] for reason in trial.verdict["reasons"]]


def test_a_picture_on_the_wall_or_a_doll_does_not_move(filmed: Filmed, walk: list[Picture]) -> None:
    trial = filmed([walk[30]] * 75)
    assert trial.movement.kind == "other"
    assert not trial.movement.numbers
    assert all(abs(part.value) <= 1.96 * part.uncertainty for part in measured(trial))
    assert any(text.startswith("Nothing moves") for text in reasons(trial))
    assert trial.verdict["level"] != "usable"


def test_one_frame_is_no_movement(filmed: Filmed, walk: list[Picture]) -> None:
    trial = filmed([walk[30]])
    assert trial.movement.kind == "other"
    assert not measured(trial)
    assert trial.verdict["level"] == "not usable"


def test_of_legs_behind_a_table_nothing_is_told(filmed: Filmed, walk: list[Picture]) -> None:
    trial = filmed([covered(picture, 0.5) for picture in walk])
    for joint in ("hip", "knee", "ankle"):
        assert not np.isfinite(np.concatenate([trial.angles[f"{joint}_{side}"] for side in "RL"])).any(), joint
    assert not trial.movement.numbers
    assert {part["key"] for part in trial.verdict["parts"] if part["level"] == "not usable"} >= {
        "hip_flex",
        "knee_flex",
    }


@pytest.mark.parametrize("what", ["cut off by the edge", "behind a board"])
def test_of_shanks_and_feet_that_nobody_saw_there_is_no_gait(filmed: Filmed, walk: list[Picture], what: str) -> None:
    below = int(0.68 * len(walk[0])) // 2 * 2
    covers = what == "behind a board"
    trial = filmed([covered(picture, 0.68) if covers else np.ascontiguousarray(picture[:below]) for picture in walk])
    assert trial.movement.reasons["walking"] == "hips, legs and feet are not seen for two seconds without a break"
    assert not trial.movement.numbers
    levels = {part["key"]: part["level"] for part in trial.verdict["parts"]}
    assert not {"walking_speed", "cadence", "step_length"} & set(levels)


def test_of_a_person_of_whom_only_the_head_is_seen_nothing_is_measured(filmed: Filmed, walk: list[Picture]) -> None:
    try:
        trial = filmed([covered(picture, 0.28) for picture in walk])
    except NobodyDetectedError:
        return
    assert not measured(trial)
    assert trial.verdict["level"] == "not usable"


def test_beside_a_mirror_one_of_the_two_is_followed(filmed: Filmed, walk: list[Picture]) -> None:
    trial = filmed([np.concatenate([picture, picture[:, ::-1]], axis=1) for picture in walk])
    assert any("More than one person is in the picture" in warning for warning in trial.warnings)
    place = trial.landmarks.image[:, [11, 12, 23, 24], 0].mean(axis=1)
    assert np.ptp(place[np.isfinite(place)]) < 0.2, "never the other one"
    assert trial.movement.kind == "walking"


def test_a_drawing_of_a_figure_is_nobody(filmed: Filmed) -> None:
    picture = np.full((270, 240, 3), 235, np.uint8)
    picture[30:80, 95:145] = (250, 220, 120)
    picture[80:160, 112:128] = (200, 40, 40)
    picture[160:250, 100:110] = picture[160:250, 130:140] = (40, 40, 160)
    picture[95:105, 60:180] = (250, 220, 120)
    with pytest.raises(NobodyDetectedError):
        filmed([np.roll(picture, 3 * shift, axis=1) for shift in range(30)])
