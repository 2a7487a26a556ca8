"""Tokens: what each lets a program do, by the long way and the short one, and nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.accounts import tokens
from jobs.api.tokens import TokenLogin
from jobs.models import Job, Session, Token
from jobs.models.token import SCOPES, digest, draw
from jobs.music.formats import KINDS
from jobs.queue import rates
from tests.api.browser import Browser
from tests.api.document import document
from tests.making import made

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
CALLS = [
    (method.upper(), path, call["security"][0]["TokenLogin"][0])
    for path, methods in document()["paths"].items()
    for method, call in methods.items()
]
BODIES: dict[str, Any] = {
    "/api/music": {"prompt": "organ"},
    "batch": {"orders": [{"prompt": "organ"}]},
    "vary": {"change": "seed"},
    "export": {"format": "wav"},
}


@pytest.fixture(autouse=True)
def _dummy(dummy: Any) -> None:
    dummy()


@pytest.fixture(params=["long way", "short way"])
def program(request: pytest.FixtureRequest) -> Client:
    """A client without cookies, which checks CSRF as a server does: each call is made through each way."""
    return Client(enforce_csrf_checks=True) if request.param == "long way" else Browser()


def token_of(user: User, *scopes: str, days: int | None = None) -> str:
    return tokens.make(user, "robot", scopes or tuple(SCOPES), days).text


def ask(program: Client, token: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    response = getattr(program, method.lower())(
        path, headers={"Authorization": f"Bearer {token}", **headers}, **content
    )
    if response.streaming:
        response.getvalue()
    return response


def is_refused(response: Any, status: int, code: str, challenge: str) -> None:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["code"] == code
    assert challenge in response["WWW-Authenticate"]


def test_a_token_orders_follows_and_fetches(program: Client, user: User) -> None:
    token = token_of(user)
    accepted = ask(program, token, "POST", "/api/music", {"prompt": "calm piano"})
    assert accepted.status_code == 202
    job = Job.objects.get(pk=accepted.json()["jobId"])
    assert job.owner == user
    made(job)
    done = ask(program, token, "GET", accepted.json()["statusUrl"])
    assert done.json()["state"] == "done"
    audio = ask(program, token, "GET", done.json()["resultUrl"])
    assert (audio.status_code, audio["Content-Type"]) == (200, "audio/wav")
    assert ask(program, token, "GET", "/api/music/active").json()["jobs"] == []
    assert ask(program, token, "DELETE", f"/api/music/{job.pk}").status_code == 204


def test_no_session_is_made(program: Client, user: User) -> None:
    token = token_of(user)
    for method, path, body in (("POST", "/api/music", {"prompt": "organ"}), ("GET", "/api/music/active", None)):
        assert "Set-Cookie" not in ask(program, token, method, path, body).headers
    assert not program.cookies
    assert not Session.objects.exists()


def test_a_token_does_what_its_scopes_say(program: Client, user: User, order: Submit) -> None:
    """Every call of the document, with every scope."""
    tokens = {scope: token_of(user, scope) for scope in SCOPES}
    for method, path, needed in CALLS:
        body = BODIES.get(path) or BODIES.get(path.rpartition("/")[2]) if method in ("POST", "PUT") else None
        for scope, token in tokens.items():
            job = order()
            response = ask(program, token, method, path.replace("{job_id}", str(job.pk)), body)
            if scope == needed:
                assert response.status_code not in (401, 403), (method, path, scope)
            else:
                is_refused(response, 403, "scope_missing", f'error="insufficient_scope", scope="{needed}"')
                job.refresh_from_db()
                assert (job.state, job.deleted_at) == ("pending", None)


def test_a_call_that_names_no_scope_needs_the_widest() -> None:
    assert [TokenLogin().scope_for(method) for method in ("GET", "HEAD", "POST", "DELETE", "PATCH")] == [
        "read", "read", "manage", "manage", "manage",
    ]  # fmt: skip


def test_files_want_a_token_that_reads(program: Client, user: User, other: User, order: Submit) -> None:
    job = made(order())
    path = f"/tracks/{job.pk}/audio"
    assert ask(program, token_of(user, "read"), "GET", path).status_code == 200
    is_refused(ask(program, token_of(user, "create"), "GET", path), 403, "scope_missing", 'scope="read"')
    is_refused(ask(program, draw(), "GET", path), 401, "token_invalid", 'error="invalid_token"')
    assert ask(program, token_of(other), "GET", path).status_code == 404


@pytest.mark.parametrize("kind", [*KINDS, "audio?bitrate=320", "preview/1"])
def test_every_kind_of_file_is_one(program: Client, user: User, order: Submit, kind: str) -> None:
    """Those with a dot in their names, too."""
    path, narrow = f"/tracks/{order().pk}/{kind}", token_of(user, "create")
    is_refused(ask(program, narrow, "GET", path), 403, "scope_missing", 'scope="read"')


def test_a_token_is_for_no_page(program: Client, user: User, order: Submit) -> None:
    job, token = made(order()), token_of(user)
    for path in ("/library/", f"/tracks/{job.pk}/", "/accounts/settings/", "/accounts/tokens/new"):
        assert ask(program, token, "GET", path).status_code == 302
    assert ask(program, token, "POST", f"/tracks/{job.pk}/delete").status_code == 403
    assert Job.objects.get(pk=job.pk).deleted_at is None


@pytest.mark.parametrize("text", ["", "msk_", "x", "msk_" + "a" * 38, "a b", "\u00e9" * 42])
def test_what_is_no_token_of_ours_is_refused(program: Client, user: User, text: str) -> None:
    for method, path in (("GET", "/api/music/active"), ("POST", "/api/music")):
        is_refused(ask(program, text, method, path), 401, "token_invalid", 'Bearer realm="Musicsite", error=')


def test_a_token_ends_at_once(program: Client, user: User, order: Submit) -> None:
    path = f"/api/music/{order().pk}/status"
    for end in (
        lambda: Token.objects.all().revoke(),
        lambda: Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda: User.objects.filter(pk=user.pk).update(is_active=False),
    ):
        token = token_of(user)
        assert ask(program, token, "GET", path).status_code == 200
        end()
        for address in (path, "/api/music/active"):
            is_refused(ask(program, token, "GET", address), 401, "token_invalid", "invalid_token")
        is_refused(ask(program, token, "POST", "/api/music", {"prompt": "x"}), 401, "token_invalid", "invalid_token")


def test_a_token_alone_counts(user: User, other: User, order: Submit) -> None:
    """A browser's session beside it lets in nobody whose token does not."""
    job = order()
    for program in (Client(), Browser()):
        program.force_login(user)
        path = f"/api/music/{job.pk}/status"
        assert program.get(path, headers={"Authorization": "Basic bWluYTp4"}).status_code == 200
        assert ask(program, token_of(other), "GET", path).status_code == 404
        is_refused(ask(program, draw(), "GET", path), 401, "token_invalid", "invalid_token")


def test_whoever_has_nothing_is_told_of_both_ways(program: Client) -> None:
    response = program.get("/api/music")
    is_refused(response, 401, "signed_out", 'Session realm="Musicsite", location="/accounts/login/"')
    assert 'Bearer realm="Musicsite"' in response["WWW-Authenticate"]


def test_polls_and_orders_by_token_go_the_short_way(user: User, order: Submit) -> None:
    program, token = Browser(), token_of(user)
    ask(program, token, "GET", f"/api/music/{order().pk}/status")
    ask(program, token, "GET", "/api/music/active")
    ask(program, token, "POST", "/api/music", {"prompt": "organ"})
    assert program.ways == ["short"] * 3


def test_a_poll_by_token_costs_one_query(user: User, order: Submit, django_assert_num_queries: Any) -> None:
    program, token = Browser(), token_of(user)
    for path in (f"/api/music/{order().pk}/status", "/api/music/active"):
        ask(program, token, "GET", path)
        with django_assert_num_queries(1):
            ask(program, token, "GET", path)


def test_both_ways_give_the_same_answer(user: User, order: Submit) -> None:
    token, path = token_of(user), f"/api/music/{order().pk}/status"
    first, second = (ask(one, token, "GET", path, **{"X-Request-ID": "same"}) for one in (Client(), Browser()))
    assert first.json() == second.json()
    ignored = {"Content-Length": ""}
    assert dict(first.headers) | ignored == dict(second.headers) | ignored


def test_requests_are_counted_for_the_person(program: Client, user: User, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "3/minute"
    answers = [ask(program, token_of(user), "GET", "/api/music/active").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    rates.in_memory.storage.reset()


def test_orders_are_counted_for_the_person(program: Client, user: User, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 1
    answers = [ask(program, token_of(user), "POST", "/api/music", {"prompt": "x"}).status_code for _ in range(2)]
    assert answers == [202, 429]


def test_the_last_use_is_written_once_a_minute(program: Client, user: User) -> None:
    token = token_of(user)
    ask(program, token, "GET", "/api/music/active")
    (first,) = Token.objects.values_list("last_used_at", flat=True)
    assert first
    ask(program, token, "GET", "/api/music/active")
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(seconds=61))
    ask(program, token, "GET", "/api/music/active")
    assert Token.objects.get().last_used_at >= first


def test_no_log_has_the_token(program: Client, user: User, caplog: pytest.LogCaptureFixture) -> None:
    token = token_of(user)
    with caplog.at_level(logging.DEBUG):
        for path in ("/api/music/active", "/api/nothing"):
            ask(program, token, "GET", path)
        ask(program, token, "POST", "/api/music", {"prompt": ""})
        ask(program, token[:-1] + "!", "GET", "/api/music")
    assert token[4:30] not in caplog.text
    assert str(digest(token)) not in caplog.text


def test_a_body_must_be_json(program: Client, user: User) -> None:
    response = program.post("/api/music", {"prompt": "x"}, headers={"Authorization": f"Bearer {token_of(user)}"})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
