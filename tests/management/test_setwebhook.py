"""``manage.py setwebhook``: the webhook of a token that is there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from jobs.accounts import tokens
from jobs.models import Token
from tests.commands import run

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/x"


def told(token: Token) -> tuple[str, str]:
    token.refresh_from_db()
    return token.webhook_url, token.webhook_events


def test_it_changes_and_removes_it(user: User) -> None:
    token = tokens.make(user, "robot", ["create"], None).token
    assert URL in run("setwebhook", "mina", "--name", "robot", "--webhook", URL, "--webhook-events", "started")
    assert told(token) == (URL, "started")
    run("setwebhook", "mina", "--name", "robot", "--remove")
    assert told(token) == ("", "")


def test_it_takes_none_for_another(user: User, other: User) -> None:
    twins = [tokens.make(user, "robot", ["create"], None).token for _ in range(2)]
    revoked = tokens.make(user, "old", ["create"], None, webhook_url=URL).token
    Token.objects.filter(pk=revoked.pk).revoke()
    tokens.make(other, "theirs", ["create"], None)
    for name, words in (("robot", "several tokens of that name"), ("old", "no such"), ("theirs", "no such")):
        with pytest.raises(CommandError, match=words):
            run("setwebhook", "mina", "--name", name, "--webhook", URL)
    run("setwebhook", "mina", "--name", "robot", "--ending", twins[0].ending, "--webhook", URL)
    assert [told(token)[0] for token in (*twins, revoked)] == [URL, "", URL]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--webhook", "http://hooks.example/"], "https://"),
        (["--remove", "--webhook-events", "done"], "needs a --webhook"),
        (["--remove", "--webhook", URL], "not allowed"),
        ([], "required"),
    ],
)
def test_it_says_what_is_wrong(user: User, args: list[str], words: str) -> None:
    token = tokens.make(user, "robot", ["create"], None, webhook_url=URL).token
    with pytest.raises(CommandError, match=words):
        run("setwebhook", "mina", "--name", "robot", *args)
    assert told(token)[0] == URL
