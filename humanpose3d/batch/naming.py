"""Unique names of trials, after their videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

__all__ = ["RESERVED", "is_folder_name", "trial_names"]

RESERVED = frozenset({"batch.json", "batch.csv", "batch_cycles.csv", "index.html", "slurm"})
"""Other names in the folder of a batch."""

_LONGEST = 200
"""Bytes; file systems take 255, and a number may follow."""
_FORBIDDEN = frozenset('<>:"/\\|?*')


def trial_names(videos: Sequence[Path], wanted: Sequence[str] | None = None) -> list[str]:
    """Return a folder name for each video; all are different, also where a file system ignores case.

    It is the file's name without its ending. Where others have it too, the ending or the names of the folders above
    are added, as far as they are needed (``a_walk``, ``b_walk``); where even these are the same, a number. A name that
    is `wanted`, not empty, stays as it is; these must be folder names, each once.
    """
    chosen = list(wanted or [""] * len(videos))
    taken = set(RESERVED) | {name.casefold() for name in chosen if name}
    free = [video for video, name in zip(videos, chosen, strict=True) if not name]
    made = iter(_distinct([_shortened(name) for name in _spread(free)], taken))
    return [name or next(made) for name in chosen]


def is_folder_name(name: str) -> bool:
    """Whether a name is a valid folder name on every system, and not reserved."""
    plain = name.isprintable() and not _FORBIDDEN & set(name)
    fits = 0 < len(name.encode(errors="replace")) <= _LONGEST
    return plain and fits and name == name.strip(" .") and name.casefold() not in RESERVED


def _spread(videos: Sequence[Path]) -> list[str]:
    """Name videos with as many parent folders as distinguish them."""
    places = [(video.parent.as_posix().casefold(), video.stem.casefold()) for video in videos]
    siblings = Counter(places)
    own = [
        _cleaned(video.stem if siblings[place] == 1 else f"{video.stem}_{video.suffix.lstrip('.')}")
        for video, place in zip(videos, places, strict=True)
    ]
    names = own
    for depth in range(max((len(video.parts) for video in videos), default=0)):
        count = Counter(name.casefold() for name in names)
        if max(count.values()) == 1:
            break
        names = [
            name if count[name.casefold()] == 1 else "_".join([*_folders(video, depth + 1), base])
            for name, base, video in zip(names, own, videos, strict=True)
        ]
    return names


def _folders(video: Path, number: int) -> list[str]:
    return [_cleaned(part) for part in video.parent.parts[-number:] if part != video.anchor and part != ".."]


def _distinct(names: Sequence[str], taken: set[str]) -> list[str]:
    distinct = []
    for name in names:
        number, candidate = 1, name
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{name}-{number}"
        taken.add(candidate.casefold())
        distinct.append(candidate)
    return distinct


def _shortened(name: str) -> str:
    """Return a name that every file system accepts, cut at its beginning."""
    encoded = name.encode("utf-8", errors="surrogateescape")
    if len(encoded) <= _LONGEST:
        return name
    return encoded[-_LONGEST:].decode("utf-8", errors="ignore").lstrip(" .") or "trial"


def _cleaned(name: str) -> str:
    """Return a name without characters that some system refuses."""
    plain = "".join("_" if letter in _FORBIDDEN or not letter.isprintable() else letter for letter in name)
    return plain.strip(" .") or "trial"
