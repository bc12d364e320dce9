"""Pinning the bytes: ``models.lock.json`` names the commit and the digest of every model."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError
from humanpose3d.model_assets.store.manifest import Manifest

FILE_NAME = "models.lock.json"
SCHEMA = 1
_PACKAGED = Path(__file__).parents[1] / FILE_NAME


@dataclass(frozen=True, slots=True)
class ModelsLock:
    """What a lock file says.

    Attributes
    ----------
    commit : str or None
        The commit that the models come from; None where all of them were put in place by hand.
    sha256 : mapping of str to str
        Digest of each model, by its path under ``models/``.
    """

    commit: str | None
    sha256: Mapping[str, str]

    def to_json(self) -> str:
        """Return the text of the lock file."""
        content = {"schema": SCHEMA, "commit": self.commit, "sha256": dict(sorted(self.sha256.items()))}
        return json.dumps(content, indent=2) + "\n"


def make_lock(manifest: Manifest) -> ModelsLock:
    """Return the lock that pins the models as a manifest records them."""
    commits = {receipt.commit for receipt in manifest.receipts.values() if receipt.commit}
    recorded = manifest.snapshot.commit if manifest.snapshot else None
    commit = commits.pop() if len(commits) == 1 else recorded
    return ModelsLock(commit, {path: receipt.sha256 for path, receipt in manifest.receipts.items()})


def read_lock(path: Path) -> ModelsLock:
    """Read a lock file.

    Raises
    ------
    IntegrityError
        If it is none.
    ModelAssetError
        If it can't be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _parse(content)
    except OSError as error:
        raise ModelAssetError(f"The lock file {path} can't be read ({error.strerror}). Check the path.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(
            f"{path} is no lock file of this version ({error}). 'humanpose3d models lock' writes one.", path=str(path)
        ) from error


def _parse(content: dict[str, Any]) -> ModelsLock:
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema version {content['schema']!r}")
    commit = content["commit"]
    digests = {str(name): str(digest) for name, digest in content["sha256"].items()}
    return ModelsLock(None if commit is None else str(commit), digests)


@functools.cache
def packaged_lock() -> ModelsLock | None:
    """Return the lock file that came with the package, if one did."""
    return read_lock(_PACKAGED) if _PACKAGED.exists() else None
