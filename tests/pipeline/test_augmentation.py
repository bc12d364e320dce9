from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.loaders.marker_augmenter import LOWER, UPPER, AugmenterPart, MarkerAugmenter
from humanpose3d.pipeline.markers import MARKER_NAMES, augment_markers
from humanpose3d.pipeline.trajectories import Markers


def augmenter() -> MarkerAugmenter:
    """A real one in all but its networks, which put every marker where its first keypoint is."""
    parts = []
    for body in (LOWER, UPPER):
        columns_in, columns_out = body.columns
        network = lambda batch, times=columns_out // 3: np.tile(batch[..., :3], times)  # noqa: E731
        parts.append(AugmenterPart(body, network, np.zeros(columns_in), np.ones(columns_in)))
    return MarkerAugmenter(parts)


def body(frames: int = 5) -> Markers:
    random = np.random.default_rng(0)
    visibility = random.uniform(0.5, 1, (frames, len(MARKER_NAMES)))
    return Markers(np.arange(frames) / 30, MARKER_NAMES, random.normal(size=(frames, 22, 3)), visibility)


@given(st.integers(1, 90))
def test_22_markers_become_65(frames: int) -> None:
    markers = body(frames)
    augmented = augment_markers(markers, augmenter(), height=1.8, mass=75.0)
    assert augmented.names[:22] == MARKER_NAMES
    assert len(augmented.names) == 65
    assert all(name.endswith("_study") for name in augmented.names[22:])
    np.testing.assert_array_equal(augmented.positions[:, :22], markers.positions)
    np.testing.assert_array_equal(augmented.visibility[:, :22], markers.visibility)
    np.testing.assert_array_equal(augmented.times, markers.times)
    np.testing.assert_allclose(augmented["C7_study"], markers["Neck"], atol=1e-6)


def test_an_added_marker_is_as_visible_as_its_least_visible_source() -> None:
    markers = body()
    visibility = markers.visibility.copy()
    visibility[2, MARKER_NAMES.index("LWrist")] = 0.1
    visibility[3, MARKER_NAMES.index("RHeel")] = 0.2
    visibility[4, MARKER_NAMES.index("Nose")] = 0.3
    augmented = augment_markers(
        Markers(markers.times, markers.names, markers.positions, visibility), augmenter(), height=1.8, mass=75.0
    )
    seen = dict(zip(augmented.names, augmented.visibility.T, strict=True))
    assert seen["r_lelbow_study"][2] == 0.1
    assert seen["C7_study"][2] > 0.1
    assert seen["C7_study"][3] == 0.2
    assert seen["r_lelbow_study"][3] > 0.2
    assert seen["C7_study"][4] > 0.3


def test_frames_without_a_person_stay_empty() -> None:
    markers = body()
    positions = markers.positions.copy()
    positions[1] = np.nan
    augmented = augment_markers(
        Markers(markers.times, markers.names, positions, markers.visibility), augmenter(), height=1.8, mass=75.0
    )
    assert np.isnan(augmented.positions[1]).all()
    assert np.isfinite(np.delete(augmented.positions, 1, axis=0)).all()


def test_height_and_mass_reach_the_model() -> None:
    asked: list[tuple[float, float]] = []

    class One:
        names, sources = ("a_study",), (("Hip",),)

        def augment(self, markers: Mapping[str, np.ndarray], height: float, mass: float) -> np.ndarray:
            asked.append((height, mass))
            return markers["Hip"][:, None]

    augmented = augment_markers(body(), One(), height=1.6, mass=55.0)
    assert asked == [(1.6, 55.0)]
    assert augmented.names == (*MARKER_NAMES, "a_study")


def test_what_the_model_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="height and mass must be above 0"):
        augment_markers(body(), augmenter(), height=-1.0, mass=75.0)
