"""The page in this process, with a database of its own, and a visitor who has its token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TOKEN = "the-token-of-the-printed-address"


@pytest.fixture(scope="session")
def database(django_set_up: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    connection.settings_dict["NAME"] = str(tmp_path_factory.mktemp("database") / "page.sqlite3")
    call_command("migrate", verbosity=0, skip_checks=True)
    yield
    connection.close()
    teardown_test_environment()


@pytest.fixture
def page(database: None, home: Path) -> Iterator[Path]:
    """Yield the base folder of an empty page for one person."""
    from django.contrib.auth.models import User
    from django.test import override_settings
    from django_tasks_db.models import DBTaskResult

    from humanpose3d.django_app.page.models import Choices, Person, Trial, Upload

    with override_settings(APP_FOLDER=home / "app", APP_TOKEN=TOKEN):
        yield home
    for model in (Trial, Upload, Person, Choices, DBTaskResult, User):
        model.objects.all().delete()


@pytest.fixture
def visitor(page: Path) -> Any:
    """A browser that has opened the printed address."""
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1:8765")
    assert client.get("/", {"token": TOKEN}).status_code == 302
    return client


@pytest.fixture
def make_trial(page: Path) -> Callable[..., Any]:
    """Make a trial with the fields given."""
    from humanpose3d.django_app.page.models import Trial

    def make(**fields: Any) -> Any:
        return Trial.objects.create(**{"title": "a walk.mp4", **fields})

    return make
