"""What a video says about the camera that recorded it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from humanpose3d.video.quicktime import metadata_items

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["CameraTags", "camera_tags"]

_FOCAL_LENGTHS = ("com.apple.quicktime.camera.focal_length.35mm_equivalent", "focallengthin35mmfilm")
"""Apple's telephones and apps that follow them; EXIF's name, as tools copy it into a video."""
_LENSES = ("com.apple.quicktime.camera.lens_model", "lensmodel")
_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:mm)?\s*", re.IGNORECASE)


class CameraTags(NamedTuple):
    """Tags of a video; None where there is none."""

    focal_length_35mm: float | None
    """Focal length in terms of 35 mm film, as stated, however strange; 0 is EXIF's word for an unknown one."""
    lens: str | None
    """Name of the lens. Its millimetres are those of the lens itself, not in terms of 35 mm film."""

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> "CameraTags":
        """Read tags by name, in which case does not matter."""
        lower = {name.lower(): value for name, value in tags.items()}
        stated = (_NUMBER.fullmatch(lower[name]) for name in _FOCAL_LENGTHS if name in lower)
        focal_length = next((float(number[1]) for number in stated if number), 0.0)
        return cls(focal_length or None, next((lower[name] for name in _LENSES if name in lower), None))


def camera_tags(path: Path, container: "InputContainer", stream: "VideoStream") -> CameraTags:
    """Return the tags of an open file, whatever its format."""
    return CameraTags.of({**container.metadata, **stream.metadata, **metadata_items(path)})
