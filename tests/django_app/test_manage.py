"""``manage.py`` in a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django_app.conftest import PROJECT, Manage


def test_without_django_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    code = 'raise ModuleNotFoundError("No module named \'django\'", name="django")\n'
    (tmp_path / "django.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "check"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == 'django is not installed; install it in this folder with: python -m pip install ".[app]"\n'


def test_help_lists_both_commands(manage: Manage) -> None:
    done = manage("help")
    assert done.returncode == 0
    assert {"download_models", "run_pipeline"} <= set(done.stdout.split())


def test_help_loads_nothing_heavy(manage: Manage) -> None:
    for command in ("download_models", "run_pipeline"):
        done = manage(command, "--help", PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == 0
        loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
        assert loaded & {"numpy", "mediapipe", "av", "cv2", "torch", "tqdm", "filelock"} == set()
