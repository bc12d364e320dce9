"""Decide what to fetch. Nothing here touches disk or network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.store.manifest import Manifest, Receipt
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
    recorded : Snapshot
        The commit of the set. It differs from `snapshot` where a mirror has the same files in another commit.
    """

    snapshot: Snapshot
    fetch: Mapping[ModelSpec, str]
    recorded: Snapshot


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


def plan_from_mirror(
    found: Snapshot, known: Snapshot | None, missing: Collection[ModelSpec], pins: Mapping[str, str]
) -> Plan | None:
    """Plan to fetch what is missing from another commit than the one recorded or pinned, if it has the same files.

    Parameters
    ----------
    found : Snapshot
        What the mirror has.
    known : Snapshot or None
        The commit of the set.
    missing : collection of ModelSpec
        What is to be fetched.
    pins : mapping of str to str
        The SHA-256 of each pinned model by its path; these bytes are accepted whatever their commit.
    """
    if not all(spec.path in found.blobs for spec in missing):
        return None
    if known is not None and all(known.blobs.get(spec.path) == found.blobs[spec.path] for spec in missing):
        return replace(plan_missing(found, missing), recorded=known)
    return plan_missing(found, missing) if all(spec.path in pins for spec in missing) else None


def plan_missing(snapshot: Snapshot, missing: Iterable[ModelSpec]) -> Plan:
    """Plan to fetch the models that are missing.

    Raises
    ------
    RepositoryLayoutError
        If one is not in the snapshot.
    """
    return Plan(snapshot, {spec: _blob(snapshot, spec) for spec in missing}, snapshot)


def plan_update(
    snapshot: Snapshot, manifest: Manifest, wanted: Collection[ModelSpec], sound: Collection[ModelSpec]
) -> Plan:
    """Plan to move the set to `snapshot`: only blobs whose id changed, and all of the set together.

    Models that came from git or an import belong to the set and move along, whether or not they are wanted.

    Parameters
    ----------
    snapshot : Snapshot
        The newest commit.
    manifest : Manifest
        The receipts.
    wanted : collection of ModelSpec
        The models asked for.
    sound : collection of ModelSpec
        The models whose files are there and are what their receipts say, byte by byte.

    Raises
    ------
    RepositoryLayoutError
        If a model of the set is not in the snapshot.
    """
    fetch = {}
    for spec in MODELS.values():
        receipt = manifest.receipts.get(spec.path)
        member = receipt is not None and receipt.origin != "manual"
        if spec not in wanted and not member:
            continue
        blob = _blob(snapshot, spec)
        if not (spec in sound and receipt is not None and receipt.blob == blob):
            fetch[spec] = blob
    return Plan(snapshot, fetch, snapshot)


def updated_manifest(manifest: Manifest, snapshot: Snapshot, receipts: Mapping[ModelSpec, Receipt]) -> Manifest:
    """Return the receipts of a set that has moved to `snapshot`, with those of the models that were fetched for it."""
    moved = {
        path: replace(receipt, remote=snapshot.remote, commit=snapshot.commit) if receipt.origin == "git" else receipt
        for path, receipt in manifest.receipts.items()
    }
    return Manifest(snapshot, {**moved, **{spec.path: receipt for spec, receipt in receipts.items()}})


def _blob(snapshot: Snapshot, spec: ModelSpec) -> str:
    try:
        return snapshot.blobs[spec.path]
    except KeyError:
        raise missing_from_repository(spec, snapshot.remote, snapshot.revision) from None
