"""Who may go where: every address of the resolver, tried by everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from jobs.accounts import tokens
from jobs.models import Delivery, Invitation, Job, Preview, State, WorkerHost
from tests.security.urls import RULES, WHO, address, body_for, job_for, routes
from tests.sweeps import sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(user: User, jobs: dict[str, Job]) -> dict[str, object]:
    """An object of every model of the admin, by its path there; jobs apart. The owner has a preview of a track."""
    now = timezone.now()
    done = jobs["done"]
    Preview.objects.create(owner=user, track=done, lane="default", state=State.DONE, file=done.files["audio"])
    host = WorkerHost.objects.create(
        host="here", pid=7, lane="default", size=2, started_at=now - timedelta(1), seen_at=now
    )
    token = tokens.make(user, "robot", ["read"], None).token
    delivery = Delivery.objects.create(owner=user, token=token, job_id=uuid4(), url="https://h.example", event="done")
    return {
        "jobs/delivery": delivery.pk,
        "auth/user": user.pk,
        "auth/group": Group.objects.create(name="band").pk,
        "jobs/invitation": Invitation.objects.create(token_hash="0" * 64, expires_at=now).pk,
        "jobs/token": token.pk,
        "jobs/workerhost": host.pk,
    }


def call(client: Client, method: str, route: str, path: str) -> Any:
    options = {"content_type": "application/json"} if route.startswith("api/") else {}
    return getattr(client, method)(path, body_for(route, path), **({} if method == "get" else options))


def outcome(response: Any) -> str:
    """In the words of RULES."""
    if 200 <= response.status_code < 300:
        return "ok"
    if response.status_code not in (301, 302):
        return str(response.status_code)
    for name, path in (("login", "/accounts/login/"), ("admin", "/admin/login/")):
        if response["Location"].startswith(path):
            return name
    return "go"


def everything() -> Any:
    rows = Job.objects.order_by("pk").values_list("pk", "state", "favourite", "attempt_limit", "updated_at")
    return list(rows), list(User.objects.order_by("pk").values_list("pk", "password"))


def test_every_address_is_classified() -> None:
    known = {route for _method, route in RULES}
    assert routes() - known == set(), "say in tests/security/urls.py who may go there"
    assert known - routes() == set(), "no longer there"


READS = [rule for rule in RULES if rule[0] == "get"]
ACTS = [rule for rule in RULES if rule[0] != "get"]


def check(rule: tuple[str, str], clients: dict[str, Client], jobs: dict[str, Job], ids: dict[str, object]) -> None:
    method, route = rule
    job = job_for(route, jobs)
    path = address(route, job, ids)
    for who, expected in zip(WHO, RULES[rule].split(), strict=True):
        before = everything()
        response = call(clients[who], method, route, path)
        assert outcome(response) == expected, f"{who} at {method} {path}: {response.status_code} {response.headers}"
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if expected not in ("ok", "go"):
            assert everything() == before
            assert job.prompt not in body.decode()


@pytest.mark.parametrize("quarter", sampled(range(4)))
def test_everybody_sees_what_is_theirs(
    clients: dict[str, Client], jobs: dict[str, Job], ids: dict[str, object], quarter: int
) -> None:
    for rule in READS[quarter::4]:
        check(rule, clients, jobs, ids)


@pytest.mark.parametrize("rule", ACTS, ids=lambda rule: rule[1])
def test_everybody_does_what_they_may(
    rule: tuple[str, str], clients: dict[str, Client], jobs: dict[str, Job], ids: dict[str, object]
) -> None:
    check(rule, clients, jobs, ids)


def test_nothing_changes_without_the_token(
    clients: dict[str, Client], jobs: dict[str, Job], ids: dict[str, object]
) -> None:
    before = everything()
    for client in clients.values():
        client.handler.enforce_csrf_checks = True
    for route in sorted({route for _method, route in RULES}):
        client = clients["staff" if route.startswith("admin/") else "owner"]
        path = address(route, job_for(route, jobs), ids)
        for method in ("post", "put", "patch", "delete") if route.startswith("api/") else ("post",):
            response = call(client, method, route, path)
            assert response.status_code in (403, 404, 405), f"{method} {path}: {response.status_code}"
    assert everything() == before
    assert all(clients[name].get("/music/").status_code == 200 for name in ("owner", "staff")), "still signed in"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_the_api_takes_json_only(content_type: str, mina: Client, jobs: dict[str, Job]) -> None:
    for path in ("/api/music", f"/api/music/{jobs['done'].pk}/vary", f"/api/music/{jobs['pending'].pk}/cancel"):
        before = everything()
        response = mina.post(path, b'{"prompt": "organ"}', content_type=content_type)
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
        assert everything() == before


def test_a_page_takes_no_json(mina: Client) -> None:
    assert mina.post("/music/", {"prompt": "organ"}, content_type="application/json").status_code == 422
    assert not Job.objects.exists()


@pytest.mark.parametrize(("path", "field"), [("/music/", "file"), ("/library/", "melody"), ("/login/", "melody")])
def test_nobody_uploads_anything_but_a_tune(mina: Client, path: str, field: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    response = mina.post(path, {"prompt": "organ", field: SimpleUploadedFile("x.mp3", b"x" * 100_000)})
    assert response.status_code in (400, 404, 405)
    assert not Job.objects.exists()


def test_nobody_uploads_two_files(mina: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = [SimpleUploadedFile("x.mid", b"MThd"), SimpleUploadedFile("y.mid", b"MThd")]
    assert mina.post("/music/", {"prompt": "organ", "melody": files}).status_code == 400


def test_ids_cannot_be_guessed(jobs: dict[str, Job]) -> None:
    assert {job.pk.version for job in jobs.values()} == {4}
