"""Bare repositories for single transfers: made, measured, and their folders listed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from humanpose3d.model_assets.transports.git.child import GitFailedError, LimitExceededError
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.tree import TreeEntry, parse_tree

_CONFIGURATION = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_LARGEST_LISTING = 1 << 22  # bytes of one folder: some 100,000 names


def new_repository(folder: Path, *, alternates: Path | None) -> None:
    """Make an empty bare repository, as ``git init`` would without the user's template and settings.

    Objects may be read from the object folder `alternates` too.
    """
    for part in ("objects/info", "objects/pack", "refs"):
        (folder / part).mkdir(parents=True)
    _write(folder / "HEAD", "ref: refs/heads/none\n")
    _write(folder / "config", _CONFIGURATION)
    if alternates is not None:
        # A path need not be text; git takes its bytes as they are.
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{alternates}\n"))


def forget_promisor(repository: Path) -> None:
    """Drop the note that more can be fetched from a remote: git older than 2.45 would do so unasked."""
    _write(repository / "config", _CONFIGURATION)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def size_of_objects(repository: Path, *, in_packs: bool) -> int:
    """Bytes of what has arrived and is arriving, in packs or also one by one."""
    size = 0
    for folder, _, names in os.walk(repository / "objects" / ("pack" if in_packs else "")):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # renamed between the listing and now
                size += os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118  (often called)
    return size


def list_folders(git: Git, repository: Path, revision: str, folders: Collection[str]) -> tuple[str, list[TreeEntry]]:
    """Return the commit of a revision, and the entries of its root and of those of `folders` that are there.

    No other folder is read.
    """
    names = [f"{revision}^{{commit}}", f"{revision}^{{tree}}", *(f"{revision}:{folder}" for folder in folders)]
    printed = git.run(f"--git-dir={repository}", "cat-file", "--batch", given="\n".join([*names, ""]).encode())
    commit, *objects = _parse_batch(printed, len(names))
    if commit is None:
        raise GitFailedError(f"fatal: missing blob or bad object {names[0]}")
    entries: list[TreeEntry] = []
    found = {folder: tree for folder, tree in zip(["", *folders], objects, strict=True) if tree and tree[1] == "tree"}
    for folder, (_, _, content) in found.items():
        if len(content) > _LARGEST_LISTING:
            raise LimitExceededError(f"one of its folders lists {len(content) / 1e6:.0f} MB of names")
        entries += parse_tree(content, folder)
    for entry in entries:
        if entry.is_folder and entry.path in folders and entry.path not in found:
            raise GitFailedError(f"fatal: bad object {entry.object_id}")
    return commit[0], entries


def _parse_batch(printed: bytes, number: int) -> Iterator[tuple[str, str, bytes] | None]:
    """Parse what ``git cat-file --batch`` prints: id, kind and content of each object, None for one that is missing."""
    start = 0
    for _ in range(number):
        end = printed.index(b"\n", start)
        words = printed[start:end].decode("utf-8", "replace").split()
        start = end + 1
        if len(words) != 3:
            yield None
            continue
        size = int(words[2])
        yield words[0], words[1], printed[start : start + size]
        start += size + 1
