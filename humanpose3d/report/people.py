"""Pictures of the persons of a video, with their numbers."""

from collections.abc import Sequence
from pathlib import Path

from humanpose3d.pipeline.detection.people import Person
from humanpose3d.report.language import DEFAULT, in_language, translated

__all__ = ["write_people"]

_MOST_ACROSS = 6
_INCHES, _DOTS_PER_INCH = 2.4, 110


def write_people(target: Path, people: Sequence[Person], language: str = DEFAULT) -> None:
    """Draw one picture for each person as a PNG, with the number, the times and the height below it, in a language."""
    from matplotlib.figure import Figure

    across = max(1, min(_MOST_ACROSS, len(people)))
    down = max(1, -(-len(people) // across))
    figure = Figure(figsize=(_INCHES * across, 1.25 * _INCHES * down), dpi=_DOTS_PER_INCH, layout="constrained")
    panels = figure.subplots(down, across, squeeze=False)
    for axes in panels.flat:
        axes.axis("off")
    for axes, person in zip(panels.flat, people, strict=False):
        axes.imshow(person.portrait)
        axes.set_title(str(person.number), fontsize=22, fontweight="bold")
        with in_language(language):
            seen = translated(f"{person.first:.1f} to {person.last:.1f} s")
            tall = translated(f"{person.height:.0f} pixels tall")
        text = f"{seen}\n{tall}"
        axes.text(0.5, -0.03, text, transform=axes.transAxes, ha="center", va="top", fontsize=9)
    with target.open("wb") as file:
        figure.savefig(file, format="png")
