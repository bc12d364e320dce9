"""``manage.py`` in a checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
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
    assert done.stderr == (
        'Django is not installed; install it in this folder with: python -m pip install ".[django]"\n'
    )


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


def test_runserver_starts_and_shows_the_models(tmp_path: Path) -> None:
    environment = {**os.environ, "HUMANPOSE3D_HOME": str(tmp_path / "<home>"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, str(PROJECT / "manage.py"), "runserver", "--noreload", "127.0.0.1:0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            said = next(line for line in server.stdout if "server at" in line)
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert address is not None, said
            with urllib.request.urlopen(address[0], timeout=30) as answer:
                page = answer.read().decode()
        finally:
            server.kill()
    assert "GRU.h5: missing" in page
    assert "&lt;home&gt;" in page and "<home>" not in page
