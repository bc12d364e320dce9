"""``humanpose3d models``: list, fetch, verify, carry and remove models."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.cli.arguments import Commands, Parser
from humanpose3d.cli.terminal import DONE, FAILED, answer, table
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.service.wording import facts_of, marks_for
from humanpose3d.model_assets.store.status import ModelStatus

if TYPE_CHECKING:
    from humanpose3d.model_assets.store.manifest import Manifest, ModelsLock
    from humanpose3d.model_assets.transports import Snapshot

_LOCK_FILE = "models.lock.json"


def add_command(commands: Commands) -> None:
    """Add ``models`` and its subcommands to the parser."""
    models = commands.add("models", "List, fetch, verify, carry and remove the neural models.")
    actions = Commands(models.add_subparsers(title="actions", metavar="ACTION", required=True), commands.common)

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> Parser:
        action = actions.add(name, text, function)
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        return action

    listing = add("list", _list, "Show the models, their status, and how old the set is.")
    listing.add_argument("--outdated", action="store_true", help="ask the remote whether its branch has moved since")
    check = add("check", _check, "Exit with 1 if a model is missing or corrupt; fetches nothing.")
    verify = add("verify", _verify, "Check every byte against the digests; exit with 1 as check does.")
    download = add("download", _download, "Fetch the models that are missing.")
    download.add_argument(
        "--force",
        action="store_true",
        help="move the set to the newest commit, and replace what is damaged; reads every byte",
    )
    download.add_argument("--quiet", action="store_true", help="show no progress")
    lock = add("lock", _lock, "Write a lock file that pins the commit and the digest of every model.")
    lock.add_argument("--output", type=Path, default=Path(_LOCK_FILE), metavar="FILE", help="default: %(default)s")
    export = add("export", _export, "Write all models to one file, for a machine without a network.")
    export.add_argument("file", type=Path, metavar="FILE")
    bring = add("import", _import, "Verify and install the models of an exported file, without git.")
    bring.add_argument("file", type=Path, metavar="FILE")
    remove = add("remove", _remove, "Remove models and what interrupted downloads left (default: all).")
    remove.add_argument(
        "--leftovers", action="store_true", help="remove no model, only what interrupted downloads left"
    )
    path = add("path", _path, "Print the path of a model; fetch it if it is missing.")
    path.add_argument("name", metavar="NAME", help="model, file name, or path under models/")
    for action in (check, verify, download, remove):
        action.add_argument("names", nargs="*", metavar="NAME", help="model, file name, or path (default: all)")
    for action in (check, verify, download, bring):
        action.add_argument(
            "--locked", type=Path, metavar="FILE", help="accept only the bytes pinned in this lock file"
        )


def _list(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.resolver import check_in, store_in
    from humanpose3d.model_assets.settings import Settings

    settings = Settings.from_environment()
    statuses, manifest = check_in(settings), store_in(settings).manifest()
    if not options.outdated:
        return _show(statuses, options, _age_of_set(manifest, time.time()))
    from humanpose3d.model_assets.download.remotes import newest_snapshot

    known, newest = manifest.snapshot, newest_snapshot(settings)
    content = {
        "commit": known and known.commit,
        "newest": newest.commit,
        "outdated": known is None or known.commit != newest.commit,
        "models": [facts_of(each) for each in statuses],
    }
    return answer(options, content, f"{_age_of_set(manifest, time.time())} {_comparison(known, newest)}".strip())


def _age_of_set(manifest: Manifest, now: float) -> str:
    """Return which commit the set is and how long ago it came, at `now` in seconds since the epoch; "" for no set."""
    arrived = [receipt.mtime_ns for receipt in manifest.receipts.values() if receipt.origin == "git"]
    if manifest.snapshot is None or not arrived:
        return ""
    days = max(0, int(now - max(arrived) / 1e9) // 86400)
    ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    return f"The set is commit {manifest.snapshot.commit[:12]} of {manifest.snapshot.revision!r}, fetched {ago}."


def _comparison(known: Snapshot | None, newest: Snapshot) -> str:
    """Return whether the branch has moved since the set was fetched, and which models are others there."""
    if known is not None and known.commit == newest.commit:
        return f"It is the newest of {newest.revision!r}."
    place = f"{newest.revision!r} is at commit {newest.commit[:12]} of {newest.remote}"
    if known is None:
        return f"No set has been fetched; {place}."
    from humanpose3d.model_assets import MODELS

    changed = [spec.name for spec in MODELS.values() if known.blobs.get(spec.path) != newest.blobs.get(spec.path)]
    return f"{place}. Changed: {', '.join(changed) or 'no model'}. 'humanpose3d models download --force' fetches it."


def _check(options: argparse.Namespace, *, verify: bool = False) -> int:
    from humanpose3d.model_assets.resolver import check_in
    from humanpose3d.model_assets.settings import Settings

    settings = Settings.from_environment()
    statuses = check_in(settings, options.names or None, verify=verify, pinned=_pinned(options))
    _show(statuses, options)
    return DONE if all(status.ready for status in statuses) else FAILED


def _verify(options: argparse.Namespace) -> int:
    return _check(options, verify=True)


def _download(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.resolver import download_into
    from humanpose3d.model_assets.settings import Settings

    settings = Settings.from_environment()
    if options.quiet:
        settings = replace(settings, progress="0")
    statuses = download_into(settings, options.names or None, force=options.force, pinned=_pinned(options))
    return _show(statuses, options)


def _lock(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import check_models
    from humanpose3d.model_assets.service.maintenance import write_lock

    lock = write_lock(options.output)
    by_hand = [status.name for status in check_models() if status.commit is None]
    text = f"Wrote {options.output}: commit {lock.commit or '(none)'} and {len(lock.sha256)} digests"
    if by_hand:
        text += (
            f"\nPut there by hand, and may be in no repository: {', '.join(by_hand)}. "
            "Carry them with 'humanpose3d models export'."
        )
    content = {
        "file": str(options.output), "commit": lock.commit, "sha256": dict(lock.sha256), "by_hand": by_hand
    }  # fmt: skip
    return answer(options, content, text)


def _export(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import export_to

    export_to(options.file)
    size = options.file.stat().st_size
    text = f"Wrote {options.file} ({format_bytes(size)}). On the other machine: humanpose3d models import FILE"
    return answer(options, {"file": str(options.file), "size": size}, text)


def _import(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import import_from

    names = import_from(options.file, _pinned(options))
    text = f"Installed: {', '.join(names)}" if names else "All models were there already, with the same content."
    return answer(options, {"installed": names}, text)


def _remove(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import remove_models

    removed = remove_models(options.names or None, leftovers=options.leftovers)
    text = "\n".join(f"Removed {path}" for path in removed) or "There was nothing to remove."
    return answer(options, {"removed": [str(path) for path in removed]}, text)


def _pinned(options: argparse.Namespace) -> ModelsLock | None:
    from humanpose3d.model_assets.store.manifest import read_lock

    return None if options.locked is None else read_lock(options.locked)


def _path(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import get_model_path

    path = str(get_model_path(options.name))
    return answer(options, {"name": options.name, "path": path}, path)


def _show(statuses: list[ModelStatus], options: argparse.Namespace, remark_on_all: str = "") -> int:
    good, missing = marks_for(sys.stdout.encoding)
    rows = []
    for each in statuses:
        remark = each.reason or ("put there by hand" if each.origin == "manual" else "")
        state = f"{each.state}: {remark}" if remark else each.state
        size = "-" if each.size is None else format_bytes(each.size)
        rows.append((good if each.ready else missing, each.name, size, state, each.purpose, str(each.path)))
    text = table(("", "model", "size", "state", "purpose", "path"), rows)
    return answer(options, [facts_of(each) for each in statuses], f"{text}\n{remark_on_all}".rstrip())
