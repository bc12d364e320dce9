"""A linear least-squares problem that is put together block by block."""

from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["SparseSystem"]


class SparseSystem:
    """Collects residuals and the non-zero entries of their Jacobian, block by block."""

    def __init__(self) -> None:
        self._residuals: list[FloatArray] = []
        self._rows: list[npt.NDArray[np.intp]] = []
        self._columns: list[npt.NDArray[np.intp]] = []
        self._values: list[FloatArray] = []
        self._count = 0

    def add(self, residual: FloatArray, *entries: tuple[npt.NDArray[np.intp], FloatArray]) -> None:
        """Add residuals, with (variables, slopes) that broadcast to their shape."""
        rows = self._count + np.arange(residual.size).reshape(residual.shape)
        for columns, values in entries:
            self._rows.append(rows.ravel())
            self._columns.append(np.broadcast_to(columns, residual.shape).ravel())
            self._values.append(np.broadcast_to(values, residual.shape).ravel())
        self._residuals.append(residual.ravel())
        self._count += residual.size

    def residuals(self) -> FloatArray:
        """Return all residuals in one row."""
        return np.concatenate(self._residuals)

    def matrix(self, variables: int) -> Any:
        """Return the Jacobian, shape (residuals, variables)."""
        from scipy.sparse import csr_matrix

        places = (np.concatenate(self._rows), np.concatenate(self._columns))
        return csr_matrix((np.concatenate(self._values), places), shape=(self._count, variables))
