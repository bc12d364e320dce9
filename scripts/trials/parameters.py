"""What a trial shows: the person, the movement, the camera, the recording and the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from demo_clip.outfit import DEMO_OUTFIT, Outfit

Half = Literal["development", "test", "training"]
Kind = Literal[
    "walk", "run", "squat", "lunge", "sit to stand", "stair", "jump", "knee lifts",
    "arm raises", "stand", "lie", "anything", "recorded",
]  # fmt: skip
Path = Literal["belt", "straight", "curved", "turn"]


@dataclass(frozen=True)
class Body:
    """One person.

    Attributes
    ----------
    name : str
    half : {"development", "test", "training"}
        A body takes part in one half of the bench only, or in none: "training".
    stature : float
        Metres, shoes included.
    legs, arms, head, width, girth : float
        Lengths of the limbs, size of the head, breadth of hips and shoulders, and thickness, in those of the demo's
        walker.
    outfit : Outfit
    """

    name: str
    half: Half
    stature: float = 1.75
    legs: float = 1.0
    arms: float = 1.0
    head: float = 1.0
    width: float = 1.0
    girth: float = 1.0
    outfit: Outfit = DEMO_OUTFIT


@dataclass(frozen=True)
class Movement:
    """What the person does.

    Attributes
    ----------
    kind : str
    speed : float
        Of walking and running, m/s.
    path : {"belt", "straight", "curved", "turn"}
        Of walking and running: on a treadmill, or over the ground.
    distance : float
        Metres to the turn of the path "turn", or radius of a "curved" one.
    limp, stiff : {"", "L", "R"}
        The side that is spared, and the side whose knee hardly bends.
    period : float
        Seconds of one repetition.
    depth : float
        Amplitude of the repeated movement, in that of a typical one.
    start : float
        Seconds of the movement that have passed at the first frame.
    recording, first : str, float
        Name of the recorded movement, and the second of it at which the trial begins.
    manner : int
        Seed of how somebody walks, 0 the usual way; and of the postures of "anything".
    arms : int
        Seed of what the arms do apart from the movement; 0: what belongs to it.
    """

    kind: Kind
    speed: float = 1.2
    path: Path = "belt"
    distance: float = 1.5
    limp: Literal["", "L", "R"] = ""
    stiff: Literal["", "L", "R"] = ""
    period: float = 2.0
    depth: float = 1.0
    start: float = 0.0
    recording: str = ""
    first: float = 0.0
    manner: int = 0
    arms: int = 0


@dataclass(frozen=True)
class Passer:
    """Somebody else, who walks through the picture.

    `heading` is the direction of walking (degrees from towards the camera to the picture's right), `nearer` the
    metres before the first person's place at which the ways cross, and `at` the share of the trial at which they do.
    """

    body: Body
    heading: float = 90.0
    nearer: float = 0.8
    at: float = 0.5
    speed: float = 1.3


@dataclass(frozen=True)
class Trial:
    """All parameters of one trial.

    Attributes
    ----------
    name : str
    body, movement
        The person and what they do.
    azimuth : float
        Degrees from which the camera looks: 0 from the front, 90 from the person's left, 180 from behind.
    pitch, roll : float
        Degrees that the camera looks down, and that it is turned clockwise about its axis.
    lens : float
        Focal length in lengths of the picture's longer side.
    person : float
        Height of the standing person in the picture, pixels.
    width, height : int
        Of the picture, pixels, even.
    aim : float
        Height at which the camera aims, in statures.
    aim_at : {"middle", "start"}
        Whether it aims at the middle of the person's way or at its start.
    rate, frames : int
        Frames per second, and how many.
    exposure : float
        Share of the time between frames in which the shutter is open.
    blur, noise : float
        Standard deviations of the lens' blur in pixels, and of each pixel's noise in steps of 255.
    crf : int
        x264's constant rate factor.
    dark : bool
        Whether the room is as dark as dark clothes.
    obstacle : {"", "chair", "rail"}
        What stands between person and camera.
    passer : Passer, optional
    seed : int
        Of the noise.
    """

    name: str
    body: Body
    movement: Movement
    azimuth: float = 45.0
    pitch: float = 4.0
    roll: float = 0.0
    lens: float = 1.0
    person: float = 300.0
    width: int = 360
    height: int = 480
    aim: float = 0.5
    aim_at: Literal["middle", "start"] = "middle"
    rate: int = 30
    frames: int = 100
    exposure: float = 0.0
    blur: float = 0.0
    noise: float = 1.0
    crf: int = 23
    dark: bool = False
    obstacle: Literal["", "chair", "rail"] = ""
    passer: Passer | None = None
    seed: int = field(default=0)

    @property
    def half(self) -> Half:
        """The half of the bench that the trial belongs to: that of its person."""
        return self.body.half
