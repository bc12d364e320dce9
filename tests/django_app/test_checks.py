"""What ``manage.py check`` says about the models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from django_app.conftest import Manage

PROJECT_OF_A_USER = """
SECRET_KEY = "for this test"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "humanpose3d.django_app"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""


def test_missing_models_are_a_warning_with_a_hint_and_no_failure(home: Path, manage: Manage) -> None:
    done = manage("check")
    assert done.returncode == 0
    assert "(humanpose3d.W001)" in done.stderr
    assert f"not ready in {home / 'models'}: best_depth_model.pth (missing), " in done.stderr
    assert "HINT: " in done.stderr
    assert "python manage.py download_models" in done.stderr
    assert not (home / "models").exists()


def test_offline_the_hint_is_another_one(home: Path, manage: Manage) -> None:
    done = manage("check", HUMANPOSE3D_OFFLINE="1")
    assert done.returncode == 0
    assert "HUMANPOSE3D_OFFLINE is set" in done.stderr
    assert "manage.py download_models" not in done.stderr


def test_nothing_is_said_when_the_models_are_there(home: Path, models_checkout: Path, manage: Manage) -> None:
    shutil.copytree(models_checkout, home / "models")
    done = manage("check", "--tag", "humanpose3d")
    assert done.returncode == 0
    assert "no issues" in done.stdout + done.stderr


def test_a_corrupt_model_is_named(home: Path, models_checkout: Path, manage: Manage) -> None:
    shutil.copytree(models_checkout, home / "models")
    (home / "models" / "GRU.h5").write_bytes(b"<html>404</html>")
    done = manage("check")
    assert done.returncode == 0
    assert f"not ready in {home / 'models'}: GRU.h5 (corrupt).\n" in done.stderr


def test_settings_that_are_none_do_not_keep_a_project_from_starting(home: Path, manage: Manage) -> None:
    done = manage("check", HUMANPOSE3D_LOCK_TIMEOUT="soon")
    assert done.returncode == 0
    assert "(humanpose3d.W002)" in done.stderr
    assert "HUMANPOSE3D_LOCK_TIMEOUT" in done.stderr


def test_the_check_opens_no_connection_and_starts_no_program(
    home: Path, django_set_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from humanpose3d.django_app.checks import MODELS_NOT_READY, check_models_are_there

    forbidden = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn")
    seen: list[str] = []
    watching = [True]
    sys.addaudithook(lambda event, _: seen.append(event) if watching and event in forbidden else None)
    try:
        assert [message.id for message in check_models_are_there()] == [MODELS_NOT_READY]
    finally:
        watching.clear()
    assert seen == []


@pytest.mark.slow
def test_one_line_in_a_users_own_project_is_enough(home: Path, django_set_up: None, tmp_path: Path) -> None:
    (tmp_path / "project_of_a_user.py").write_text(PROJECT_OF_A_USER, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])

    def django(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "django", *arguments, "--settings", "project_of_a_user"]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, check=False
        )

    checked = django("check")
    assert checked.returncode == 0, checked.stderr
    assert "(humanpose3d.W001)" in checked.stderr
    for command in ("download_models", "run_pipeline"):
        shown = django(command, "--help")
        assert shown.returncode == 0, shown.stderr
        assert f"{command} [-h]" in shown.stdout
    assert django("makemigrations", "--check", "humanpose3d").returncode == 0


def test_the_app_needs_nothing_of_the_page(tmp_path: Path) -> None:
    """In somebody else's project there may be none of the packages of the page."""
    absent = ("django_tasks", "django_tasks_db", "waitress", "whitenoise", "django_htmx", "dj_database_url")
    code = f"""
import sys
sys.modules.update(dict.fromkeys({absent!r}))
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["humanpose3d.django_app"], USE_TZ=True)
django.setup()
from django.core.management import call_command, get_commands
call_command("check")
assert "download_models" in get_commands() and "db_worker" not in get_commands()
"""
    environment = {**os.environ, "HUMANPOSE3D_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "humanpose3d.W001" in done.stderr
