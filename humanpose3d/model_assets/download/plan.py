"""Deciding what to fetch. Nothing here touches disk or network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.transports import Snapshot
from humanpose3d.model_assets.transports.git.tree import missing_from_repository


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch.

    Attributes
    ----------
    snapshot : Snapshot
        The commit that it comes from.
    fetch : mapping of ModelSpec to str
        The blob id of each model to be fetched.
    """

    snapshot: Snapshot
    fetch: Mapping[ModelSpec, str]


def revision_to_look_up(
    manifest: Manifest, missing: Iterable[ModelSpec], revision: str, *, force: bool, pinned: str | None = None
) -> str | None:
    """Return the revision that must be looked up before anything can be fetched, or None if all is known.

    The first download looks up the revision that the user asked for; later ones stay with the commit that it led
    to, and need not ask if the receipts already name the blobs. `force` asks anew. Where a lock file pins a commit,
    that one it is.
    """
    known = manifest.snapshot
    if pinned is not None and (known is None or known.commit != pinned):
        return pinned
    if known is None or (force and pinned is None):
        return revision
    return None if all(spec.path in known.blobs for spec in missing) else known.commit


def plan_missing(snapshot: Snapshot, missing: Iterable[ModelSpec]) -> Plan:
    """Plan to fetch the models that are missing.

    Raises
    ------
    RepositoryLayoutError
        If one is not in the snapshot.
    """
    return Plan(snapshot, {spec: _blob(snapshot, spec) for spec in missing})


def plan_update(
    snapshot: Snapshot,
    manifest: Manifest,
    wanted: Collection[ModelSpec],
    registered: Iterable[ModelSpec],
    usable: Collection[ModelSpec],
) -> Plan:
    """Plan to move the set to `snapshot`: only blobs whose id changed, and all of the set together.

    Parameters
    ----------
    snapshot : Snapshot
        The newest commit.
    manifest : Manifest
        The receipts.
    wanted : collection of ModelSpec
        The models asked for.
    registered : iterable of ModelSpec
        All models; those that came from git belong to the set and move along.
    usable : collection of ModelSpec
        The models whose files are there and are what their receipts say.

    Raises
    ------
    RepositoryLayoutError
        If a model of the set is not in the snapshot.
    """
    fetch = {}
    for spec in registered:
        receipt = manifest.receipts.get(spec.path)
        member = receipt is not None and receipt.origin != "manual"
        if spec not in wanted and not member:
            continue
        blob = _blob(snapshot, spec)
        if not (spec in usable and receipt is not None and receipt.blob == blob):
            fetch[spec] = blob
    return Plan(snapshot, fetch)


def _blob(snapshot: Snapshot, spec: ModelSpec) -> str:
    try:
        return snapshot.blobs[spec.path]
    except KeyError:
        raise missing_from_repository(spec, snapshot.remote, snapshot.revision) from None
