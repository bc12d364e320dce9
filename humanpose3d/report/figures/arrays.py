"""Arrays as text that JavaScript reads."""

import base64
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["array_text"]


def array_text(values: npt.ArrayLike, kind: Literal["<f4", "<u4"] = "<f4") -> str:
    """Write an array as the base64 text of its little-endian 32-bit numbers, which JavaScript reads as they are."""
    return base64.b64encode(np.asarray(values, kind).tobytes()).decode("ascii")
