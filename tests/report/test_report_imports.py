"""What the report costs whoever only imports it."""

import subprocess
import sys
from pathlib import Path

import humanpose3d.report

HEAVY = {"av", "cv2", "h5py", "jinja2", "matplotlib", "mediapipe", "scipy", "torch"}


def test_no_module_of_the_report_loads_a_heavy_package_before_it_is_needed() -> None:
    names = sorted(path.stem for path in Path(humanpose3d.report.__path__[0]).glob("[a-z]*.py"))
    imports = "; ".join(f"import humanpose3d.report.{name}" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "html" in names
    assert not HEAVY & set(done.stdout.split())
