"""The rendered walk's truth as a trial."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.rendered_walk import content_maker, landmarks_from_truth

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.validity.bands import LARGEST, PLACES, Bands
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.gather import gather_content


@pytest.fixture(scope="session")
def walk_landmarks(demo_truth: Path) -> Landmarks:
    return landmarks_from_truth(demo_truth)


@pytest.fixture(scope="session")
def make_walk(walk_landmarks: Landmarks) -> Callable[..., ReportContent]:
    """Make the content of the rendered walk's report; keywords replace parts of it."""
    return content_maker(walk_landmarks)


@pytest.fixture(scope="session")
def make_solved(make_walk: Callable[..., ReportContent]) -> Callable[..., ReportContent]:
    """Make the content of the rendered walk with a model whose knees bend half as far.

    Keywords name the joints for which the model is nearer to the truth, each with sectors of the view.
    """
    markers = make_walk().markers
    assert markers is not None
    own = joint_angles(markers.times, markers.names, markers.positions)
    degrees = own.degrees.copy()
    degrees[:, [own.names.index(f"knee_{side}") for side in "RL"]] *= 0.5

    def make(record: dict[str, object] | None = None, **nearer: tuple[str, ...]) -> ReportContent:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("humanpose3d.report.data.gather.opensim_bands", lambda anatomical: _bands(3.0, **nearer))
            return gather_content(
                "walk",
                initial=markers,
                final=markers,
                angles=own,
                opensim=replace(own, degrees=degrees),
                bands=_bands(4.0),
                record=record,
            )

    return make


def _bands(error: float, **nearer: tuple[str, ...]) -> Bands:
    names = (f"{what} {joint} flex" for what in LARGEST for joint in ("hip", "knee", "ankle"))
    rows = {name: dict.fromkeys(PLACES, error) for name in (*names, *(f"curve {j} flex" for j in ("hip", "knee")))}
    return Bands(f"errors of {error:g} degrees", {}, rows, nearer=nearer)
