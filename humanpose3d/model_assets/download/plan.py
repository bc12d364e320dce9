"""Decide what to fetch. Only `make_plan` asks the remote and the disk; all else is pure."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from humanpose3d.model_assets.download.remotes import FAULTS_OF_A_REMOTE, Job, Source, with_retries
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.store.manifest import Manifest, Receipt
from humanpose3d.model_assets.transports import Snapshot
from humanpose3d.model_assets.transports.git.tree import missing_from_repository


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch."""

    snapshot: Snapshot  # the commit that it comes from
    fetch: Mapping[ModelSpec, str]  # the blob id of each model to be fetched
    recorded: Snapshot  # the commit of the set; another one where a mirror has the same files in another commit


def make_plan(job: Job, source: Source) -> Plan:
    """Look up the commit at the remote, where that is needed, and plan what to fetch from it."""
    manifest, missing = job.store.manifest(), job.missing()
    if source.refusal is not None:
        with contextlib.suppress(*FAULTS_OF_A_REMOTE):
            found = source.transport.snapshot(job.settings.revision)
            if plan := _plan_from_mirror(found, manifest.snapshot, missing, job.store.pins):
                return plan
        raise source.refusal
    snapshot, pinned = manifest.snapshot, job.store.pinned_commit
    revision = _revision_to_look_up(manifest, missing, job.settings.revision, force=job.force, pinned=pinned)
    if revision is not None:
        snapshot = with_retries(
            lambda: source.transport.snapshot(revision), cancelled=source.cancelled, announce=job.progress.say
        )
        if manifest.snapshot is not None and not job.force:
            # The set keeps the revision it was asked for under, not the commit id it is looked up by.
            snapshot = replace(snapshot, revision=manifest.snapshot.revision)
    assert snapshot is not None
    return _plan_update(snapshot, manifest, job.specs, job.sound()) if job.force else _plan_missing(snapshot, missing)


def manifest_after(
    manifest: Manifest, plan: Plan, receipts: Mapping[ModelSpec, Receipt], *, whole_set: bool
) -> Manifest:
    """Return the receipts when models of a plan are in place; with `whole_set`, all git's move to its commit."""
    commit, present = plan.recorded, dict(manifest.receipts)
    if whole_set:
        for path, receipt in present.items():
            if receipt.origin == "git":
                present[path] = replace(receipt, remote=commit.remote, commit=commit.commit)
    return Manifest(commit, present | {spec.path: receipt for spec, receipt in receipts.items()})


def _revision_to_look_up(
    manifest: Manifest, missing: Iterable[ModelSpec], revision: str, *, force: bool, pinned: str | None
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


def _plan_from_mirror(
    found: Snapshot, known: Snapshot | None, missing: Collection[ModelSpec], pins: Mapping[str, str]
) -> Plan | None:
    """Plan to fetch what is missing from another commit than the recorded or pinned one, if it has the same files.

    Bytes that a lock file pins are accepted whatever their commit.
    """
    if not all(spec.path in found.blobs for spec in missing):
        return None
    if known is not None and all(known.blobs.get(spec.path) == found.blobs[spec.path] for spec in missing):
        return replace(_plan_missing(found, missing), recorded=known)
    return _plan_missing(found, missing) if all(spec.path in pins for spec in missing) else None


def _plan_missing(snapshot: Snapshot, missing: Iterable[ModelSpec]) -> Plan:
    return Plan(snapshot, {spec: _blob(snapshot, spec) for spec in missing}, snapshot)


def _plan_update(
    snapshot: Snapshot, manifest: Manifest, wanted: Collection[ModelSpec], sound: Collection[ModelSpec]
) -> Plan:
    """Plan to move the set to `snapshot`: only blobs whose id changed or whose file is not sound.

    Models that came from git or an import belong to the set and move along, whether or not they are wanted.
    """
    fetch = {}
    for spec in MODELS.values():
        receipt = manifest.receipts.get(spec.path)
        if spec in wanted or (receipt is not None and receipt.origin != "manual"):
            blob = _blob(snapshot, spec)
            if not (spec in sound and receipt is not None and receipt.blob == blob):
                fetch[spec] = blob
    return Plan(snapshot, fetch, snapshot)


def _blob(snapshot: Snapshot, spec: ModelSpec) -> str:
    try:
        return snapshot.blobs[spec.path]
    except KeyError:
        raise missing_from_repository(spec, snapshot.remote, snapshot.revision) from None
