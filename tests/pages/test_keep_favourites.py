"""All tracks but favourites are deleted at once, and taken back at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.queue import transitions
from tests.making import made, text_of

Order = Callable[..., Job]


@pytest.fixture
def songs(order: Order) -> dict[str, Job]:
    """A favourite, two others, one that lay in the bin before, and one that waits for a worker."""
    jobs = {title: made(order("calm piano", title=title)) for title in ("Loved", "One", "Two", "Binned")}
    Job.objects.filter(pk=jobs["Loved"].pk).update(favourite=True)
    transitions.delete(jobs["Binned"])
    return {**jobs, "Waiting": order("calm piano", title="Waiting")}


def there() -> list[str]:
    return sorted(Job.objects.filter(deleted_at__isnull=True).values_list("title", flat=True))


def test_others_go_into_the_bin_and_come_back(mina: Client, songs: dict[str, Job]) -> None:
    assert "Delete all others" in text_of(mina.get("/library/?show=favourites"))
    assert "Delete all others" not in text_of(mina.get("/library/"))
    answer = mina.post("/library/keep_favourites", follow=True)
    assert "2 tracks were deleted." in text_of(answer)
    assert there() == ["Loved", "Waiting"]
    since = re.search(r'name="since" value="([^"]+)"', answer.content.decode())
    assert since is not None
    answer = mina.post("/library/restore", {"since": since[1]}, follow=True)
    assert "2 tracks are back in your library." in text_of(answer)
    assert there() == ["Loved", "One", "Two", "Waiting"], "what lay in the bin before stays there"


def test_where_there_is_nothing_else_that_is_said(mina: Client, songs: dict[str, Job]) -> None:
    for _ in range(2):
        answer = mina.post("/library/keep_favourites", follow=True)
    assert "There was nothing else to delete." in text_of(answer)


@pytest.mark.parametrize("since", ["", "yesterday", "2026-01-01T00:00:00", "9" * 40])
def test_a_moment_that_is_none_restores_nothing(mina: Client, songs: dict[str, Job], since: str) -> None:
    assert mina.post("/library/restore", {"since": since}).status_code == 404
    assert "Binned" not in there()


def test_nobody_elses_are_touched(songs: dict[str, Job], other: User, client: Client) -> None:
    client.force_login(other)
    client.post("/library/keep_favourites")
    client.post("/library/restore", {"since": "2026-01-01T00:00:00+00:00"})
    assert there() == ["Loved", "One", "Two", "Waiting"]


def test_no_more_than_so_many_at_once(mina: Client, songs: dict[str, Job], monkeypatch: Any) -> None:
    monkeypatch.setattr("jobs.queue.transitions.AT_ONCE", 1)
    assert "1 track was deleted." in text_of(mina.post("/library/keep_favourites", follow=True))
