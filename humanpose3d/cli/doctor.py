"""``humanpose3d doctor``: find what prevents downloads of models, and runs, on this machine."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from itertools import chain

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.terminal import DONE, FAILED, print_json
from humanpose3d.model_assets.service.wording import marks_for


def add_command(commands: Commands) -> None:
    """Add ``doctor`` to the parser."""
    text = "Examine git, folders, locks, space, remotes, packages and programs, and advise on each problem."
    doctor = commands.add("doctor", text, _doctor)
    doctor.add_argument("--verify", action="store_true", help="read every byte of the models")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")


def _doctor(options: argparse.Namespace) -> int:
    from humanpose3d.cli.installation import examine_installation
    from humanpose3d.model_assets.service.doctor import Finding, examine
    from humanpose3d.model_assets.settings import Settings

    good, bad = marks_for(sys.stdout.encoding)
    signs = {"good": good, "problem": bad, "skipped": "-"}

    def show(finding: Finding) -> Finding:
        if not options.json:
            print(f"{signs[finding.state]} {finding.name}: {finding.detail}", flush=True)
            if finding.advice:
                print(f"    {finding.advice}", flush=True)
        return finding

    models = examine(Settings.from_environment(), verify=options.verify)
    findings = [show(finding) for finding in chain(models, examine_installation())]
    if options.json:
        print_json([asdict(finding) for finding in findings])
    return FAILED if any(finding.state == "problem" for finding in findings) else DONE
