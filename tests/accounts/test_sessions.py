"""Somebody sees where they are signed in, and ends what they do not know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.accounts import sessions
from jobs.models import Session
from tests.making import text_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"
AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Linux"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0": ("Edge", "Windows"),  # noqa: E501
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15": ("Safari", "macOS"),  # noqa: E501
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1": ("Chrome", "iPhone"),  # noqa: E501
    "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36": ("Samsung Internet", "Android"),  # noqa: E501
    "axios/1.7": ("", ""),
    "": ("", ""),
}  # fmt: skip


def come(user: User, agent: str = "") -> Client:
    client = Client(headers={"User-Agent": agent})
    response = client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
    assert response.status_code == 302
    return client


def key(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def listed(client: Client) -> list[sessions.SignedIn]:
    return list(client.get("/accounts/settings/").context["sessions"])


def signed_in(client: Client) -> bool:
    return client.get("/library/").status_code == 200


@pytest.mark.parametrize(("agent", "expected"), AGENTS.items())
def test_browsers_are_told_apart_roughly(user: User, agent: str, expected: tuple[str, str]) -> None:
    (session,) = listed(come(user, agent))
    assert (session.browser, session.system, session.is_this) == (*expected, True)
    assert timezone.now() - session.since < timedelta(minutes=5)


def test_the_list_has_ones_own_sessions_only_and_no_keys(user: User, other: User) -> None:
    first, second, omar = come(user, "Firefox/1 Linux"), come(user, "Chrome/1 Windows"), come(other)
    page = first.get("/accounts/settings/")
    assert "Firefox on Linux This browser" in text_of(page)
    assert "Chrome on Windows" in text_of(page)
    assert [session.is_this for session in page.context["sessions"]] == [True, False]
    assert not any(key(client) in page.content.decode() for client in (first, second, omar))
    assert len(listed(omar)) == 1


def test_one_session_is_ended(user: User) -> None:
    first, second, third = come(user), come(user), come(user)
    session = sessions._id(key(second))
    response = first.post("/accounts/sessions/end", {"session": session})
    assert response["Location"] == "/accounts/settings/"
    assert [signed_in(client) for client in (first, second, third)] == [True, False, True]
    again = first.post("/accounts/sessions/end", {"session": session}, follow=True)
    assert again.status_code == 200, "it is ended, that is all"


def test_all_other_sessions_are_ended(user: User, other: User) -> None:
    first, second, third, omar = come(user), come(user), come(user), come(other)
    first.post("/accounts/sessions/end_others")
    assert [signed_in(client) for client in (first, second, third, omar)] == [True, False, False, True]


@pytest.mark.parametrize("sent", ["", "x", "\0", "ä" * 5000])
def test_nobody_ends_the_session_of_another(user: User, other: User, sent: str) -> None:
    mina, omar = come(user), come(other)
    for session in (sent, sessions._id(key(omar)), key(omar)):
        assert mina.post("/accounts/sessions/end", {"session": session}).status_code == 302
    assert signed_in(omar)
    assert signed_in(mina)


def test_ending_the_present_session_is_logging_out(user: User) -> None:
    client = come(user)
    response = client.post("/accounts/sessions/end", {"session": sessions._id(key(client))})
    assert response["Location"] == "/accounts/login/"
    assert not signed_in(client)


def test_sessions_that_have_ended_are_not_listed(user: User) -> None:
    client, old, outdated = come(user), come(user), come(user)
    Session.objects.filter(session_key=key(old)).update(expire_date=timezone.now())
    data = outdated.session
    data["_auth_user_hash"] = "of the password before"
    data.save()
    assert len(listed(client)) == 1


def test_the_list_is_short_and_has_this_browser_first(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    first = come(user, "Firefox/1 Linux")
    for _ in range(3):
        come(user)
    assert [(session.is_this, session.browser) for session in listed(first)] == [(True, "Firefox"), (False, "")]
    first.post("/accounts/sessions/end_others")
    assert Session.objects.filter(user_id=user.pk).count() == 1, "those that are not listed end too"


def test_a_session_from_before_there_were_notes_is_listed(mina: Client) -> None:
    data = mina.session
    del data[sessions.KEPT_AS]
    data.save()
    (session,) = listed(mina)
    assert (session.browser, session.system) == ("", "")
    assert timezone.now() - session.since < timedelta(minutes=5)
    assert "Unknown browser" in text_of(mina.get("/accounts/settings/"))


def test_a_new_password_keeps_the_note_of_this_browser(user: User) -> None:
    client = come(user, "Firefox/1 Linux")
    new = "battery staple 7"
    client.post("/accounts/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert [session.browser for session in listed(client)] == ["Firefox"]
