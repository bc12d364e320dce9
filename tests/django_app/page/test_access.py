"""Who gets in, what a browser is told, and that nobody sees what is another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_app.page.conftest import TOKEN

ADDRESSES = ("", "progress", "prepare", "picture", "video", "report", "zip", "delete", "files/run.json")
CHANGES = ("cancel", "retry", "describe", "delete")


def test_without_the_token_nobody_gets_in(page: Path) -> None:
    from django.test import Client

    for address in ("/", "/?token=guessed", "/settings/", "/uploads/", "/trials/1/"):
        answer = Client(HTTP_HOST="127.0.0.1").get(address)
        assert answer.status_code == 403
        assert b"humanpose3d app" in answer.content


def test_the_token_leaves_the_address_and_stays_in_a_strict_cookie(page: Path) -> None:
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    answer = client.get("/people/", {"token": TOKEN, "q": "a"})
    assert (answer.status_code, answer.url) == (302, "/people/?q=a")
    (cookie,) = answer.cookies.values()
    assert cookie["samesite"] == "Strict" and cookie["httponly"]
    assert client.get("/people/").status_code == 200


def test_the_cookie_of_a_former_token_is_worth_nothing(visitor: Any) -> None:
    from django.test import override_settings

    with override_settings(APP_TOKEN="another"):
        assert visitor.get("/").status_code == 403


def test_another_host_is_refused(visitor: Any) -> None:
    assert visitor.get("/", HTTP_HOST="rebound.example").status_code == 400


def test_a_form_of_another_page_is_refused(page: Path) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    client.get("/", {"token": TOKEN})
    assert client.post("/demo").status_code == 403
    assert client.put("/uploads/00000000-0000-0000-0000-000000000000/").status_code == 403


def test_pages_allow_nothing_from_elsewhere(visitor: Any) -> None:
    answer = visitor.get("/")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("key", ["9" * 30, "0", "²", "٣", "1;--", "nan"])
def test_a_strange_key_in_an_address_is_one_that_nothing_has(key: str, visitor: Any) -> None:
    addresses = (f"/compare?trial={key}&trial=1", f"/?person={key}", f"/?page={key}", f"/comparison?trial={key}")
    assert [visitor.get(address).status_code for address in addresses] == [200, 200, 200, 404]
    for address in (f"/trials/{key}/", f"/people/{key}/", f"/trials/1/picture?t={key}"):
        assert visitor.get(address).status_code == 404


def test_names_are_shown_as_text(visitor: Any, make_trial: Callable[..., Any]) -> None:
    make_trial(title="<script>alert(1)</script>.mp4", error="<b>", state="failed")
    content = visitor.get("/").content.decode()
    assert "<script>alert" not in content and "&lt;script&gt;alert(1)" in content


@pytest.fixture
def accounts(page: Path) -> Any:
    """Two people who log in; the page then is for others than this machine."""
    from django.contrib.auth.models import User
    from django.test import override_settings

    with override_settings(APP_TOKEN=None):
        yield [User.objects.create_user(name, password="a long passphrase") for name in ("ada", "ben")]


def test_with_accounts_people_log_in(accounts: Any) -> None:
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    assert client.get("/people/").url == "/accounts/login/?next=/people/"
    login = {"username": "ada", "password": "a long passphrase"}
    assert client.post("/accounts/login/?next=/people/", login).url == "/people/"
    assert client.get("/people/").status_code == 200


def test_nobody_sees_the_trials_of_another(accounts: Any, make_trial: Callable[..., Any], tmp_path: Path) -> None:
    from django.test import Client

    from humanpose3d.django_app.page.models import Person, Upload

    ada, ben = accounts
    (tmp_path / "run.json").write_text('{"outputs": {"run": "run.json"}}', encoding="utf-8")
    theirs = make_trial(owner=ada, folder=str(tmp_path), state="done", title="of ada")
    upload = Upload.objects.create(owner=ada, name="x.mp4", size=9)
    person = Person.objects.create(owner=ada, name="A")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(ben)
    assert b"of ada" not in client.get("/").content
    found = [client.get(f"/trials/{theirs.pk}/{address}").status_code for address in ADDRESSES]
    found += [client.post(f"/trials/{theirs.pk}/{change}").status_code for change in CHANGES]
    found += [client.get(f"/people/{person.pk}/").status_code]
    assert set(found) == {404}
    assert client.get(f"/uploads/{upload.pk}/").status_code == 410
    assert client.get("/compare", {"trial": theirs.pk}).context["trials"] == []
    client.force_login(ada)
    assert client.get(f"/trials/{theirs.pk}/").status_code == 200


def test_only_the_staff_changes_what_concerns_everybody(accounts: Any) -> None:
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(accounts[0])
    for change in ("models/fetch", "models/verify", "offline", "adopt"):
        assert client.post(f"/settings/{change}", {"folder": "/"}).status_code == 403
    assert "/" not in [folder["path"] for folder in client.get("/settings/").context["folders"]]
