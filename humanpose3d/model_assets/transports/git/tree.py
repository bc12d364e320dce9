"""The tree of a commit, read as data: which blob is which model; links, submodules and odd names are refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from humanpose3d.model_assets.errors import RepositoryLayoutError
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.transports import Snapshot

FOLDER = "models"
_FOLDER_MODE = "40000"
_ID_BYTES = 20
_REGULAR_FILE_MODES = {"100644", "100755"}
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", _FOLDER_MODE: "a folder"}


class TreeEntry(NamedTuple):
    """One name in a folder of the repository: its mode as git writes it, its content, and its path from the root."""

    mode: str
    object_id: str
    path: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode == _FOLDER_MODE


def parse_tree(content: bytes, folder: str) -> list[TreeEntry]:
    """Parse a tree object, which lists `folder` (empty for the root).

    For each entry it holds mode, space, name, zero byte, and 20 bytes of id. Anything else raises ValueError.
    """
    entries, position = [], 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode, _, name = content[position:end].partition(b" ")
        position = end + 1 + _ID_BYTES
        path = f"{folder}/" * bool(folder) + name.decode("utf-8", "surrogateescape")
        entries.append(TreeEntry(mode.decode("ascii"), content[end + 1 : position].hex(), path))
    return entries


def folders_of(specs: Iterable[ModelSpec]) -> set[str]:
    """Return the paths of all folders that hold a model, and of those above them."""
    parts = (f"{FOLDER}/{spec.path}".split("/")[:-1] for spec in specs)
    return {"/".join(names[:depth]) for names in parts for depth in range(1, len(names) + 1)}


def find_models(entries: Iterable[TreeEntry], specs: Iterable[ModelSpec], source: str) -> dict[str, str]:
    """Return the blob id of each model that is in the tree, by its path under ``models/``.

    `entries` are those of the root and of the folders that hold models; `source` names the repository in messages.
    RepositoryLayoutError says that there is no ``models`` folder, that a name in it would climb out of it, or that a
    model's place is taken by a symbolic link, a submodule, or two names that differ only by case.
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
    return {spec.path: entry.object_id for spec in specs if (entry := _entry_of(spec, entries, source))}


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
    taken = [entry for entry in entries if _occupies(entry, place)]
    if not taken:
        return None
    exact = next((entry for entry in taken if entry.path == place), None)
    other = next((entry for entry in taken if entry is not exact), None)
    if exact is None:
        assert other is not None
        fault = f"holds {other.path!r} ({_KINDS.get(other.mode, 'a file')}) where {place!r} should be"
    elif other is not None:
        rival = "/".join(place.split("/")[: other.path.count("/") + 1])
        fault = f"holds {other.path!r} beside {rival!r}, which differ only by case"
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


def _occupies(entry: TreeEntry, place: str) -> bool:
    """Whether `entry` takes `place`, or that of a folder above it, on a file system that ignores case."""
    if entry.is_folder and place.startswith(entry.path + "/"):
        return False
    path, place = entry.path.casefold(), place.casefold()
    return path == place or place.startswith(path + "/")
