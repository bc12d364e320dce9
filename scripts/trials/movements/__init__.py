"""How people of the bench move: walking and running, exercises, and recorded movement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from demo_clip.rig import Array

from trials.figure import Figure
from trials.motion import Motion, Print, Repetition
from trials.movements.anything import anything, with_own_arms
from trials.movements.gait import locomotion
from trials.movements.on_the_spot import arm_raises, knee_lifts, lie, sit_to_stand, squat, stand
from trials.movements.recorded import recorded
from trials.movements.stepping import jump, lunge, stair
from trials.parameters import Kind, Movement
from trials.recordings import RecordingError

__all__ = ["locomotion", "move"]

_MADE_BY: dict[Kind, Callable[[Array, Movement, Figure], Motion]] = {
    "walk": locomotion,
    "run": locomotion,
    "squat": squat,
    "lunge": lunge,
    "sit to stand": sit_to_stand,
    "stair": stair,
    "jump": jump,
    "knee lifts": knee_lifts,
    "arm raises": arm_raises,
    "stand": stand,
    "lie": lie,
    "anything": anything,
}


def move(times: Array, movement: Movement, figure: Figure, recordings: Path | None) -> Motion:
    """Make a movement at moments (T,), with its events in the same seconds.

    Raises
    ------
    RecordingError
        A recording can't be used.
    """
    shifted = times + movement.start
    if movement.kind == "recorded":
        if recordings is None:
            raise RecordingError("recorded movement needs a folder with recordings (.asf with .amc, or .bvh)")
        motion = recorded(times, movement, figure, recordings)
        return replace(motion, local=with_own_arms(times, movement, motion.local))
    motion = _MADE_BY[movement.kind](shifted, movement, figure)
    earlier = movement.start
    prints = {
        side: [Print(p.start - earlier, p.end - earlier, p.heel) for p in own] for side, own in motion.prints.items()
    }
    repetitions = [Repetition(*(moment - earlier for moment in repetition)) for repetition in motion.repetitions]
    local = with_own_arms(shifted, movement, motion.local)
    return replace(motion, local=local, prints=prints, repetitions=repetitions)
