"""The fault of a model, as a phrase that the caller completes to a sentence."""

from typing import Any

__all__ = ["ModelFault", "shown", "shown_shape"]

_LONGEST = 60


class ModelFault(ValueError):
    """The content of the file is not acceptable; ``str(fault)`` is a phrase such as "its layer x has no units"."""


def shown(value: Any) -> str:
    """Return a value from a file as text of bounded length, on one line."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def shown_shape(shape: tuple[int | None, ...]) -> str:
    """Return a shape without its batch axis as text, for example ``frames × 47``."""
    return " × ".join("frames" if size is None else str(size) for size in shape) or "a number"
