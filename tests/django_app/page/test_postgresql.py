"""The page on a real PostgreSQL, which the test starts and stops."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'psycopg[binary]'")
pytest.importorskip("django_tasks_db", reason="the page is not installed: pip install 'humanpose3d[app]'")
pytestmark = pytest.mark.slow

PROGRAM = """
import json, sys
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone
from humanpose3d.django_app.page.models import Trial
from humanpose3d.django_app.page.queue.recovery import recover
from humanpose3d.django_app.page.queue.tasks import enqueue

call_command("migrate", verbosity=0, skip_checks=True)
setup_test_environment()
settings.APP_TOKEN = "token"
lost = Trial.objects.create(title="Gang", state="running", run=1, attempt=1, queued=timezone.now(),
                            heartbeat=timezone.now() - timedelta(minutes=1), video="/nowhere/lost.mp4")
fresh = Trial.objects.create(title="squat", video="/nowhere/fresh.mp4", movement="squat")
enqueue(fresh)
recover()
visitor = Client(HTTP_HOST="127.0.0.1")
visitor.get("/?token=token")
waiting = [trial.place for trial in visitor.get("/").context["trials"]]
call_command("db_worker", "--batch", "--no-startup-delay", "-v", "0")
found = [trial.title for trial in visitor.get("/?q=SQUAT&movement=Squat&since=2000-01-01").context["trials"]]
ended = [[trial.state, trial.attempt, trial.error] for trial in Trial.objects.order_by("pk")]
print(json.dumps({"vendor": connection.vendor, "waiting": waiting, "ended": ended, "found": found}))
"""


def programs() -> Path | None:
    """Return the folder of the server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    here = shutil.which("initdb")
    return found[-1].parent if found else Path(here).parent if here else None


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Yield the address of a database of a server that listens on a socket in a folder of its own."""
    folder = programs()
    if folder is None or os.name != "posix":
        pytest.skip("PostgreSQL (Debian's package postgresql) is not installed")
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as place:  # paths of sockets are short
        somebody: dict[str, object] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            somebody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(place, "nobody")
        common = {"check": True, "capture_output": True, "cwd": place, **somebody}
        data = f"{place}/data"
        subprocess.run([folder / "initdb", "-D", data, "-U", "pose", "-A", "trust", "--no-sync"], **common)  # type: ignore[call-overload]
        options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
        control = [folder / "pg_ctl", "-D", data, "-w"]
        subprocess.run([*control, "-l", f"{place}/log", "-o", options, "start"], **common | {"capture_output": False})  # type: ignore[call-overload]
        try:
            yield f"postgres://pose@{quote(place, safe='')}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **common)  # type: ignore[call-overload]


def test_the_queue_works_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "humanpose3d.django_app.page.settings",
        "HUMANPOSE3D_DATABASE_URL": postgresql,
        "HUMANPOSE3D_HOME": str(tmp_path),
        "HUMANPOSE3D_OFFLINE": "1",
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["vendor"], sorted(told["waiting"]), told["found"]) == ("postgresql", [1, 2], ["squat"])
    (lost, fresh) = told["ended"]
    assert lost[:2] == ["failed", 2] and fresh[:2] == ["failed", 1]
    assert lost[2].startswith("There is no video at Gang") and fresh[2].startswith("There is no video at squat")
