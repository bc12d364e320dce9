"""Trials, movements and people by chance: for training, and with other seeds for the bands of those who walk."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from demo_clip.outfit import Outfit

from trials.parameters import Body, Half, Kind, Movement, Trial

Generator = np.random.Generator

_Group = Literal["any", "towards", "obliquely", "on a belt, side", "on a belt, front"]

_SHARES: dict[Kind, float] = {
    "walk": 0.40, "anything": 0.17, "recorded": 0.11, "lunge": 0.04, "run": 0.05, "squat": 0.05, "knee lifts": 0.04,
    "sit to stand": 0.05, "stair": 0.04, "arm raises": 0.03, "jump": 0.03, "stand": 0.02,
}  # fmt: skip
_OWN_ARMS = 0.35  # share of people whose arms do something apart from the movement
# Recordings that the test half of the bench does not have, and their seconds.
_RECORDINGS = {"01_01": 22.0, "01_05": 36.0, "01_08": 21.0, "01_10": 27.0, "01_14": 19.0, "02_01": 2.7, "02_04": 3.9,
               "02_07": 18.0, "02_08": 12.0, "02_09": 8.5, "02_10": 22.0}  # fmt: skip
_SECONDS = 2.2
# Names and seeds of walkers and how many; then how many more of whom chance draws few, or few whose sides are
# confused: those who come towards the camera, who walk obliquely through the picture, and on a belt from two sides.
_WALKERS: dict[Half, tuple[str, int, tuple[tuple[_Group, int], ...]]] = {
    "development": (
        "walker", 7, (("any", 80), ("towards", 16), ("obliquely", 12), ("on a belt, side", 24), ("towards", 12),
                      ("on a belt, front", 20)),
    ),
    "test": ("t-walker", 8, (("any", 48), ("towards", 8), ("obliquely", 8))),
}  # fmt: skip
_WALKERS_SECONDS, _LEAST_WALKER_PX, _ALIKE_DEG = 4, 130, 22.5
_SMALL, _TALLER, _WIDE = (360, 480), (400, 600), (640, 360)


def drawn_trials(count: int, seed: int = 0) -> Iterator[Trial]:
    """Draw trials; each depends on the seed and its number alone."""
    return itertools.islice(_endless(seed), count)


def drawn_walkers() -> Iterator[Trial]:
    """Draw people of either half who walk in manners of their own: in the table of the bench all walk alike."""
    for half, (prefix, seed, groups) in _WALKERS.items():
        drawn = (
            trial
            for trial in _endless(seed)
            if trial.movement.kind == "walk" and trial.movement.manner and trial.person >= _LEAST_WALKER_PX
        )
        chosen = itertools.chain.from_iterable(
            itertools.islice((trial for trial in drawn if _is_of(group, trial)), count) for group, count in groups
        )
        for number, trial in enumerate(chosen):
            name = f"{prefix}-{number:02d}"
            body, movement = replace(trial.body, name=name, half=half), replace(trial.movement, arms=0)
            yield replace(trial, name=name, body=body, movement=movement, frames=_WALKERS_SECONDS * trial.rate)


def _is_of(group: _Group, trial: Trial) -> bool:
    if group == "any":
        return True
    if group.startswith("on a belt") != (trial.movement.path == "belt"):
        return False
    if group == "on a belt, side":
        return _off_axis(trial.azimuth - 90, 180) <= _ALIKE_DEG
    if group == "obliquely":
        return _off_axis(trial.azimuth, 90) > _ALIKE_DEG
    return _off_axis(trial.azimuth, 360) <= _ALIKE_DEG


def _off_axis(azimuth: float, every: int) -> float:
    """Return how far an azimuth is from the nearest multiple, degrees."""
    return abs((azimuth + every / 2) % every - every / 2)


def _endless(seed: int) -> Iterator[Trial]:
    return (_drawn(seed, number) for number in itertools.count())


def _drawn(seed: int, number: int) -> Trial:
    chance = np.random.default_rng((seed, number))
    movement = drawn_movement(chance, recorded=True)
    rate = 60 if movement.kind in ("run", "jump") else 30
    over_ground = movement.kind in ("walk", "run", "recorded") and movement.path != "belt"
    width, height = _WIDE if over_ground else _SMALL if movement.kind != "arm raises" else _TALLER
    person = chance.uniform(0.3 if over_ground else 0.25, 0.65) * height
    return Trial(
        f"drawn-{seed}-{number:03d}",
        drawn_body(chance),
        movement,
        azimuth=float(_azimuth(chance)),
        pitch=float(chance.normal(6, 6)),
        roll=float(chance.normal(0, 4)),
        lens=float(np.clip(np.exp(chance.normal(0, 0.3)), 0.6, 2.5)),
        person=float(round(person)),
        width=width,
        height=height,
        rate=rate,
        frames=round(_SECONDS * rate),
        blur=float(chance.uniform(0, 0.8)),
        noise=float(chance.uniform(0.5, 5)),
        crf=int(chance.integers(20, 34)),
        dark=bool(chance.random() < 0.2),
        seed=int(chance.integers(1, 1_000_000)),
    )


def _azimuth(chance: Generator) -> float:
    """From the side most often, where one leg hides the other; from the front and from behind, where depth is all."""
    draw = chance.random()
    if draw < 0.6:
        return chance.choice([90, 270] if draw < 0.4 else [0, 180]) + chance.normal(0, 10)
    return chance.uniform(0, 360)


def drawn_movement(chance: Generator, *, recorded: bool) -> Movement:
    """Draw a movement; `recorded` ones are among them if wanted."""
    shares = {kind: share for kind, share in _SHARES.items() if recorded or kind != "recorded"}
    kind: Kind = chance.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values()))
    apart = chance.spawn(1)[0]  # leaves the other draws as they are: walkers of the bench stay who they are
    arms = int(apart.integers(1, 1_000_000)) if kind != "arm raises" and apart.random() < _OWN_ARMS else 0
    if kind == "recorded":
        recording = str(chance.choice(list(_RECORDINGS)))
        first = max(0.0, chance.uniform(0, _RECORDINGS[recording] - _SECONDS))
        return Movement(kind, recording=recording, first=float(first), path="straight", arms=arms)
    side, oddity = chance.choice(["L", "R"]), chance.random() if kind == "walk" else 1.0
    paths = {"walk": ["belt", "belt", "straight", "curved"], "run": ["belt", "straight"]}
    return Movement(
        kind,
        speed=float(chance.uniform(2.4, 3.4) if kind == "run" else chance.uniform(0.4, 1.8)),
        path=chance.choice(paths.get(kind, ["belt", "curved"])),
        limp=side if oddity < 0.2 else "",
        stiff=side if 0.2 < oddity < 0.4 else "",
        period=float(chance.uniform(1.5, 3.8)),
        depth=float(chance.uniform(0.5, 1.0)),
        start=float(chance.uniform(0, 3)),
        manner=_manner(chance, kind),
        arms=arms,
    )


def _manner(chance: Generator, kind: Kind) -> int:
    """Draw a manner of one's own; of walkers, one in three has the usual one, which most people come near to."""
    manner = int(chance.integers(1, 1_000_000))
    return 0 if kind == "walk" and manner % 3 == 0 else manner


def drawn_body(chance: Generator) -> Body:
    """Draw a person: one in eight has a child's proportions, one in thirty those of nobody."""
    child, oddity = chance.random() < 0.12, 5.0 if chance.random() < 0.03 else 1.0
    legs, arms, width, girth = np.exp(oddity * chance.normal(0, (0.05, 0.06, 0.07, 0.08))).tolist()
    head = float(chance.uniform(1.2, 1.45) if child else np.exp(oddity * chance.normal(0, 0.06)))
    stature = float(chance.uniform(1.05, 1.45) if child else chance.uniform(1.5, 2.0))
    legs, arms = (legs * 0.93, arms * 0.95) if child else (legs, arms)
    return Body("anyone", "training", stature, legs, arms, head, width, girth, _outfit(chance))


def _outfit(chance: Generator) -> Outfit:
    def colour(dark: float, light: float) -> Any:
        return tuple(float(round(c, 2)) for c in np.clip(chance.uniform(dark, light) + chance.normal(0, 0.1, 3), 0, 1))

    skin = chance.uniform(0.25, 0.9)
    return Outfit(
        skin=(float(round(skin, 2)), float(round(skin * 0.75, 2)), float(round(skin * 0.6, 2))),
        hair=colour(0.05, 0.5),
        shirt=colour(0.05, 0.85),
        lower=colour(0.08, 0.5),
        shoe=colour(0.1, 0.9),
        sleeves=chance.choice(["short", "long"]),
        legwear=chance.choice(["shorts", "shorts", "trousers", "trousers", "skirt"]),
    )
