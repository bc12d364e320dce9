"""``humanpose3d models``: list, fetch, verify, carry and remove models."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.cli.terminal import DONE, FAILED, print_json, print_table
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.service.wording import facts_of, marks_for
from humanpose3d.model_assets.store.status import ModelStatus

if TYPE_CHECKING:
    from humanpose3d.model_assets.store.pins import ModelsLock

_LOCK_FILE = "models.lock.json"


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``models`` and its subcommands to the parser."""
    models = commands.add_parser(
        "models", help="List, fetch, verify, carry and remove the neural models.", parents=[common]
    )
    actions = models.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, function: Any, text: str, *, names: str | None = "*") -> argparse.ArgumentParser:
        action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text, parents=[common])
        if names is not None:
            action.add_argument("names", nargs=names, metavar="NAME", help="model, file name, or path (default: all)")
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.set_defaults(command=function)
        return action

    add("list", _list, "Show the models and their status.", names=None)
    check = add("check", _check, "Exit with 1 if a model is missing or corrupt; fetches nothing.")
    verify = add("verify", _verify, "Check every byte against the digests; exit with 1 as check does.")
    download = add("download", _download, "Fetch the models that are missing.")
    download.add_argument(
        "--force",
        action="store_true",
        help="move the set to the newest commit, and replace what is damaged; reads every byte",
    )
    download.add_argument("--quiet", action="store_true", help="show no progress")
    for action in (check, verify, download):
        action.add_argument(
            "--locked", type=Path, metavar="FILE", help="accept only the bytes pinned in this lock file"
        )
    lock = add("lock", _lock, "Write a lock file that pins the commit and the digest of every model.", names=None)
    lock.add_argument("--output", type=Path, default=Path(_LOCK_FILE), metavar="FILE", help="default: %(default)s")
    export = add("export", _export, "Write all models to one file, for a machine without a network.", names=None)
    export.add_argument("file", type=Path, metavar="FILE")
    bring = add("import", _import, "Verify and install the models of an exported file, without git.", names=None)
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--locked", type=Path, metavar="FILE", help="accept only the bytes pinned in this lock file")
    remove = add("remove", _remove, "Remove models and what interrupted downloads left (default: all).")
    remove.add_argument(
        "--leftovers", action="store_true", help="remove no model, only what interrupted downloads left"
    )
    path = add("path", _path, "Print the path of a model; fetch it if it is missing.", names=None)
    path.add_argument("name", metavar="NAME", help="model, file name, or path under models/")


def _list(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import check_models

    _show(check_models(), as_json=options.json)
    return DONE


def _check(options: argparse.Namespace, *, verify: bool = False) -> int:
    from humanpose3d.model_assets.resolver import check_in
    from humanpose3d.model_assets.settings import Settings

    settings = Settings.from_environment()
    statuses = check_in(settings.paths, settings, options.names or None, verify=verify, pinned=_pinned(options))
    _show(statuses, as_json=options.json)
    return DONE if all(status.ready for status in statuses) else FAILED


def _verify(options: argparse.Namespace) -> int:
    return _check(options, verify=True)


def _download(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.resolver import download_into
    from humanpose3d.model_assets.settings import Settings

    settings = Settings.from_environment()
    if options.quiet:
        settings = replace(settings, progress="0")
    statuses = download_into(
        settings.paths, settings, options.names or None, force=options.force, pinned=_pinned(options)
    )
    _show(statuses, as_json=options.json)
    return DONE


def _lock(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import check_models
    from humanpose3d.model_assets.service.maintenance import write_lock

    lock = write_lock(options.output)
    by_hand = [status.name for status in check_models() if status.commit is None]
    if options.json:
        digests = dict(lock.sha256)
        print_json({"file": str(options.output), "commit": lock.commit, "sha256": digests, "by_hand": by_hand})
        return DONE
    print(f"Wrote {options.output}: commit {lock.commit or '(none)'} and {len(lock.sha256)} digests")
    if by_hand:
        print(
            f"Put there by hand, and may be in no repository: {', '.join(by_hand)}. "
            "Carry them with 'humanpose3d models export'."
        )
    return DONE


def _export(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import export_to

    export_to(options.file)
    size = options.file.stat().st_size
    if options.json:
        print_json({"file": str(options.file), "size": size})
    else:
        print(f"Wrote {options.file} ({format_bytes(size)}). On the other machine: humanpose3d models import FILE")
    return DONE


def _import(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import import_from

    names = import_from(options.file, _pinned(options))
    if options.json:
        print_json({"installed": names})
    else:
        print(f"Installed: {', '.join(names)}" if names else "All models were there already, with the same content.")
    return DONE


def _remove(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets.service.maintenance import remove_models

    removed = remove_models(options.names or None, leftovers=options.leftovers)
    if options.json:
        print_json({"removed": [str(path) for path in removed]})
    else:
        print("\n".join(f"Removed {path}" for path in removed) or "There was nothing to remove.")
    return DONE


def _pinned(options: argparse.Namespace) -> ModelsLock | None:
    from humanpose3d.model_assets.store.pins import read_lock

    return None if options.locked is None else read_lock(options.locked)


def _path(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import get_model_path

    path = get_model_path(options.name)
    if options.json:
        print_json({"name": options.name, "path": str(path)})
    else:
        print(path)
    return DONE


def _state_of(status: ModelStatus) -> str:
    remark = status.reason or ("put there by hand" if status.origin == "manual" else "")
    return f"{status.state}: {remark}" if remark else status.state


def _show(statuses: list[ModelStatus], *, as_json: bool) -> None:
    if as_json:
        print_json([facts_of(status) for status in statuses])
        return
    good, missing = marks_for(sys.stdout.encoding)
    print_table(
        ("", "model", "size", "state", "purpose", "path"),
        [
            (
                good if status.ready else missing,
                status.name,
                "-" if status.size is None else format_bytes(status.size),
                _state_of(status),
                status.purpose,
                str(status.path),
            )
            for status in statuses
        ],
    )
