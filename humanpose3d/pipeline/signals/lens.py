"""The focal length of the camera: as told, as estimated from the trial, or as usual.

Where it is a multiple of the picture's longer side, it holds for the picture as it is. In terms of 35 mm film it is
that of a camera of 36 by 24 mm with the same angle of view across the diagonal (CIPA DCG-001), so a picture that was
cropped or zoomed into has a longer one than the lens.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

from humanpose3d.kinematics.quantities import BAND

__all__ = ["ASSUMED", "LIMITS_MM", "OF_BANDS", "SPREADS", "Lens", "disagreement", "prevailing", "told_lens"]

LIMITS_MM = (8.0, 1200.0)
"""Shorter lenses are fisheyes, which no focal length describes; longer ones do not exist."""
_FILM_DIAGONAL_MM = math.hypot(36, 24)
_SURE = 4.0
"""Bands beyond which a lens that the user gives is doubted: by a factor of two. Of the true ones, given for the
development half of the bench, none is that far off the way travelled."""

# Standard deviations of the logarithm. A telephone states the focal length of its lens or of the format, and cuts off
# up to a fifth of the picture's width to steady it.
SPREADS = {"given": 0.05, "metadata": 0.1}

Source = Literal["given", "metadata", "estimated", "assumed"]
OF_BANDS: tuple[Source, ...] = ("given", "metadata", "assumed")
"""Sources with which lengths over the ground have bands of their own, other than with an estimate."""


@dataclass(frozen=True)
class Lens:
    """A focal length, and how sure it is."""

    focal_length: float
    """In lengths of the longer side of the picture."""
    spread: float
    """Standard deviation of its natural logarithm."""
    source: Source

    @classmethod
    def told(cls, millimetres: float, size: tuple[int, int], source: Literal["given", "metadata"]) -> "Lens":
        """Return the lens of a picture of that size, from millimetres in terms of 35 mm film."""
        return cls(millimetres / _film_side_mm(size), SPREADS[source], source)

    @property
    def source_of_bands(self) -> str:
        """The source, if it is one of :data:`OF_BANDS`; else nothing."""
        return self.source if self.source in OF_BANDS else ""

    def millimetres(self, size: tuple[int, int]) -> float:
        """Return the focal length in terms of 35 mm film, for a picture of that size."""
        return self.focal_length * _film_side_mm(size)

    def as_record(self, size: tuple[int, int]) -> dict[str, Any]:
        """Return value, standard uncertainty, unit and source for ``run.json``."""
        value = self.millimetres(size)
        uncertainty = round(value * self.spread, 1)
        return {"value": round(value, 1), "uncertainty": uncertainty, "unit": "mm", "source": self.source}


ASSUMED = Lens(0.85, 0.35, "assumed")
"""Telephones have 0.7 to 1.0 in video mode, and other lenses are in use; 32 mm in terms of 35 mm film at 16:9."""


def told_lens(given_mm: float | None, stated_mm: float | None, size: tuple[int, int]) -> Lens | None:
    """Return the lens that the user gives or, failing that, the file states; None where neither does.

    Both are in terms of 35 mm film.
    """
    if given_mm is not None:
        return Lens.told(given_mm, size, "given")
    return None if stated_mm is None else Lens.told(stated_mm, size, "metadata")


def prevailing(told: Lens | None, estimated: Lens | None, size: tuple[int, int]) -> Lens:
    """Return the lens to go by: what is told, unless it is metadata that no camera has or the estimate contradicts."""
    if told is None or _impossible(told, size) or (told.source == "metadata" and _contradict(told, estimated)):
        return estimated or ASSUMED
    return told


def disagreement(told: Lens | None, estimated: Lens | None, size: tuple[int, int]) -> str | None:
    """Say that what is told cannot be right, for users; None where it can, or nothing is told."""
    if told is None:
        return None
    stated = f"{round(told.millimetres(size), 1):g} mm"
    if _impossible(told, size):
        return (
            f"The file states a focal length of {stated} (in terms of 35 mm film), which no camera has; it is not used."
        )
    if estimated is None or not _contradict(told, estimated):
        return None
    found = f"{estimated.millimetres(size):.0f} mm"
    if told.source == "given":
        return (
            f"The focal length given is {stated} (in terms of 35 mm film), and the way that the person walks in the "
            f"picture says about {found}. The given one is used; please check it, for speed and lengths depend on it."
        )
    return (
        f"The file states a focal length of {stated} (in terms of 35 mm film), and the person's shape or way in the "
        f"picture says {found}, which is used: a picture that was cropped, zoomed into or recorded from a screen no "
        "longer has the lens that its file states. Give the right one with --focal-length."
    )


def _impossible(told: Lens, size: tuple[int, int]) -> bool:
    return told.source == "metadata" and not LIMITS_MM[0] <= round(told.millimetres(size), 3) <= LIMITS_MM[1]


def _contradict(told: Lens, estimated: Lens | None) -> bool:
    if estimated is None:
        return False
    apart = abs(math.log(told.focal_length / estimated.focal_length))
    bands = _SURE if told.source == "given" else BAND
    return apart > bands * math.hypot(told.spread, estimated.spread)


def _film_side_mm(size: tuple[int, int]) -> float:
    """Return the longer side of a film of this shape with the diagonal of 35 mm film."""
    return _FILM_DIAGONAL_MM * max(size) / math.hypot(*size)
