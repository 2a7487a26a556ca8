"""Whoever closes an account takes everything of it away, and nothing of anybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Session, State
from jobs.queue import transitions
from jobs.worker import attempt
from tests.making import text_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"


def close(client: Client, password: str = PASSWORD) -> Any:
    return client.post("/accounts/close/", {"password": password})


def test_everything_goes_and_what_is_being_made_stops(
    mina: Client, user: User, other: User, order: Any, claim: Any, settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    phone = Client()
    phone.force_login(user)
    folders = []
    for owner in (user, user, other):
        pk = order(owner=owner).pk
        attempt.run(claim())
        folders.append(Path(settings.MEDIA_ROOT) / "tracks" / str(pk))
    transitions.delete(Job.objects.get(pk=folders[1].name))
    Job.objects.filter(pk=folders[0].name).update(share_token="s" * 32)
    order()
    running = claim()
    order()
    with django_capture_on_commit_callbacks(execute=True):
        assert close(mina)["Location"] == "/"
        assert folders[0].exists(), "not before it is certain"
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert list(Job.objects.values_list("owner", flat=True)) == [other.pk]
    assert not User.objects.filter(pk=user.pk).exists()
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert "Your account is closed" in text_of(mina.get("/"))
    assert [client.get("/library/").status_code for client in (mina, phone)] == [302, 302]
    assert Client().get(f"/shared/{'s' * 32}/").status_code == 404
    assert Client().post("/accounts/login/", {"username": "mina", "password": PASSWORD}).status_code == 200
    assert not running.is_held()
    attempt.run(running)
    assert not (Path(settings.MEDIA_ROOT) / "tracks" / str(running.pk)).exists(), "its worker leaves nothing behind"


def test_a_wrong_password_closes_nothing(mina: Client, user: User, order: Any) -> None:
    job = order()
    for password in ("", "wrong", "\0", PASSWORD + " "):
        page = close(mina, password)
        assert page.status_code == 200
        assert 'id="id_password_error"' in page.content.decode()
    assert User.objects.filter(pk=user.pk).exists()
    assert Job.objects.get(pk=job.pk).state == State.PENDING
    assert mina.get("/library/").status_code == 200


def test_an_account_without_a_password_is_not_closed_by_an_empty_one(mina: Client, user: User) -> None:
    user.set_unusable_password()
    user.save()
    mina.force_login(user)
    assert close(mina, user.password).status_code == 200
    assert User.objects.filter(pk=user.pk).exists()


def test_the_page_says_what_goes(mina: Client, order: Any, claim: Any) -> None:
    for _ in range(2):
        order()
        attempt.run(claim())
    transitions.delete(Job.objects.first())
    order()
    text = text_of(mina.get("/accounts/close/"))
    assert "2 tracks with their files" in text, "those in the bin are among them"
    assert "1 piece that is waiting or being made is cancelled" in text


def test_closing_twice_is_no_error(mina: Client, user: User) -> None:
    phone = Client()
    phone.force_login(user)
    assert close(mina).status_code == 302
    assert close(phone)["Location"].startswith("/accounts/login/")


def test_the_name_is_free_again(mina: Client, user: User, order: Any) -> None:
    order()
    close(mina)
    client = Client()
    form = {"username": "mina", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", form).status_code == 302
    assert not Job.objects.filter(owner__username="mina").exists()
