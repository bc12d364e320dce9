"""Words and phrases that translators need besides the messages and sentences of the code.

They fill in sentences, stand alone in a table, or are what a template gives where a language can't follow its grammar.
"""

from humanpose3d.kinematics.conventions import SIDE_WORDS
from humanpose3d.report.style import PLANES

__all__ = ["VOCABULARY"]

_LEVELS = ("usable", "note", "none")
_MOVEMENTS = ("walking", "repeated", "other", "repetition", "flex", "abd", "rot", "first", "second")
_BODY = (
    "hips", "knees", "ankles", "shoulders", "elbows", "left wrist", "right wrist", "middle", "both",
    "right heel strike", "left heel strike", "right toe-off", "left toe-off",
    "start of a repetition", "turn of a repetition", "end of a repetition",
    *(f"{side} {what}" for side in SIDE_WORDS.values() for what in ("step", "stance")), "step",
    *(f"{joint} {side}" for joint in ("hip", "knee", "ankle", "shoulder", "elbow") for side in SIDE_WORDS.values()),
)  # fmt: skip
_NUMBERS = (
    "cadence", "step length", "hip range", "knee range", "maximum {angle}", "minimum {angle}", "{value} steps/min",
    "more", "less", "behind", "± {band}° {view}",
    "right: {text}, left: {other}", "{text} (%)", "{text} (°)", *(f"{plane} {{error}}" for plane in PLANES),
)  # fmt: skip
_SIDED = tuple(f"{word} {{text}}" for side in SIDE_WORDS.values() for word in (side, side.capitalize()))
"""What stands after a side of the body, such as ``left 12° to 60°``."""
_OF_SAMPLING = (
    "the recording lasts {seconds} s",
    "there are only {rate} frames a second, so quick movement is cut short",
)
"""As the reason of a part, what is a sentence of its own in the head of a verdict."""
_OF_A_BATCH = ("done", "failed", "skipped", "unfinished", "{number} done", "{number} failed", "{number} skipped",
               "{number} unfinished")  # fmt: skip
_SOURCES = (
    "95 % of the errors on the development half of {trials} rendered trials with exact truth lie within 1.96 times "
    "this ({models}; benchmarks/bands.py), or it is the error of four real cameras where that is larger",
    "95 % of the errors of OpenSim's angles on the development half of {trials} rendered trials with exact truth lie "
    "within 1.96 times this ({models}; benchmarks/opensim_angles.py), or it is the error of four real cameras where "
    "that is larger",
)
"""Where uncertainties come from, as data files say it."""
_STAGES = (
    "detect", "depth", "refiner", "motion", "signals", "markers", "augment", "angles", "joint", "movement", "write",
    "overlay", "plots", "report", "follow person", "repair swaps", "fill gaps", "depth prior", "estimate lens",
    "reproject", "smooth", "scale to height", "upright", "remove outliers", "constant bones", "find cuts", "place",
    "steady camera", "export", "opensim",
)  # fmt: skip
_OF_RECORDS = (
    "name", "size bytes", "video", "width", "height", "rotation", "mirrored", "codec", "nominal rate",
    "declared frames", "duration", "start time", "focal length 35mm", "lens", "height m", "weight kg", "refine",
    "augmenter", "quality", "blur faces", "slow motion factor", "start s", "end s", "rate hz", "person", "people",
    "formats", "osim", "osim markers", "total", "with pose", "data rate hz", "duration s", "total s",
    "detected frames per s", "landmarks", "initial markers", "final markers", "joint angles", "joint angles raw",
    "joint angles/{joint}", "events", "plot", "cycle plot", "run", "platform", "number", "first s", "last s",
    "height px", "analysed", "prediction error m", "frames of others", "jumps s", "frames exchanged", "whole body",
    "arms only", "legs only", "frames collapsed", "samples missing", "samples filled", "frames empty", "frames used",
    "weights sha256", "frames fitted", "iterations", "variation before percent", "variation after percent", "moved mm",
    "samples filtered", "samples left alone", "cutoff hz", "factor", "estimated height m", "by eyes", "turned",
    "tilt deg", "camera height m", "on belt", "assumed", "visibility gate", "longest gap s", "outlier window s",
    "outlier sigmas", "filter order", "cuts s", "followed at", "implausible frames", "reason",
    "model", "own model", "anatomical markers", "marker rms mm", "mass kg",
)  # fmt: skip
"""Names in ``run.json``, as a report writes them."""

VOCABULARY: tuple[str, ...] = (
    *_LEVELS, *_MOVEMENTS, *_BODY, *_NUMBERS, *_SIDED, *_OF_SAMPLING, *_OF_A_BATCH, *_SOURCES, *_STAGES, *_OF_RECORDS
)  # fmt: skip
