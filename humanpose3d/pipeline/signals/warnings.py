"""What a user should know of what the signal path found, in sentences."""

from collections.abc import Iterator
from typing import Any

from humanpose3d.pipeline.signals.identity.cuts import describe_cuts
from humanpose3d.pipeline.signals.identity.left_right import sides_of
from humanpose3d.pipeline.signals.identity.person import describe
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks

__all__ = ["warnings_of"]

_LARGEST_TILT_DEG = 22.0
"""That is found in the development half of the bench, whose cameras are tilted by up to 20 degrees."""


def warnings_of(
    steps: dict[str, dict[str, Any]],
    skipped: dict[str, str],
    landmarks: Landmarks,
    cuts: list[float],
    settings: SignalSettings,
    placed: bool,
) -> tuple[str, ...]:
    """Return a sentence for each finding.

    They come from the reports of the steps, why others did not run, and whether the person's place is known.
    """
    warnings = []
    frames = len(landmarks.times)
    if (followed := steps.get("follow_person")) and (sentence := describe(followed, landmarks.times)):
        warnings.append(sentence)
    if sentence := describe_cuts(cuts):
        warnings.append(sentence)
    if repeated := steps.get("find_repeats", {}).get("frames_repeated"):
        warnings.append(
            f"The video stalls: {repeated} of {frames} frames show the picture before them once more. The movement in "
            f"them is interpolated where that takes no longer than {settings.longest_gap_s:g} s, else it is empty."
        )
    sides = sides_of(steps.get("repair_swaps", {}), frames)
    if touched := round(sides.confused * frames):
        warnings.append(
            f"The detector confused left and right in {touched} of {frames} frames; they were put right or bridged, "
            "and deserve a look."
        )
    if sides.warning:
        warnings.append(sides.warning)
    if (cutoff := steps.get("smooth", {}).get("cutoff_hz", settings.cutoff_hz)) < settings.cutoff_hz:
        warnings.append(
            f"The low-pass filter cuts off at {cutoff:.3g} Hz instead of {settings.cutoff_hz:g}, because it must be "
            "less than half of the frame rate; film with 30 frames a second or more."
        )
    if not settings.depth_prior:
        warnings.append("The depth prior was switched off; the errors that the bands give were measured with it.")
    elif reason := skipped.get("depth_prior"):
        warnings.append(
            f"The depth prior was not used, because its weights are missing or damaged ({reason}). Errors are larger "
            "than the bands say, which were measured with it."
        )
    warnings += _on_the_world(steps.get("upright", {}), placed)
    return tuple(warnings)


def _on_the_world(upright: dict[str, Any], placed: bool) -> Iterator[str]:
    """Yield what is to be known of gravity and floor."""
    if upright.get("turned") == 0:
        yield (
            "The person does not stand upright for most of the trial, or the camera looks steeply down, so the "
            "direction of gravity is unknown: positions are in the camera's axes, and the floor is not at zero."
        )
    elif upright and "camera_height_m" not in upright and placed:
        yield "No foot was seen standing on a floor: in each frame the lowest foot is at zero, and the hips stay put."
    if upright.get("turned") and (tilt := upright["tilt_deg"]) > _LARGEST_TILT_DEG:
        yield (
            f"The camera is tilted by about {tilt:.0f} degrees or more; errors were measured for up to 20, and are "
            "larger here. Film from the height of the hips."
        )
