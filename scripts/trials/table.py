"""The fixed set of trials, and the eight short ones of the tests.

A trial belongs to the half of its person. Both halves hold most kinds of movement, but never the same one: speeds,
periods and recordings differ, and lunges and curved ways are in the test half alone. What is chosen or fitted sees
the development half only.
"""

from __future__ import annotations

from typing import Any

from trials.bodies import BODIES
from trials.parameters import Movement, Passer, Trial


def _trial(name: str, body: str, kind: str, /, **parameters: Any) -> Trial:
    """Make a trial; parameters of the movement are given among those of the trial."""
    of_movement = {key: parameters.pop(key) for key in tuple(parameters) if key in Movement.__dataclass_fields__}
    seed = sum(ord(letter) * (k + 1) for k, letter in enumerate(name))
    return Trial(name, BODIES[body], Movement(kind, **of_movement), seed=seed, **parameters)  # type: ignore[arg-type]


_WIDE = {"width": 640, "height": 360}
_VGA = {"width": 640, "height": 480}
_TALL = {"width": 720, "height": 1280}
_HD = {"width": 1280, "height": 720}

_DEVELOPMENT = (
    _trial("walk-side", "adam", "walk", speed=1.2, azimuth=90, lens=1.5, frames=120),
    _trial("walk-side-right", "bella", "walk", speed=1.0, azimuth=270, lens=0.9),
    _trial("walk-front", "adam", "walk", speed=1.1, azimuth=0, lens=1.0, frames=120),
    _trial("walk-front-long-lens", "greta", "walk", speed=1.3, azimuth=8, lens=2.5),
    _trial("walk-behind", "chidi", "walk", speed=1.15, azimuth=180, lens=1.0),
    _trial("walk-behind-oblique", "bella", "walk", speed=1.4, azimuth=215, lens=0.8, pitch=10),
    _trial("walk-oblique-wide-lens", "greta", "walk", speed=0.9, azimuth=45, lens=0.6, pitch=8),
    _trial("walk-oblique", "dora", "walk", speed=0.7, azimuth=320, lens=1.2, start=0.4),
    _trial("walk-skirt-side", "dora", "walk", speed=0.85, azimuth=85, lens=1.0, start=0.3),
    _trial("walk-child", "emil", "walk", speed=0.8, azimuth=70, lens=0.9, frames=90),
    _trial("walk-child-front", "emil", "walk", speed=0.95, azimuth=350, lens=1.1, pitch=14, frames=90),
    _trial("walk-dark", "farid", "walk", speed=1.05, azimuth=60, lens=1.0, dark=True, noise=4),
    _trial("walk-slow-60fps", "chidi", "walk", speed=0.5, azimuth=110, lens=1.5, rate=60, frames=240, person=240,
           width=270, height=360),
    _trial("walk-small", "adam", "walk", speed=1.25, azimuth=40, lens=1.0, person=130, width=320, height=240),
    _trial("walk-rolled", "greta", "walk", speed=1.5, azimuth=300, lens=0.85, roll=8, pitch=-4),
    _trial("walk-fast-blurred", "bella", "walk", speed=1.8, azimuth=75, lens=1.0, exposure=0.6, blur=0.8, crf=32,
           frames=70),
    _trial("walk-across", "adam", "walk", speed=0.9, path="straight", azimuth=90, lens=0.9, person=240, frames=120,
           **_WIDE),
    _trial("walk-across-right", "chidi", "walk", speed=1.35, path="straight", azimuth=268, lens=1.1, person=230,
           frames=90, **_WIDE),
    _trial("walk-towards", "greta", "walk", speed=0.8, path="straight", azimuth=15, lens=1.2, person=280, **_VGA),
    _trial("walk-away", "farid", "walk", speed=1.1, path="straight", azimuth=170, lens=1.0, person=250, **_VGA),
    _trial("walk-diagonal", "bella", "walk", speed=0.95, path="straight", azimuth=60, lens=0.8, person=260, **_VGA),
    _trial("walk-towards-right", "chidi", "walk", speed=1.25, path="straight", azimuth=345, lens=0.8, person=250,
           frames=90, **_VGA),
    _trial("walk-towards-slow", "dora", "walk", speed=0.7, path="straight", azimuth=0, lens=1.0, person=270, **_VGA),
    _trial("walk-away-left", "bella", "walk", speed=1.02, path="straight", azimuth=192, lens=0.75, person=270,
           frames=90, **_VGA),
    _trial("walk-away-fast", "adam", "walk", speed=1.4, path="straight", azimuth=176, lens=1.3, person=280,
           frames=90, **_VGA),
    _trial("walk-diagonal-away", "farid", "walk", speed=1.1, path="straight", azimuth=225, lens=1.0, person=270,
           frames=90, **_VGA),
    _trial("walk-diagonal-right", "greta", "walk", speed=1.18, path="straight", azimuth=315, lens=1.1, person=250,
           frames=90, **_VGA),
    _trial("walk-turn", "adam", "walk", speed=0.9, path="turn", distance=1.3, azimuth=80, lens=1.0, person=240,
           frames=140, **_WIDE),
    _trial("walk-leaves", "greta", "walk", speed=1.25, path="turn", distance=2.0, azimuth=90, lens=1.1, person=280,
           aim_at="start", frames=130, **_VGA),
    _trial("limp-side", "farid", "walk", speed=0.65, limp="R", azimuth=95, lens=1.0, frames=130),
    _trial("limp-front", "dora", "walk", speed=0.75, limp="L", azimuth=355, lens=1.0, frames=120),
    _trial("stiff-side", "chidi", "walk", speed=0.8, stiff="L", azimuth=80, lens=1.3, frames=120),
    _trial("run-side", "greta", "run", speed=2.8, azimuth=90, lens=1.2, rate=60, frames=100),
    _trial("run-front", "adam", "run", speed=3.2, azimuth=20, lens=1.0, rate=60, frames=90),
    _trial("squat-side", "adam", "squat", period=2.4, azimuth=90, lens=1.0, frames=120),
    _trial("squat-front", "bella", "squat", period=2.2, depth=0.9, azimuth=5, lens=0.9),
    _trial("squat-oblique", "farid", "squat", period=2.8, depth=0.8, azimuth=315, lens=1.5, frames=120),
    _trial("sit-to-stand-oblique", "dora", "sit to stand", period=3.2, azimuth=65, lens=1.0, frames=110),
    _trial("sit-to-stand-side", "chidi", "sit to stand", period=2.8, azimuth=270, lens=0.8),
    _trial("sit-to-stand-front", "farid", "sit to stand", period=3.1, azimuth=355, lens=1.1),
    _trial("jump-side", "adam", "jump", period=2.2, azimuth=90, lens=1.2, person=210, frames=80),
    _trial("sit-to-stand-right", "bella", "sit to stand", period=3.5, azimuth=300, lens=0.9, frames=110),
    _trial("jump-side-right", "dora", "jump", period=1.95, depth=0.7, azimuth=275, lens=1.0, person=210, frames=70),
    _trial("jump-oblique-right", "farid", "jump", period=2.1, depth=1.1, azimuth=60, lens=0.85, person=200, frames=75),
    _trial("jump-front", "bella", "jump", period=2.0, depth=0.9, azimuth=5, lens=0.9, person=210, frames=75),
    _trial("jump-oblique", "chidi", "jump", period=2.4, depth=1.2, azimuth=315, lens=1.0, person=200, rate=60,
           frames=140),
    _trial("stair-side", "adam", "stair", period=3.4, azimuth=75, lens=1.0, frames=110),
    _trial("knee-lifts-oblique", "greta", "knee lifts", period=1.8, azimuth=30, lens=1.0),
    _trial("knee-lifts-side", "bella", "knee lifts", period=1.6, depth=0.8, azimuth=95, lens=1.2),
    _trial("arms-front", "chidi", "arm raises", period=2.5, path="curved", azimuth=0, lens=1.0, person=240),
    _trial("arms-side", "farid", "arm raises", period=2.2, azimuth=80, lens=1.0, person=240),
    _trial("stand-oblique", "emil", "stand", period=3.0, azimuth=35, lens=0.8, frames=70),
    _trial("stand-side", "adam", "stand", period=3.4, depth=3.5, azimuth=90, lens=1.1, frames=120),
    _trial("stand-front", "bella", "stand", period=2.8, depth=3.0, azimuth=0, lens=0.9, frames=120),
    _trial("stand-oblique-right", "chidi", "stand", period=2.4, depth=4.0, azimuth=310, lens=1.0, frames=120),
    _trial("stand-behind", "farid", "stand", period=3.8, depth=2.5, azimuth=180, lens=1.0, frames=120),
    _trial("lie-side", "adam", "lie", period=3.6, azimuth=90, lens=1.0, pitch=14, person=300, aim=0.08, frames=110,
           **_VGA),
    _trial("passer-before", "greta", "walk", speed=1.0, azimuth=70, start=0.2,
           passer=Passer(BODIES["chidi"], heading=90, nearer=0.9), **_VGA),
    _trial("passer-behind", "adam", "squat", period=2.6, depth=0.95, azimuth=40,
           passer=Passer(BODIES["bella"], heading=-90, nearer=-1.0), **_VGA),
    _trial("crossing", "bella", "walk", speed=1.1, path="straight", azimuth=92, lens=0.9, person=230, frames=90,
           passer=Passer(BODIES["farid"], heading=90, nearer=0.5, speed=1.1), **_WIDE),
    _trial("rail", "chidi", "walk", speed=1.1, path="straight", azimuth=80, person=240, obstacle="rail", **_WIDE),
    _trial("legs-outside", "bella", "squat", period=2.0, depth=0.5, azimuth=20, person=700, aim=0.80, lens=0.9,
           frames=80),
    _trial("large", "adam", "squat", period=1.9, azimuth=50, person=900, lens=0.8, frames=60, **_TALL),
    _trial("slow-motion", "bella", "knee lifts", period=1.7, azimuth=330, rate=240, frames=240, person=200,
           width=240, height=270),
    _trial("recorded-walk-side", "adam", "recorded", recording="02_01", azimuth=90, person=260, lens=1.0,
           frames=75, **_WIDE),
    _trial("recorded-walk-behind", "chidi", "recorded", recording="02_01", azimuth=170, person=280,
           frames=75, **_VGA),
    _trial("recorded-jump", "greta", "recorded", recording="02_04", first=0.5, azimuth=50, person=220, frames=100,
           **_VGA),
    _trial("recorded-sword", "farid", "recorded", recording="02_08", first=2.0, azimuth=330, person=280, **_VGA),
    _trial("recorded-playground", "emil", "recorded", recording="01_01", first=1.0, azimuth=60, person=220, lens=0.9,
           **_VGA),
)  # fmt: skip

_TEST = (
    _trial("t-walk-side", "jomo", "walk", speed=1.12, azimuth=90, lens=1.1, frames=120),
    _trial("t-walk-side-right", "ivan", "walk", speed=1.25, start=0.5, azimuth=272, lens=2.0, frames=110),
    _trial("t-walk-side-dark", "mona", "walk", speed=0.95, start=0.5, azimuth=94, lens=0.9, dark=True, noise=3,
           frames=110),
    _trial("t-walk-front", "luca", "walk", speed=1.05, start=0.3, azimuth=2, lens=0.9, frames=120),
    _trial("t-walk-front-high", "kira", "walk", speed=0.9, start=0.3, azimuth=345, lens=1.2, pitch=18, frames=100),
    _trial("t-walk-behind", "nils", "walk", speed=1.3, start=0.6, azimuth=185, lens=1.1, frames=110),
    _trial("t-walk-behind-oblique", "hana", "walk", speed=1.0, start=0.6, azimuth=145, lens=1.0, frames=100),
    _trial("t-walk-oblique", "ivan", "walk", speed=1.45, azimuth=50, lens=0.75, pitch=6, frames=100),
    _trial("t-walk-oblique-skirt", "hana", "walk", speed=0.8, start=0.8, azimuth=300, lens=1.0, frames=100),
    _trial("t-walk-long-lens", "jomo", "walk", speed=1.6, azimuth=65, lens=3.0, frames=90),
    _trial("t-walk-wide-lens", "luca", "walk", speed=0.6, azimuth=115, lens=0.6, pitch=-5, frames=120),
    _trial("t-walk-rolled", "nils", "walk", speed=1.15, start=0.7, azimuth=40, roll=-9, lens=1.0, frames=100),
    _trial("t-walk-small", "mona", "walk", speed=1.2, start=0.7, azimuth=80, person=125, width=320, height=240,
           crf=30),
    _trial("t-walk-child", "kira", "walk", speed=1.1, start=0.8, azimuth=88, lens=0.85, frames=100),
    _trial("t-walk-blurred", "jomo", "walk", speed=1.7, azimuth=280, exposure=0.5, blur=1.0, noise=5, crf=30,
           frames=70),
    _trial("t-walk-across", "hana", "walk", speed=1.15, path="straight", azimuth=90, lens=1.0, person=230, frames=100,
           **_WIDE),
    _trial("t-walk-across-right", "ivan", "walk", speed=0.85, path="straight", azimuth=275, lens=0.8, person=240,
           frames=120, **_WIDE),
    _trial("t-walk-towards", "jomo", "walk", speed=1.0, path="straight", azimuth=10, lens=1.0, person=270, **_VGA),
    _trial("t-walk-diagonal", "nils", "walk", speed=1.2, path="straight", azimuth=310, lens=1.4, person=250, **_VGA),
    _trial("t-walk-curved", "luca", "walk", speed=0.9, path="curved", distance=1.4, azimuth=60, person=230, frames=140,
           **_VGA),
    _trial("t-walk-turn", "mona", "walk", speed=1.05, path="turn", distance=1.5, azimuth=90, person=240, frames=130,
           **_WIDE),
    _trial("t-walk-leaves", "jomo", "walk", speed=1.3, path="turn", distance=1.9, azimuth=268, person=280,
           aim_at="start", lens=1.2, frames=130, **_VGA),
    _trial("t-limp-side", "luca", "walk", speed=0.7, limp="L", azimuth=88, lens=1.0, frames=130),
    _trial("t-limp-oblique", "hana", "walk", speed=0.6, limp="R", azimuth=40, lens=1.0, frames=130),
    _trial("t-stiff-side", "ivan", "walk", speed=0.9, stiff="R", azimuth=275, lens=1.0, frames=120),
    _trial("t-run-side", "jomo", "run", speed=3.0, azimuth=92, lens=1.0, rate=60, frames=100),
    _trial("t-run-across", "nils", "run", speed=3.1, path="straight", azimuth=90, lens=0.8, person=200, rate=60,
           frames=80, **_WIDE),
    _trial("t-squat-side", "ivan", "squat", period=2.5, azimuth=90, lens=1.0, frames=120),
    _trial("t-squat-oblique", "hana", "squat", period=2.1, depth=0.85, azimuth=40, lens=1.0),
    _trial("t-squat-behind", "luca", "squat", period=2.7, depth=0.75, azimuth=180, lens=1.2),
    _trial("t-lunge-side", "jomo", "lunge", period=2.6, azimuth=90, lens=1.0),
    _trial("t-lunge-oblique", "mona", "lunge", period=2.3, depth=0.8, azimuth=320, lens=0.9),
    _trial("t-sit-to-stand", "luca", "sit to stand", period=3.0, azimuth=60, lens=1.0, frames=100),
    _trial("t-sit-to-stand-front", "mona", "sit to stand", period=3.4, azimuth=10, lens=1.0, frames=110),
    _trial("t-stair", "nils", "stair", period=3.6, azimuth=285, lens=1.0, frames=120),
    _trial("t-jump-oblique", "jomo", "jump", period=2.3, azimuth=45, lens=1.0, person=210, frames=80),
    _trial("t-jump-side", "kira", "jump", period=2.1, depth=0.8, azimuth=90, lens=1.0, person=210, frames=130, rate=60),
    _trial("t-knee-lifts", "ivan", "knee lifts", period=2.0, azimuth=335, lens=1.0),
    _trial("t-arms-side", "jomo", "arm raises", period=2.4, azimuth=85, lens=1.0, person=240),
    _trial("t-arms-front", "hana", "arm raises", period=2.6, path="curved", azimuth=15, lens=1.0, person=240),
    _trial("t-stand", "luca", "stand", period=2.6, azimuth=20, lens=1.0, frames=70),
    _trial("t-lie", "ivan", "lie", period=3.3, azimuth=80, pitch=16, person=300, aim=0.08, frames=100, **_VGA),
    _trial("t-passer-before", "jomo", "walk", speed=0.9, start=0.5, azimuth=90,
           passer=Passer(BODIES["ivan"], heading=-90, nearer=0.8), **_VGA),
    _trial("t-passer-behind", "hana", "walk", speed=1.15, start=0.9, azimuth=30,
           passer=Passer(BODIES["nils"], heading=90, nearer=-1.2), **_VGA),
    _trial("t-crossing", "luca", "walk", speed=1.0, path="straight", azimuth=88, lens=1.0, person=230, frames=100,
           passer=Passer(BODIES["jomo"], heading=90, nearer=-0.6, speed=1.1), **_WIDE),
    _trial("t-chair", "ivan", "squat", period=2.3, depth=0.7, azimuth=15, obstacle="chair"),
    _trial("t-rail", "jomo", "walk", speed=1.05, path="straight", azimuth=95, person=240, obstacle="rail", **_WIDE),
    _trial("t-legs-outside", "mona", "walk", speed=1.1, start=0.2, azimuth=10, person=720, aim=0.82, frames=80),
    _trial("t-large", "hana", "walk", speed=1.2, start=0.4, azimuth=70, person=850, lens=0.9, frames=75, **_TALL),
    _trial("t-high-rate", "nils", "squat", period=1.8, azimuth=70, rate=120, frames=150, person=250),
    _trial("t-low-rate", "luca", "walk", speed=0.98, azimuth=60, rate=24, frames=90),
    _trial("t-wide-picture", "mona", "sit to stand", period=2.9, azimuth=75, person=420, frames=60, **_HD),
    _trial("t-recorded-walk-side", "jomo", "recorded", recording="02_02", azimuth=88, person=230, lens=1.0,
           frames=70, **_WIDE),
    _trial("t-recorded-walk-oblique", "ivan", "recorded", recording="02_02", azimuth=45, person=250,
           frames=70, **_VGA),
    _trial("t-recorded-walk-front", "hana", "recorded", recording="02_02", azimuth=5, person=260,
           frames=70, **_VGA),
    _trial("t-recorded-walk-behind", "luca", "recorded", recording="02_02", azimuth=180, person=280,
           frames=70, **_VGA),
    _trial("t-recorded-run", "nils", "recorded", recording="02_03", azimuth=90, person=220, lens=0.8, rate=60,
           frames=80, **_WIDE),
    _trial("t-recorded-punch", "jomo", "recorded", recording="02_05", first=2.0, azimuth=30, person=280, **_VGA),
    _trial("t-recorded-bend", "mona", "recorded", recording="02_06", first=3.0, azimuth=70, person=280, **_VGA),
)  # fmt: skip

TRIALS: dict[str, Trial] = {trial.name: trial for trial in (*_DEVELOPMENT, *_TEST)}
"""The bench, by name."""

_MIXED = 7  # every seventh of the table, then the next ones
_SMALL = {"person": 190.0, "width": 240, "height": 270, "frames": 60}


def _short(name: str, body: str, kind: str, /, **parameters: Any) -> Trial:
    return _trial(f"short-{name}", body, kind, **{**_SMALL, **parameters})


SHORT: dict[str, Trial] = {
    trial.name: trial
    for trial in (
        _short("side", "adam", "walk", speed=1.3, azimuth=90, lens=1.5, frames=75),
        _short("front", "greta", "walk", speed=1.2, azimuth=0, frames=75),
        _short("squat", "adam", "squat", period=2.0, azimuth=90, frames=62),
        _short("across", "bella", "walk", speed=1.0, path="straight", azimuth=90, person=160.0, width=360, height=220),
        _short("legs-outside", "greta", "walk", speed=1.15, azimuth=20, person=420.0, aim=0.82, frames=40),
        _short("passer", "adam", "walk", speed=1.0, azimuth=40, width=320, frames=60,
               passer=Passer(BODIES["chidi"], heading=90, nearer=0.9, speed=1.9)),
        _short("arms", "chidi", "arm raises", period=1.6, azimuth=70, person=160.0, frames=50),
        _short("jump", "greta", "jump", period=1.9, azimuth=60, person=150.0, frames=58),
    )
}  # fmt: skip
"""The eight short trials of the tests, by name."""


def whole_bench() -> list[Trial]:
    """All trials of the bench, well mixed, so that an unfinished bench serves too."""
    trials = [*_DEVELOPMENT, *_TEST]
    return [trial for first in range(_MIXED) for trial in trials[first::_MIXED]]
