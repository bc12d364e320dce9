"""A linear least-squares problem in which only variables that lie near each other share a residual."""

from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["BandedSystem"]


class BandedSystem:
    """Collects residuals with their slopes, block by block, and gives the normal equations."""

    def __init__(self) -> None:
        self._residuals: list[FloatArray] = []
        self._entries: list[list[tuple[npt.NDArray[np.intp], FloatArray]]] = []

    def add(self, residual: FloatArray, *entries: tuple[npt.NDArray[np.intp], FloatArray]) -> None:
        """Add residuals, with (variables, slopes) that broadcast to their shape."""
        self._residuals.append(residual.ravel())
        self._entries.append(
            [
                (np.broadcast_to(columns, residual.shape).ravel(), np.broadcast_to(slopes, residual.shape).ravel())
                for columns, slopes in entries
            ]
        )

    def gradient(self, variables: int) -> FloatArray:
        """Return the transposed Jacobian times the residuals, shape (variables,)."""
        blocks = list(zip(self._residuals, self._entries, strict=True))
        columns = [column for _, entries in blocks for column, _ in entries]
        values = [slope * residual for residual, entries in blocks for _, slope in entries]
        return np.asarray(np.bincount(np.concatenate(columns), np.concatenate(values), variables), np.float64)

    def normal_band(self, variables: int) -> FloatArray:
        """Return the transposed Jacobian times the Jacobian as SciPy's banded solvers take its lower half.

        Row i holds the i-th diagonal below the main one. The array is laid out by columns, as LAPACK reads it.
        """
        firsts, offsets, products = [], [], []
        for entries in self._entries:
            for (column, slope), (other, other_slope) in combinations_with_replacement(entries, 2):
                product = slope * other_slope
                if slope is not other_slope:  # two entries for one variable are one, their sum, whose square has both
                    product = np.where(column == other, 2 * product, product)
                firsts.append(np.minimum(column, other))
                offsets.append(np.abs(column - other))
                products.append(product)
        offset = np.concatenate(offsets)
        rows = int(offset.max(initial=0)) + 1
        places = np.concatenate(firsts) * rows + offset
        band = np.bincount(places, np.concatenate(products), variables * rows)
        return np.asarray(band.reshape(variables, rows).T)
