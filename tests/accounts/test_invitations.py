"""Who may sign up, by MUSICSITE_SIGNUP; an invitation lets one person in, once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.accounts import invitations
from jobs.models import Invitation
from tests.making import text_of
from tests.racing import beside, locks_rows

PASSWORD = "correct horse 9"
SIGN_UP = "/accounts/signup/"
LINK = f'href="{SIGN_UP}'

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(settings: Any, db: None) -> str:
    """A token; the site lets nobody else in."""
    settings.SIGNUP = "invite"
    operator = User.objects.create_superuser("op", "op@example.org", PASSWORD)
    return invitations.invite(Invitation(note="for Mina"), operator, 7)


def sign_up(token: str | None = None, name: str = "mina") -> Any:
    query = "" if token is None else f"?invitation={token}"
    return Client().post(SIGN_UP + query, {"username": name, "password1": PASSWORD, "password2": PASSWORD})


def names() -> list[str]:
    return sorted(User.objects.exclude(username="op").values_list("username", flat=True))


def test_an_open_site_lets_everybody_in(client: Client) -> None:
    assert client.get("/accounts/login/").content.decode().count(LINK) == 2
    assert sign_up("whatever").status_code == 302
    assert names() == ["mina"]


@pytest.mark.parametrize("mode", ["closed", "invite"])
def test_a_site_that_is_not_open_offers_no_sign_up(client: Client, settings: Any, mode: str) -> None:
    settings.SIGNUP = mode
    for path in ("/", "/accounts/login/", "/nowhere", SIGN_UP):
        assert LINK not in client.get(path).content.decode(), path


def test_a_closed_site_lets_nobody_in(client: Client, settings: Any, invited: str) -> None:
    settings.SIGNUP = "closed"
    for response in (client.get(SIGN_UP), sign_up(), sign_up(invited)):
        assert response.status_code == 403
        assert "New accounts cannot be made here" in text_of(response)
    assert names() == []
    assert Invitation.objects.get().used_at is None


def test_an_invitation_lets_one_person_in_once(client: Client, invited: str) -> None:
    assert client.get(f"{SIGN_UP}?invitation={invited}").status_code == 200
    assert sign_up(invited).status_code == 302
    invitation = Invitation.objects.get()
    assert invitation.used_by == User.objects.get(username="mina")
    assert invitation.used_at is not None
    again = sign_up(invited, "omar")
    assert (again.status_code, names()) == (403, ["mina"])
    assert "used already" in text_of(again)


def test_an_invitation_stays_used_when_the_account_is_closed(invited: str) -> None:
    sign_up(invited)
    User.objects.get(username="mina").delete()
    assert Invitation.objects.get().used_by is None
    assert (sign_up(invited).status_code, names()) == (403, [])


def test_a_form_with_an_error_uses_nothing_up(invited: str) -> None:
    assert sign_up(invited, "not a name").status_code == 200
    assert sign_up(invited, "op").status_code == 200
    assert Invitation.objects.get().used_at is None
    assert sign_up(invited).status_code == 302


@pytest.mark.parametrize("token", [None, "", "x", "%00", "%ff", "ä" * 2000])
def test_nobody_comes_in_without_one(invited: str, token: str | None) -> None:
    response = sign_up(token)
    assert response.status_code == 403
    assert "invit" in text_of(response)
    assert names() == []


def test_an_invitation_grows_old(invited: str) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (sign_up(invited).status_code, names()) == (403, [])


def test_the_table_holds_no_token(invited: str) -> None:
    values = Invitation.objects.values_list().get()
    assert not any(invited in str(value) for value in values)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_gets_in(invited: str, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    admit = invitations.admit

    def together(token: str) -> None:
        admit(token)
        if threading.current_thread() in threads:
            both.wait(60)

    monkeypatch.setattr(invitations, "admit", together)
    answers: list[int] = []

    def come(name: str) -> None:
        try:
            answers.append(sign_up(invited, name).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(name,)) for name in ("mina", "omar")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(answers) == [302, 403]
    assert len(names()) == 1
    assert Invitation.objects.get().used_by.username == names()[0]


@locks_rows
@pytest.mark.django_db(transaction=True)
def test_who_comes_in_while_the_account_that_invited_is_closed_keeps_nobody_waiting(invited: str) -> None:
    operator = User.objects.filter(username="op")
    with beside(operator, lambda: sign_up(invited)) as coming:
        list(Invitation.objects.select_for_update(nowait=True))
        operator.get().delete()
    assert coming.result().status_code == 302
    assert Invitation.objects.get().used_by.username == "mina"


@pytest.mark.django_db(transaction=True)
def test_a_name_that_somebody_took_at_the_same_moment_is_said_beside_the_field(
    monkeypatch: pytest.MonkeyPatch, invited: str
) -> None:
    admit = invitations.admit
    calls: list[str] = []

    def slowly(token: str) -> None:
        admit(token)
        calls.append(token)
        if len(calls) == 2:  # the form was looked at
            User.objects.create_user("mina", "", PASSWORD)

    monkeypatch.setattr(invitations, "admit", slowly)
    response = sign_up(invited)
    assert response.status_code == 200
    assert 'id="id_username_error"' in response.content.decode()
    assert Invitation.objects.get().used_at is None, "it can be used with another name"
