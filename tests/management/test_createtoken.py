"""``manage.py createtoken``: the token is the last line, the secret of its webhooks the one before."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from jobs.models import Token
from jobs.models.token import digest
from tests.commands import run

pytestmark = pytest.mark.django_db


def test_it_prints_the_secret_and_then_the_token(user: User) -> None:
    secret, text = run("createtoken", "mina", "--name", "robot", "--scopes", "read,create,manage").splitlines()[-2:]
    token = Token.objects.get()
    assert (token.digest, token.webhook_secret, token.scopes) == (digest(text), secret, "read create manage")
    assert (token.owner, token.name, token.expires_at) == (user, "robot", None)


def test_it_is_good_for_so_many_days(user: User) -> None:
    run("createtoken", "mina", "--name", "robot", "--days", "2")
    token = Token.objects.get()
    assert token.expires_at
    assert (token.expires_at - token.created_at).days in (1, 2)
    assert token.scopes == "read"


def test_it_may_have_a_webhook(user: User) -> None:
    told = ["--webhook", "https://hooks.example/x"]
    lines = run("createtoken", "mina", "--name", "a", *told, "--webhook-events", "done,job.started").splitlines()
    run("createtoken", "mina", "--name", "b", *told)
    assert list(Token.objects.order_by("name").values_list("webhook_url", "webhook_events")) == [
        ("https://hooks.example/x", "started done"),
        ("https://hooks.example/x", "done error"),
    ]
    assert digest(lines[-1]) == Token.objects.get(name="a").digest
    assert lines[-2].startswith("whsec_")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nobody", "--name", "x"], "There is no user"),
        (["mina", "--name", " "], "1 to 60"),
        (["mina", "--name", "x", "--scopes", "write"], "write"),
        (["mina", "--name", "x", "--days", "0"], "'0'"),
        (["mina", "--name", "x", "--webhook", "http://hooks.example/"], "https://"),
        (["mina", "--name", "x", "--webhook", "https://10.0.0.1/"], "this network"),
        (["mina", "--name", "x", "--webhook", "https://e.org/", "--webhook-events", "ended"], "ended"),
        (["mina", "--name", "x", "--webhook-events", "done"], "needs a --webhook"),
        (["mina"], "--name"),
    ],
)
def test_it_says_what_is_wrong(user: User, args: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("createtoken", *args)
    assert not Token.objects.exists()


def test_whoever_is_deactivated_gets_none(user: User, settings: Any) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        run("createtoken", "mina", "--name", "x")
