"""``humanpose3d export``: write the results of a run in the formats of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from humanpose3d.cli.arguments import Commands, add_format_options, chosen_formats
from humanpose3d.cli.terminal import answer
from humanpose3d.errors import InvalidSettingError
from humanpose3d.runs.settings import FORMATS


def add_command(commands: Commands) -> None:
    """Add ``export`` to the parser."""
    export = commands.add("export", "Write the results of a run in the formats of other programs.", _export)
    export.add_argument("folder", type=Path, metavar="DIR", help="folder that 'humanpose3d run' wrote")
    add_format_options(export)
    export.add_argument("--output", type=Path, metavar="FOLDER", help="folder for the files (default: DIR)")
    export.add_argument("--json", action="store_true", help="print the names of the files as JSON")


def _export(options: argparse.Namespace) -> int:
    formats = chosen_formats(options)
    if not formats:
        raise InvalidSettingError(f"Name what to write with --formats: {', '.join(FORMATS)}.")
    from humanpose3d.errors import explained_imports

    with explained_imports("numpy"):
        from humanpose3d.runs.exports.export import export_folder
        from humanpose3d.runs.exports.opensim import OwnModel

    own = OwnModel(options.osim, options.osim_markers)
    written = export_folder(options.folder, formats, options.output, own)
    shown = [path for path in written if path.parent.name != "Geometry"]  # one file for each bone
    text = "\n".join(f"Wrote {path} ({path.stat().st_size / 1024:.0f} kB)" for path in shown)
    return answer(options, {"written": [str(path) for path in written]}, text)
