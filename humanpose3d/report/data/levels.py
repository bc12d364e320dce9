"""Levels of trust, and the reasons for them."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["WORST_LAST", "Level", "Reason", "Weight"]

Level = Literal["usable", "with care", "not usable"]
Weight = Literal["note", "usable", "with care", "not usable"]
WORST_LAST: tuple[Weight, ...] = ("note", "usable", "with care", "not usable")


@dataclass(frozen=True)
class Reason:
    """One finding, in one sentence, and one for those who want to know more; a note speaks neither for nor against."""

    level: Weight
    text: str
    detail: str = ""
