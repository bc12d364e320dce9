"""How surely left and right were told apart in a trial."""

from dataclasses import dataclass

__all__ = ["SURE", "Sides"]

_MOST_UNDECIDED = 0.05
_OF_LEGS = ("hip", "knee", "ankle")


@dataclass(frozen=True)
class Sides:
    """Shares of the frames of a trial, 0 to 1."""

    confused: float = 0.0
    """In which the detector confused left and right, and which were put right or bridged."""
    undecided: float = 0.0
    """In which nothing tells which leg is the left one."""

    @property
    def doubt(self) -> str:
        """Return why the legs are not to be compared with each other; empty where they may be."""
        if self.undecided <= _MOST_UNDECIDED:
            return ""
        return f"which leg is the left one can't be told in {100 * self.undecided:.0f} % of the frames"

    @property
    def warning(self) -> str:
        """Return :attr:`doubt` as a sentence; empty where there is none."""
        return f"Left and right may be exchanged: {self.doubt}." if self.doubt else ""

    def doubt_of(self, joint: str) -> str:
        """Return :attr:`doubt` where it concerns a joint, named without its side."""
        return self.doubt if joint in _OF_LEGS else ""


SURE = Sides()
"""Neither confused nor undecided."""
