"""Reading a git tree as data: which blob is which model, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from humanpose3d.model_assets.errors import RepositoryLayoutError
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.transports import Snapshot

FOLDER = "models"
_REGULAR_FILE_MODES = {"100644", "100755"}
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of ``git ls-tree -r``."""

    mode: str
    object_id: str
    path: str


def parse_tree(listing: bytes) -> list[TreeEntry]:
    """Parse what ``git ls-tree -r -z`` printed."""
    entries = []
    for record in listing.split(b"\0"):
        if record:
            head, _, path = record.partition(b"\t")
            mode, _, object_id = head.decode("ascii").split()
            entries.append(TreeEntry(mode, object_id, path.decode("utf-8", "surrogateescape")))
    return entries


def find_models(entries: Iterable[TreeEntry], specs: Iterable[ModelSpec], source: str) -> dict[str, str]:
    """Return the blob id of each model that is in the tree, by its path under ``models/``.

    Parameters
    ----------
    entries : iterable of TreeEntry
        All entries of the tree.
    specs : iterable of ModelSpec
        The registered models; nothing else in the tree matters.
    source : str
        What to call the repository in messages.

    Raises
    ------
    RepositoryLayoutError
        If there is no ``models`` folder, if a name in it would climb out of it, or if a model's place is taken
        by a symbolic link, a submodule, or two names that differ only by case.
    """
    entries = list(entries)
    _refuse_climbing_names(entries, source)
    if not any(entry.path.startswith(FOLDER + "/") for entry in entries):
        kind = next((_KINDS.get(entry.mode, "a file") for entry in entries if entry.path == FOLDER), None)
        detail = f" ({FOLDER!r} is {kind})" if kind else ""
        raise RepositoryLayoutError(
            f"Models directory not found in repository: {source} has no folder {FOLDER!r}{detail}. "
            "Check HUMANPOSE3D_MODELS_URL and HUMANPOSE3D_MODELS_REVISION.",
            remote=source,
        )
    found = {}
    for spec in specs:
        entry = _entry_of(spec, entries, source)
        if entry is not None:
            found[spec.path] = entry.object_id
    return found


def name_of_blob(snapshot: Snapshot, blob: str) -> str:
    """Name a blob by the model that it is."""
    path = next((path for path, known in snapshot.blobs.items() if known == blob), None)
    return f"blob {blob}" if path is None else f"{FOLDER}/{path}"


def missing_from_repository(spec: ModelSpec, source: str, revision: str) -> RepositoryLayoutError:
    """Return the error for a model that the repository does not hold."""
    return RepositoryLayoutError(
        f"Model {spec.name!r} is not in the repository: {source} has no {FOLDER}/{spec.path} at {revision!r}. "
        "Check HUMANPOSE3D_MODELS_URL and HUMANPOSE3D_MODELS_REVISION, or move an older set to the newest commit with "
        "'humanpose3d models download --force'.",
        model=spec.name,
        remote=source,
    )


def _refuse_climbing_names(entries: list[TreeEntry], source: str) -> None:
    for entry in entries:
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in entry.path.split("/")):
            raise RepositoryLayoutError(
                f"The repository {source} holds the name {entry.path!r}, which no honest repository does; "
                "nothing was taken from it. Use another remote (HUMANPOSE3D_MODELS_URL).",
                remote=source,
            )


def _entry_of(spec: ModelSpec, entries: list[TreeEntry], source: str) -> TreeEntry | None:
    place = f"{FOLDER}/{spec.path}"
    taken = [entry for entry in entries if _occupies(entry.path, place)]
    if not taken:
        return None
    exact = next((entry for entry in taken if entry.path == place), None)
    if len(taken) > 1:
        names = " and ".join(repr(entry.path) for entry in taken)
        fault = f"holds {names}, which differ only by case"
    elif exact is None:
        fault = f"holds {taken[0].path!r} ({_KINDS.get(taken[0].mode, 'a file')}) where {place!r} should be"
    elif exact.mode not in _REGULAR_FILE_MODES:
        fault = f"holds {place!r} as {_KINDS.get(exact.mode, 'something other than a regular file')}"
    else:
        return exact
    raise RepositoryLayoutError(
        f"Model {spec.name!r} can't be taken: the repository {source} {fault}; a regular file is needed. "
        "Use another remote (HUMANPOSE3D_MODELS_URL).",
        model=spec.name,
        remote=source,
    )


def _occupies(path: str, place: str) -> bool:
    """Whether `path` names `place`, or a folder above it, on a file system that ignores case."""
    path, place = path.casefold(), place.casefold()
    return path == place or place.startswith(path + "/")
