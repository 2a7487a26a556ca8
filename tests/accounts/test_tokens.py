"""Tokens of a person: what the table holds of them, and when they end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import data_export, tokens
from jobs.models import Token
from jobs.models.token import digest, draw

pytestmark = pytest.mark.django_db


def test_a_token_has_the_form_that_scanners_look_for() -> None:
    drawn = [draw() for _ in range(200)]
    assert len(set(drawn)) == 200
    assert all(re.fullmatch("msk_[0-9A-Za-z]{38}", token) and digest(token) for token in drawn)


def test_the_checksum_tells_a_token_from_what_looks_like_one() -> None:
    token = draw()
    other = "a" if token[10] != "a" else "b"
    for wrong in (token[:10] + other + token[11:], token[:-1], token + "0", token.replace("msk_", "msx_"), "", "msk_"):
        assert digest(wrong) is None


def test_nobody_reads_a_token_in_the_table(user: User) -> None:
    made = tokens.make(user, "robot", ["create", "read"], 30)
    (row,) = Token.objects.values()
    assert made.text not in str(row)
    assert (row["digest"], row["ending"], row["scopes"]) == (digest(made.text), made.text[-4:], "read create")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", made.webhook_secret)


def test_scopes_that_are_none_are_refused(user: User) -> None:
    for scopes in ([], ["read", "write"]):
        with pytest.raises(ValueError, match="scopes"):
            tokens.make(user, "robot", scopes, None)


def test_one_person_has_so_many_and_no_more(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    for _ in range(2):
        tokens.make(user, "robot", ["read"], None)
    with pytest.raises(tokens.TooManyTokens):
        tokens.make(user, "robot", ["read"], None)
    Token.objects.filter(pk=Token.objects.latest("pk").pk).revoke()
    tokens.make(user, "robot", ["read"], None)


def test_a_new_password_and_a_log_out_leave_tokens_alone(user: User, mina: Client) -> None:
    made = tokens.make(user, "robot", ["read"], None)
    mina.post("/accounts/logout_everywhere/")
    user.set_password("another horse 9")
    user.save()
    assert Token.objects.usable().get() == made.token


def test_whoever_is_deactivated_loses_tokens_for_good(user: User) -> None:
    tokens.make(user, "robot", ["read"], None)
    for active in (False, True):
        user.is_active = active
        user.save()
    assert not Token.objects.usable().exists()
    assert Token.objects.get().revoked_at


def test_tokens_go_with_the_account(user: User) -> None:
    tokens.make(user, "robot", ["read"], None)
    user.delete()
    assert not Token.objects.exists()


def test_the_download_of_everything_lists_them_without_secrets(user: User) -> None:
    made = tokens.make(user, "robot", ["read"], None)
    profile: Any = data_export._profile(user)
    assert [token["name"] for token in profile["tokens"]] == ["robot"]
    assert made.webhook_secret not in str(profile)
    assert made.token.digest not in str(profile)
