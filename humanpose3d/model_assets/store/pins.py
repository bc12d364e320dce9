"""Lock files: ``models.lock.json`` names the commit and the digest of every model."""

from __future__ import annotations

import errno
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError
from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.store.manifest import Manifest, is_id

FILE_NAME = "models.lock.json"
SCHEMA = 1
_PACKAGED = Path(__file__).parents[1] / FILE_NAME
_PATHS = frozenset(spec.path for spec in MODELS.values())
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, 0, None)  # the last two: not in the zip file that holds the package


@dataclass(frozen=True, slots=True)
class ModelsLock:
    """The content of a lock file."""

    commit: str | None  # None where all models were put in place by hand
    sha256: Mapping[str, str]  # digest of each model, by its path under models/

    def to_json(self) -> str:
        """Return the text of the lock file."""
        content = {"schema": SCHEMA, "commit": self.commit, "sha256": dict(sorted(self.sha256.items()))}
        return json.dumps(content, indent=2) + "\n"


def make_lock(manifest: Manifest) -> ModelsLock:
    """Return the lock that pins the models as a manifest records them."""
    commits = {receipt.commit for receipt in manifest.receipts.values() if receipt.commit}
    recorded = manifest.snapshot.commit if manifest.snapshot else None
    commit = commits.pop() if len(commits) == 1 else recorded
    return ModelsLock(commit, {path: manifest.receipts[path].sha256 for path in _PATHS & manifest.receipts.keys()})


def read_lock(path: Path) -> ModelsLock:
    """Read a lock file, or raise IntegrityError where it is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _read(path, content)


def _unreadable(path: Path, error: OSError) -> ModelAssetError:
    return ModelAssetError(f"The lock file {path} can't be read ({error.strerror}). Check the path, or try again.")


def _read(path: Path, content: bytes) -> ModelsLock:
    try:
        return _parse(json.loads(content.decode("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IntegrityError(
            f"{path} is no lock file of this version ({error}). 'humanpose3d models lock' writes one.", path=str(path)
        ) from error


def _parse(content: dict[str, Any]) -> ModelsLock:
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema version {content['schema']!r}")
    commit, digests = content["commit"], dict(content["sha256"])
    if not digests:
        raise ValueError("it pins nothing")
    if unknown := sorted(digests.keys() - _PATHS):
        raise ValueError(f"it names {unknown[0]!r}, which is no model")
    for name, digest in digests.items():
        if not is_id(digest, 64):
            raise ValueError(f"the digest of {name} is {digest!r}, which is no sha256")
    if commit is not None and not is_id(commit):
        raise ValueError(f"the commit is {commit!r}, which is no commit id")
    return ModelsLock(commit, digests)


@functools.cache
def packaged_lock() -> ModelsLock | None:
    """Return the lock file that came with the package, if one did."""
    try:
        content = globals()["__loader__"].get_data(str(_PACKAGED))  # also from inside a zip file
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise _unreadable(_PACKAGED, error) from error
    return _read(_PACKAGED, content)
