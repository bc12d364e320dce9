"""Write the demo's models repository: the real pose model and four small models that correct nothing.

    python scripts/make_demo_models.py --pose-model pose_landmarker_full.task

Needs git and the extra ``pipeline``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "humanpose3d" / "demo" / "data" / "models.bundle"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parse(arguments)
    try:
        from demo_models.bundle import BundleError
        from demo_models.repository import make_bundle
    except ModuleNotFoundError as error:
        return _fail(f"The module {error.name} is missing; run: pip install 'humanpose3d[pipeline]'")
    try:
        make_bundle(options.pose_model, options.output)
    except (BundleError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The bundle {options.output} could not be made: {error}")
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write the models repository of the demo as a git bundle.")
    parser.add_argument(
        "--pose-model",
        type=Path,
        required=True,
        metavar="FILE",
        help='MediaPipe\'s pose landmarker, variant "full" (pose_landmarker_full.task)',
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="FILE",
        help="the bundle (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
