"""The pages on which tokens are made, shown once, and revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import tokens
from jobs.models import Token
from jobs.models.token import digest
from tests.making import text_of

pytestmark = pytest.mark.django_db
NEW = "/accounts/tokens/new"
SETTINGS = "/accounts/settings/"
FORM = {"name": "robot", "scopes": ["read", "create"], "days": "30", "password": "correct horse 9"}


def test_a_token_is_shown_once(mina: Client, user: User) -> None:
    response = mina.post(NEW, FORM)
    text, secret = re.findall(r'id="(?:token|secret)" value="([^"]+)"', response.content.decode())
    assert "no-store" in response["Cache-Control"]
    token = Token.objects.get()
    assert (token.digest, token.owner, token.webhook_secret) == (digest(text), user, secret)
    page = mina.get(SETTINGS)
    assert "robot" in text_of(page)
    assert f"…{text[-4:]}" in text_of(page)
    assert text not in page.content.decode()
    assert secret not in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "That is not your password."),
        ({"name": "\u200b"}, "A name needs something to see."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["write"]}, "Select a valid choice"),
        ({"days": "31"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(mina: Client, wrong: dict[str, Any], words: str) -> None:
    response = mina.post(NEW, {**FORM, **wrong})
    assert (response.status_code, words in text_of(response)) == (200, True)
    assert not Token.objects.exists()


def test_one_too_many_is_said(mina: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 0)
    assert "as many tokens as one person may" in text_of(mina.post(NEW, FORM))


def test_passwords_are_not_guessed_here(mina: Client, settings: Any) -> None:
    settings.LIMIT_LOGIN = "2/hour"
    answers = [mina.post(NEW, {**FORM, "password": "wrong"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_a_token_is_revoked(mina: Client, user: User) -> None:
    made = tokens.make(user, "robot", ["read"], None)
    page = text_of(mina.post("/accounts/tokens/revoke", {"token": made.token.pk}, follow=True))
    assert "The token is revoked." in page
    assert "robot" not in page
    assert not Token.objects.usable().exists()


@pytest.mark.parametrize("pk", ["", "x", "9" * 30, "-1", "²"])
def test_what_is_no_token_is_no_error(mina: Client, pk: str) -> None:
    assert mina.post("/accounts/tokens/revoke", {"token": pk}).status_code == 302


def test_nobody_revokes_what_is_not_theirs(mina: Client, other: User) -> None:
    theirs = tokens.make(other, "robot", ["read"], None)
    mina.post("/accounts/tokens/revoke", {"token": theirs.token.pk})
    assert Token.objects.usable().get() == theirs.token


# -- Its webhook -------------------------------------------------------------------------------------------------------

HOOK = {"webhook_url": "https://hooks.example/x", "webhook_events": ["done", "started"], "password": "correct horse 9"}


def told(token: Token) -> tuple[str, str]:
    token.refresh_from_db()
    return token.webhook_url, token.webhook_events


def test_a_token_is_made_with_a_webhook(mina: Client) -> None:
    mina.post(NEW, {**FORM, **HOOK})
    assert told(Token.objects.get()) == ("https://hooks.example/x", "started done")
    assert "https://hooks.example/x" in text_of(mina.get(SETTINGS))


def test_a_webhook_is_changed_and_removed(mina: Client, user: User) -> None:
    token = tokens.make(user, "robot", ["create"], None).token
    page = f"/accounts/tokens/webhook?token={token.pk}"
    assert page in mina.get(SETTINGS).content.decode()
    assert "The webhook is changed." in text_of(mina.post(page, HOOK, follow=True))
    assert told(token) == ("https://hooks.example/x", "started done")
    html = mina.get(page).content.decode()
    assert 'value="https://hooks.example/x"' in html
    assert re.findall(r'value="(\w+)"[^>]* checked', html) == ["started", "done"]
    assert "The webhook is removed." in text_of(mina.post(page, {"password": HOOK["password"]}, follow=True))
    assert told(token) == ("", "")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"webhook_url": "http://hooks.example/"}, "The address has to begin with https://."),
        ({"webhook_url": "https://127.0.0.1/"}, "Webhooks do not go to this network."),
        ({"webhook_url": "x" * 501}, "at most 500 characters"),
        ({"webhook_events": []}, "Choose something of which it is told."),
        ({"webhook_events": ["ended"]}, "Select a valid choice"),
        ({"password": "wrong"}, "That is not your password."),
    ],
)
def test_what_is_wrong_with_a_webhook_is_said(mina: Client, user: User, wrong: dict[str, Any], words: str) -> None:
    token = tokens.make(user, "robot", ["create"], None).token
    for page, form in ((NEW, FORM), (f"/accounts/tokens/webhook?token={token.pk}", {})):
        assert words in text_of(mina.post(page, {**form, **HOOK, **wrong}))
    assert told(Token.objects.get()) == ("", "")


def test_the_webhook_of_another_or_of_none_is_not_there(mina: Client, user: User, other: User) -> None:
    theirs = tokens.make(other, "robot", ["create"], None).token
    revoked = tokens.make(user, "robot", ["create"], None).token
    Token.objects.filter(pk=revoked.pk).revoke()
    page = "/accounts/tokens/webhook"
    for pk in (theirs.pk, revoked.pk, "x", "9" * 30, "-1"):
        for answer in (mina.get(f"{page}?token={pk}", follow=True), mina.post(f"{page}?token={pk}", HOOK, follow=True)):
            assert "That token is no longer there." in text_of(answer)
    assert told(theirs) == told(revoked) == ("", "")
