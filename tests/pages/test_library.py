"""Which tracks a page of the library shows, and that each is found by an index."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from jobs.models import Job, State
from jobs.pages import library
from jobs.pages.library import SORTS, Wanted

PER_PAGE = 3


@pytest.fixture
def shelf(user: User, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Job]]:
    """So many finished tracks of somebody's, the oldest first; two have each title, each length and each moment."""
    monkeypatch.setattr(library, "PER_PAGE", PER_PAGE)

    def fill(count: int, owner: User = user, **values: Any) -> list[Job]:
        now = timezone.now()
        return Job.objects.bulk_create(
            Job(
                **{
                    "owner": owner, "prompt": f"piano {at}", "title": f"Song {at // 2:03}", "generator": "dummy",
                    "lane": "default", "seed": 1, "attempt_limit": 3, "turn": at, "state": State.DONE,
                    "result_url": "/x", "finished_at": now, "duration": 10.0 + at // 2,
                    "style": ("jazz", "lofi")[at % 2],
                    "created_at": now - timezone.timedelta(hours=count - at // 2), **values,
                }
            )
            for at in range(count)
        )  # fmt: skip

    return fill


def walk(user: User, **wanted: str) -> list[Job]:
    """All pages one after the other, and back again: both ways must show the same."""
    pages = [library.page(user, Wanted(**wanted))]
    while pages[-1].older:
        pages.append(library.page(user, Wanted(**wanted, after=pages[-1].older)))
        assert len(pages) < 50
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = library.page(user, Wanted(**wanted, before=back.newer))
        assert back.jobs == page.jobs
    assert pages[0].newer == ""
    return [job for page in pages for job in page.jobs]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 10])
def test_pages_show_every_track_once_in_order(shelf: Any, user: User, other: User, sort: str, count: int) -> None:
    mine = shelf(count)
    shelf(2, other)
    found = walk(user, sort=sort)
    assert {job.pk for job in found} == {job.pk for job in mine}
    assert len(found) == count
    order = SORTS[sort]
    keys = [(getattr(job, order.field), job.pk) for job in found]
    assert keys == sorted(keys, reverse=order.descending)


def test_nothing_appears_twice_while_new_tracks_come_in(shelf: Any, user: User) -> None:
    shelf(6)
    first = library.page(user, Wanted())
    shelf(4, created_at=timezone.now())
    second = library.page(user, Wanted(after=first.older))
    assert not {job.pk for job in first.jobs} & {job.pk for job in second.jobs}
    assert len(second.jobs) == 3


def test_a_page_of_which_everything_has_gone_is_the_first(shelf: Any, user: User) -> None:
    shelf(4)
    first = library.page(user, Wanted())
    Job.objects.exclude(pk__in=[job.pk for job in first.jobs]).update(deleted_at=timezone.now())
    assert library.page(user, Wanted(after=first.older)).jobs == first.jobs


def test_each_shelf_has_its_own(shelf: Any, user: User, order: Any) -> None:
    plain, loved, thrown, export = shelf(4)
    Job.objects.filter(pk=loved.pk).update(favourite=True)
    Job.objects.filter(pk=thrown.pk).update(deleted_at=timezone.now())
    Job.objects.filter(pk=export.pk).update(export_of=plain, export_as="wav")
    waiting, failed = order("waiting"), order("failed")
    Job.objects.filter(pk=failed.pk).update(state="error", error_code="x", finished_at=timezone.now())
    shown = {name: {job.pk for job in walk(user, shelf=name)} for name in library.SHELVES}
    assert shown == {
        "": {plain.pk, loved.pk, waiting.pk},
        "favourites": {loved.pk},
        "making": {waiting.pk},
        "failed": {failed.pk},
        "bin": {thrown.pk},
    }


def test_it_finds_by_words_style_and_date(shelf: Any, user: User) -> None:
    jobs = shelf(6)
    Job.objects.filter(pk=jobs[0].pk).update(created_at=timezone.now() - timezone.timedelta(days=40))
    assert [job.pk for job in walk(user, query="5 PIANO")] == [jobs[5].pk]
    assert len(walk(user, query="song")) == 6
    assert walk(user, query="50% _") == []
    assert {job.style for job in walk(user, style="jazz")} == {"jazz"}
    assert len(walk(user, span="month")) == 5
    assert len(walk(user, span="year", style="jazz", query="piano", sort="title")) == 3


def cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.mark.parametrize("sort", ["", "title", "longest"])
@pytest.mark.parametrize(
    "broken",
    [
        "x", "é", "W10", "e30", "A" * 4000, cursor("created_at", "yesterday", "0" * 32), cursor("created_at", 1, "x"),
        cursor("created_at", "2026-01-01T00:00:00", "0" * 32), cursor("title", "a\x00", "0" * 32),
        cursor("title", "\ud800", "0" * 32), cursor("title", ["a"], "0" * 32), cursor("duration", 10**400, "0" * 32),
        cursor("duration", None, "0" * 32), cursor("title", "a", 7), cursor("id", "a", "0" * 32),
    ],
)  # fmt: skip
def test_a_broken_cursor_begins_at_the_beginning(shelf: Any, user: User, sort: str, broken: str) -> None:
    shelf(4)
    for side in ("after", "before"):
        wanted = Wanted.from_query({"sort": sort, side: broken})
        assert library.page(user, wanted).jobs == walk(user, sort=sort)[:PER_PAGE]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "date"), ({"sort": "oldest"}, "date"), ({"span": "week"}, "date"), ({"sort": "title"}, "name"),
        ({"sort": "longest"}, "length"), ({"sort": "shortest"}, "length"), ({"style": "jazz"}, "style"),
        ({"shelf": "favourites"}, "heart"), ({"shelf": "failed"}, "error"),
    ],
)  # fmt: skip
def test_every_order_is_an_index(shelf: Any, user: User, wanted: dict[str, str], index: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a table this small is read whole there")
    shelf(8)
    for _first, later in ((True, ""), (False, library.page(user, Wanted(**{**wanted, "shelf": ""})).older)):
        page = Wanted(**wanted, after=later)
        jobs = library._matching(user, page)
        plan = library._from(jobs, page.order, *(library._read(later, page.order.field) or (None, None))).explain()
        assert f"job_library_{index}" in plan
        assert "TEMP B-TREE" not in plan
