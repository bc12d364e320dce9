"""What the report costs whoever only imports it."""

import subprocess
import sys
from pathlib import Path

import humanpose3d.report

HEAVY = {"av", "cv2", "h5py", "jinja2", "matplotlib", "mediapipe", "scipy", "torch"}


def test_no_module_of_the_report_loads_a_heavy_package_before_it_is_needed() -> None:
    package = Path(humanpose3d.report.__path__[0])
    modules = [path.relative_to(package).with_suffix("") for path in package.rglob("[a-z]*.py")]
    names = sorted(".".join(module.parts) for module in modules)
    imports = "; ".join(f"import humanpose3d.report.{name}" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {imports}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "html.report" in names
    assert not HEAVY & set(done.stdout.split())
