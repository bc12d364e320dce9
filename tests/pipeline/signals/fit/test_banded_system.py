import numpy as np
import pytest
from scipy.linalg import solveh_banded

from humanpose3d.pipeline.signals.fit.banded_system import BandedSystem

VARIABLES = 12


def random_blocks(seed: int) -> tuple[BandedSystem, np.ndarray, np.ndarray]:
    """A system, and its Jacobian and residuals written out."""
    rng = np.random.default_rng(seed)
    system, rows, residuals = BandedSystem(), [], []
    for count, width in ((30, 1), (25, 2), (25, 4)):
        first = rng.integers(0, VARIABLES - 3, count)
        # The same variable may come up twice in a row.
        columns = [first + rng.integers(0, 4, count) for _ in range(width)]
        slopes = [rng.normal(size=count) for _ in range(width)]
        residual = rng.normal(size=count)
        system.add(
            residual.reshape(5, -1),
            *((c.reshape(5, -1), s.reshape(5, -1)) for c, s in zip(columns, slopes, strict=True)),
        )
        block = np.zeros((count, VARIABLES))
        for column, slope in zip(columns, slopes, strict=True):
            np.add.at(block, (np.arange(count), column), slope)
        rows.append(block)
        residuals.append(residual)
    return system, np.concatenate(rows), np.concatenate(residuals)


@pytest.mark.parametrize("seed", range(5))
def test_the_normal_equations_are_those_of_the_jacobian(seed: int) -> None:
    system, jacobian, residuals = random_blocks(seed)
    band, normal = system.normal_band(VARIABLES), jacobian.T @ jacobian
    for offset, diagonal in enumerate(band):
        np.testing.assert_allclose(diagonal[: VARIABLES - offset], np.diag(normal, -offset), atol=1e-12)
    assert not np.tril(normal, -len(band)).any()
    np.testing.assert_allclose(system.gradient(VARIABLES), jacobian.T @ residuals, atol=1e-12)


def test_scipy_solves_it() -> None:
    system, jacobian, residuals = random_blocks(0)
    step = solveh_banded(system.normal_band(VARIABLES), system.gradient(VARIABLES), lower=True)
    np.testing.assert_allclose(step, np.linalg.lstsq(jacobian, residuals)[0], atol=1e-9)


def test_slopes_and_variables_are_broadcast() -> None:
    system = BandedSystem()
    system.add(np.ones((2, 3)), (np.arange(2)[:, None], np.array(2.0)))
    np.testing.assert_array_equal(system.normal_band(2), [[12, 12]])
    np.testing.assert_array_equal(system.gradient(2), [6, 6])
