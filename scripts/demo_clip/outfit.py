"""What a person wears, and the colours of skin and hair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from demo_clip.mesh import Colour


@dataclass(frozen=True)
class Outfit:
    """Clothes and colours of one person, and how finely the surface is made.

    `coarseness` is 1 for a person some 400 pixels tall, and may be larger for a smaller one.
    """

    skin: Colour = (0.80, 0.58, 0.46)
    hair: Colour = (0.16, 0.10, 0.07)
    shirt: Colour = (0.16, 0.47, 0.50)
    trim: Colour = (0.12, 0.36, 0.40)
    lower: Colour = (0.20, 0.22, 0.30)
    sock: Colour = (0.90, 0.90, 0.88)
    shoe: Colour = (0.78, 0.33, 0.16)
    sole: Colour = (0.93, 0.93, 0.92)
    sleeves: Literal["short", "long"] = "short"
    legwear: Literal["shorts", "trousers", "skirt"] = "shorts"
    coarseness: float = 1.0


DEMO_OUTFIT = Outfit()
