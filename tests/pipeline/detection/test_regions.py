import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.pipeline.detection.regions import Region, around, tiles

SIZES = st.tuples(st.integers(16, 2000), st.integers(16, 2000))


@given(SIZES, st.floats(-500, 2500), st.floats(-500, 2500), st.floats(1, 3000))
def test_a_region_lies_in_the_picture(size: tuple[int, int], x: float, y: float, side: float) -> None:
    region = around(np.array([x, y]), side, size)
    assert 0 <= region.left <= region.left + region.width <= size[0]
    assert 0 <= region.top <= region.top + region.height <= size[1]
    assert region.width == min(size[0], max(1, round(side)))
    assert region.height == min(size[1], max(1, round(side)))


@given(SIZES)
def test_tiles_cover_the_picture(size: tuple[int, int]) -> None:
    covered = [np.zeros(size[::-1], bool) for _ in range(2)]
    sides = set()
    for tile in list(tiles(size, thorough=True))[1:]:
        assert tile.width == tile.height >= 200
        sides.add(tile.width)
        tile.of(covered[0])[:] = True
    assert not sides or covered[0].all()
    assert len(sides) <= 3


@pytest.mark.parametrize(("size", "most"), [((1280, 720), 90), ((640, 480), 30), ((3840, 2160), 90)])
def test_a_look_is_bounded(size: tuple[int, int], most: int) -> None:
    assert len(list(tiles(size, thorough=True))) <= most
    assert len(list(tiles(size, thorough=False))) <= 5


def test_somebody_of_90_pixels_fits_into_a_tile_of_an_hd_picture() -> None:
    rng = np.random.default_rng(1)
    every = list(tiles((1280, 720), thorough=True))
    for x, y in rng.uniform((0, 0), (1240, 630), (200, 2)):
        assert any(
            t.left <= x and x + 40 <= t.left + t.width and t.top <= y and y + 90 <= t.top + t.height and t.width <= 360
            for t in every
        )


def test_points_of_a_region_are_points_of_the_picture() -> None:
    region = Region(100, 50, 200, 400)
    np.testing.assert_allclose(region.in_picture(np.array([[0.5, 0.25], [-1.0, 1.0]])), [[200, 150], [-100, 450]])
    assert region.surrounds(np.array([[110.0, 60.0], [290.0, 440.0]]), (1000, 1000), 5)
    assert not region.surrounds(np.array([[101.0, 60.0]]), (1000, 1000), 5)
    assert Region(0, 0, 200, 400).surrounds(np.array([[-20.0, 60.0]]), (1000, 1000), 5), "the picture ends there too"
