"""What every page tells of jobs: how far they are, and how they ended."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.queue import transitions
from tests.making import finish, made, take, text_of

Order = Callable[..., Job]
PAGES = ("/music/", "/library/", "/accounts/password_change/")


def state_of(response: Any) -> dict[str, Any]:
    """What the script goes on from."""
    match = re.search(r'<script id="first-state" type="application/json">(.*?)</script>', response.content.decode())
    assert match
    state: dict[str, Any] = json.loads(match[1])
    return state


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def test_every_page_begins_with_how_far_the_jobs_are(mina: Client, order: Order) -> None:
    order("first")
    second = order("second")
    take().beat("rendering", 42)
    for path in ("/", *PAGES, f"/tracks/{second.pk}/", "/nowhere"):
        response = mina.get(path)
        assert [job["progress"] for job in state_of(response)["jobs"]] == [42, None]
        assert 'value="42"' in response.content.decode()
        assert "Making music… 2" in text_of(response)
        assert "next in line" in text_of(response)


def test_an_end_is_news_for_some_minutes_until_it_is_dismissed(mina: Client, order: Order) -> None:
    job = made(order())
    response = mina.get("/library/")
    assert [one["jobId"] for one in state_of(response)["finished"]] == [str(job.pk)]
    assert f'data-notice="{job.pk}:1"' in response.content.decode()
    assert "autoplay" not in response.content.decode()
    post(mina, f"/tracks/{job.pk}/dismiss")
    state = state_of(mina.get("/library/"))
    assert (state["finished"], state["dismissed"]) == ([], [f"{job.pk}:1"])


def test_an_old_end_is_no_news(mina: Client, order: Order) -> None:
    job = made(order())
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timezone.timedelta(minutes=11))
    assert state_of(mina.get("/library/"))["finished"] == []


def test_opening_the_track_is_enough_to_dismiss_it(mina: Client, order: Order) -> None:
    job = made(order())
    assert state_of(mina.get(f"/tracks/{job.pk}/"))["finished"] == []
    assert state_of(mina.get("/library/"))["finished"] == []


def test_the_next_attempts_end_is_news_again(mina: Client, order: Order) -> None:
    order()
    job = take()
    job.fail("disk_full", "")
    post(mina, f"/tracks/{job.pk}/dismiss")
    post(mina, f"/tracks/{job.pk}/retry")
    finish(take())
    assert [one["state"] for one in state_of(mina.get("/library/"))["finished"]] == ["done"]


def test_a_cancelled_job_is_no_news(mina: Client, order: Order) -> None:
    transitions.cancel(order())
    assert state_of(mina.get("/library/"))["finished"] == []


def test_it_says_when_nobody_works(mina: Client, order: Order) -> None:
    order()
    assert "Nobody is working right now" in text_of(mina.get("/music/"))
