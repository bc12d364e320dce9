"""The people of the bench; each takes part in one half only."""

from __future__ import annotations

from demo_clip.mesh import Colour
from demo_clip.outfit import Outfit

from trials.parameters import Body

_LIGHT: Colour = (0.88, 0.68, 0.57)
_TAN: Colour = (0.72, 0.51, 0.38)
_BROWN: Colour = (0.47, 0.31, 0.22)
_DARK: Colour = (0.29, 0.19, 0.14)
_BLACK_HAIR: Colour = (0.07, 0.06, 0.06)
_FAIR_HAIR: Colour = (0.62, 0.47, 0.28)
_GREY_HAIR: Colour = (0.58, 0.57, 0.56)
_NEARLY_BLACK: Colour = (0.10, 0.10, 0.12)

_ALL = (
    # development
    Body("adam", "development", 1.78),
    Body("bella", "development", 1.62, legs=1.02, width=0.92, girth=0.92,
         outfit=Outfit(skin=_LIGHT, hair=_FAIR_HAIR, shirt=(0.62, 0.20, 0.28), trim=(0.5, 0.15, 0.2),
                       lower=(0.22, 0.24, 0.38), legwear="trousers", shoe=(0.85, 0.85, 0.86))),
    Body("chidi", "development", 1.97, legs=1.05, arms=1.04, width=0.95,
         outfit=Outfit(skin=_DARK, hair=_BLACK_HAIR, shirt=(0.82, 0.80, 0.74), trim=(0.7, 0.68, 0.62),
                       lower=(0.30, 0.32, 0.28), shoe=(0.2, 0.35, 0.6))),
    Body("dora", "development", 1.55, width=1.05, girth=1.15,
         outfit=Outfit(skin=_TAN, hair=_GREY_HAIR, shirt=(0.42, 0.36, 0.55), trim=(0.36, 0.3, 0.5), sleeves="long",
                       lower=(0.33, 0.28, 0.30), legwear="skirt", shoe=(0.25, 0.18, 0.15))),
    Body("emil", "development", 1.10, legs=0.90, arms=0.94, head=1.42, width=1.04, girth=1.05,
         outfit=Outfit(skin=_LIGHT, hair=_FAIR_HAIR, shirt=(0.85, 0.62, 0.18), trim=(0.75, 0.5, 0.1),
                       lower=(0.20, 0.36, 0.58))),
    Body("farid", "development", 1.72, girth=1.25, width=1.05,
         outfit=Outfit(skin=_BROWN, hair=_BLACK_HAIR, shirt=_NEARLY_BLACK, trim=_NEARLY_BLACK, sleeves="long",
                       lower=(0.09, 0.09, 0.10), legwear="trousers", shoe=(0.12, 0.12, 0.13), sole=(0.3, 0.3, 0.3))),
    Body("greta", "development", 1.70, legs=0.97, arms=0.97, girth=0.95,
         outfit=Outfit(skin=_TAN, shirt=(0.25, 0.52, 0.30), trim=(0.2, 0.42, 0.25), lower=(0.12, 0.12, 0.14),
                       legwear="trousers", shoe=(0.80, 0.25, 0.45))),
    # test
    Body("hana", "test", 1.58, legs=0.99, width=0.93, girth=0.93,
         outfit=Outfit(skin=_LIGHT, hair=_BLACK_HAIR, shirt=(0.86, 0.86, 0.88), trim=(0.7, 0.7, 0.75),
                       lower=(0.17, 0.20, 0.34), legwear="skirt", shoe=(0.15, 0.15, 0.16))),
    Body("ivan", "test", 1.86, legs=1.02, width=1.06, girth=1.1,
         outfit=Outfit(skin=_LIGHT, hair=_FAIR_HAIR, shirt=(0.30, 0.34, 0.40), trim=(0.25, 0.28, 0.33),
                       sleeves="long", lower=(0.42, 0.36, 0.28), legwear="trousers", shoe=(0.35, 0.24, 0.16))),
    Body("jomo", "test", 1.75, legs=1.06, arms=1.05, girth=0.92,
         outfit=Outfit(skin=_DARK, hair=_BLACK_HAIR, shirt=(0.80, 0.30, 0.12), trim=(0.65, 0.25, 0.1),
                       lower=(0.10, 0.11, 0.13), shoe=(0.3, 0.75, 0.4))),
    Body("kira", "test", 1.32, legs=0.94, arms=0.96, head=1.25, girth=0.97,
         outfit=Outfit(skin=_BROWN, hair=_BLACK_HAIR, shirt=(0.55, 0.25, 0.58), trim=(0.45, 0.2, 0.5),
                       lower=(0.20, 0.20, 0.26), legwear="trousers", shoe=(0.88, 0.88, 0.88))),
    Body("luca", "test", 1.69, legs=0.96, girth=1.12,
         outfit=Outfit(skin=_TAN, hair=_GREY_HAIR, shirt=(0.24, 0.36, 0.62), trim=(0.2, 0.3, 0.52),
                       lower=(0.45, 0.43, 0.40))),
    Body("mona", "test", 1.66, width=0.95,
         outfit=Outfit(skin=_BROWN, hair=_BLACK_HAIR, shirt=(0.08, 0.09, 0.14), trim=(0.08, 0.09, 0.14),
                       sleeves="long", lower=(0.07, 0.07, 0.09), legwear="trousers", shoe=(0.1, 0.1, 0.1),
                       sole=(0.25, 0.25, 0.25))),
    Body("nils", "test", 2.00, legs=1.03, arms=1.02, width=1.02,
         outfit=Outfit(skin=_LIGHT, hair=(0.35, 0.20, 0.10), shirt=(0.70, 0.72, 0.25), trim=(0.6, 0.6, 0.2),
                       lower=(0.18, 0.30, 0.24))),
)  # fmt: skip

BODIES: dict[str, Body] = {body.name: body for body in _ALL}
"""By name."""
