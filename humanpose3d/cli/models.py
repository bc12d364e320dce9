"""``humanpose3d models``: what is there, where it is, and getting it."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from typing import Any

from humanpose3d.cli.terminal import DONE, FAILED, marks, print_json, print_table
from humanpose3d.model_assets.inspection import ModelStatus
from humanpose3d.model_assets.progress import format_bytes


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``models`` and its subcommands to the parser."""
    models = commands.add_parser("models", help="list, fetch and check the neural models", parents=[common])
    actions = models.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, function: Any, text: str, *, names: str | None = "*") -> argparse.ArgumentParser:
        action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text, parents=[common])
        if names is not None:
            action.add_argument("names", nargs=names, metavar="NAME", help="model, file name, or path (default: all)")
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.set_defaults(command=function)
        return action

    add("list", _list, "Show the five models and how it stands with each.", names=None)
    add("check", _check, "Exit with 1 if a model is missing or corrupt; fetches nothing.")
    add("verify", _verify, "Like check, but read every byte and compare its digest.")
    download = add("download", _download, "Fetch the models that are missing.")
    download.add_argument("--force", action="store_true", help="move the whole set to the newest commit")
    download.add_argument("--quiet", action="store_true", help="show no progress")
    path = add("path", _path, "Print where a model is, fetching it if need be.", names=None)
    path.add_argument("name", metavar="NAME", help="model, file name, or path under models/")


def _list(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import check_models

    _show(check_models(), as_json=options.json)
    return DONE


def _check(options: argparse.Namespace, *, verify: bool = False) -> int:
    from humanpose3d.model_assets import check_models

    statuses = check_models(options.names or None, verify=verify)
    _show(statuses, as_json=options.json)
    return DONE if all(status.ready for status in statuses) else FAILED


def _verify(options: argparse.Namespace) -> int:
    return _check(options, verify=True)


def _download(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import download_models

    if options.quiet:
        os.environ["HUMANPOSE3D_PROGRESS"] = "0"
    _show(download_models(options.names or None, force=options.force), as_json=options.json)
    return DONE


def _path(options: argparse.Namespace) -> int:
    from humanpose3d.model_assets import get_model_path

    path = get_model_path(options.name)
    if options.json:
        print_json({"name": options.name, "path": str(path)})
    else:
        print(path)
    return DONE


def _show(statuses: list[ModelStatus], *, as_json: bool) -> None:
    if as_json:
        print_json([{**asdict(status), "path": str(status.path)} for status in statuses])
        return
    good, missing = marks(sys.stdout)
    print_table(
        ("", "model", "size", "state", "purpose", "path"),
        [
            (
                good if status.ready else missing,
                status.name,
                "-" if status.size is None else format_bytes(status.size),
                f"{status.state}: {status.reason}" if status.reason else status.state,
                status.purpose,
                str(status.path),
            )
            for status in statuses
        ],
    )
