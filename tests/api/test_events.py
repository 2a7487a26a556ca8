"""Events of jobs: what each call tells, by the long way and the short one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.api.browser import Browser
from tests.making import finish, take

pytestmark = pytest.mark.django_db
ALL = "/api/music/events"


@pytest.fixture(params=["long way", "short way"])
def mina(request: pytest.FixtureRequest, user: User) -> Client:
    client = Client() if request.param == "long way" else Browser()
    client.force_login(user)
    return client


def events_of(job: Job) -> str:
    return f"/api/music/{job.pk}/events"


def read(response: Any) -> tuple[str, str, Any]:
    """Id, name and data of the only event."""
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    assert "no-store" in response["Cache-Control"]
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines() if line)
    return fields["id"], fields["event"], json.loads(fields["data"])


def test_a_job_is_told_until_its_end(mina: Client, order: Callable[..., Job]) -> None:
    job = order()
    first, name, data = read(mina.get(events_of(job)))
    assert (name, data["state"], data["jobId"]) == ("status", "pending", str(job.pk))
    nothing_new = mina.get(events_of(job), headers={"Last-Event-ID": first})
    assert (nothing_new.status_code, nothing_new.content) == (200, b"")
    assert int(nothing_new["Retry-After"]) >= 1
    running = take()
    running.beat("rendering", 40)
    second, _name, data = read(mina.get(events_of(job), headers={"Last-Event-ID": first}))
    assert (data["state"], data["progress"]) == ("processing", 40)
    finish(running)
    response = mina.get(events_of(job), headers={"Last-Event-ID": second})
    last, _name, data = read(response)
    assert (data["state"], "Retry-After" in response) == ("done", False)
    after = mina.get(events_of(job), headers={"Last-Event-ID": last})
    assert (after.status_code, after.content) == (204, b"")


def test_all_jobs_are_told(mina: Client, order: Callable[..., Job]) -> None:
    nothing, name, data = read(mina.get(ALL))
    assert (name, data["jobs"], data["finished"]) == ("active", [], [])
    assert mina.get(ALL, headers={"Last-Event-ID": nothing}).content == b""
    job = order()
    second, _name, data = read(mina.get(ALL, headers={"Last-Event-ID": nothing}))
    assert [one["jobId"] for one in data["jobs"]] == [str(job.pk)]
    finish(take())
    _third, _name, data = read(mina.get(ALL, headers={"Last-Event-ID": second}))
    assert (data["jobs"], [one["jobId"] for one in data["finished"]]) == ([], [str(job.pk)])


@pytest.mark.parametrize("last", ["", "x", "yesterday/x", "/", "x" * 5000, "9999-12-31T23:59:59-23:00/x"])
def test_an_id_of_nobodys_is_none(mina: Client, order: Callable[..., Job], last: str) -> None:
    job = order()
    for path in (ALL, events_of(job)):
        read(mina.get(path, headers={"Last-Event-ID": last}))


def test_somebody_elses_are_not_told(mina: Client, order: Callable[..., Job], other: User) -> None:
    assert mina.get(events_of(order(owner=other))).status_code == 404
    assert read(mina.get(ALL))[2]["jobs"] == []


def test_both_go_the_short_way(user: User, order: Callable[..., Job]) -> None:
    browser = Browser()
    browser.force_login(user)
    for path in (ALL, events_of(order())):
        browser.get(path)
    assert browser.ways == ["short", "short"]
