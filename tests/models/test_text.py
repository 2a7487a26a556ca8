"""How text is found and sorted: alike on both databases, in whatever letters it was typed."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs.models import Job, statements
from jobs.models.querysets import MOST_WORDS
from jobs.models.text import LONGEST_KEY, fill_derived, searchable, sort_key
from jobs.queue import exports
from tests.making import deliver

pytestmark = pytest.mark.django_db
SORTED = [
    "", "'quoted'", "1 night", "2", "007 nights", "9 nights", "10 nights", "10 nights in Seoul", "a", "apple", "Éclair",
    "éclair 2", "Eclair 10", "track 9", "Track 10", "zebra", "Zebra 2", "가나다", "가방", "각", "밤 2", "밤 10", "힣",
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("비 오는 밤", unicodedata.normalize("NFD", "오는")), (unicodedata.normalize("NFD", "비 오는 밤"), "오는"),
        ("Überraschung", "überraschung"), ("ÜBERRASCHUNG", "überraschung"), ("Éclair", "éCLAIR"),
        (unicodedata.normalize("NFD", "Éclair"), "éclair"), ("Привет", "привет"), ("ПРИВЕТ", "привет"),
        ("ＪＡＺＺ", "jazz"), ("jazz", "Ｊａｚｚ"), ("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁre", "FIRE"),
        ("ro\u00adck", "rock"), ("rock", "ro\u200bck"), ("ｶﾞｷﾞ", "ガギ"), ("❤️", "❤"), ("100% _done", "100% _D"),
    ],
)  # fmt: skip
def test_words_are_found_in_any_case_width_and_composition(order: Any, written: str, typed: str) -> None:
    in_prompt, in_title = order(f"piano {written}"), order("plain")
    in_title.rename(f"The {written}")
    order("something else")
    assert {job.pk for job in Job.objects.all().saying(typed)} == {in_prompt.pk, in_title.pk}


def test_every_word_is_needed_and_wildcards_are_letters(order: Any) -> None:
    job = order("calm piano at night")
    assert list(Job.objects.all().saying("NIGHT piano")) == [job]
    for words in ("night rock", "%", "_", "p%o", "\\"):
        assert list(Job.objects.all().saying(words)) == []


def test_no_search_is_too_long_for_a_database(order: Any) -> None:
    job = order("x")
    assert list(Job.objects.all().saying("x " * 50_000)) == [job]
    assert str(Job.objects.all().saying("x " * 50_000).query).count("LIKE") == MOST_WORDS


def test_titles_sort_as_people_sort_them(order: Any) -> None:
    shuffled = SORTED[:]
    random.Random(1).shuffle(shuffled)
    for title in shuffled:
        order().rename(title)
    rows = Job.objects.order_by("title_key").values_list("title", "title_key")
    assert [title for title, _key in rows] == SORTED
    assert [key for _title, key in rows] == sorted(key for _title, key in rows), "by code point, as Python has it"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zebra", "zebra"), ("비", unicodedata.normalize("NFD", "비")), ("１０", "10"), ("٣", "3"), ("a  b", "A b")],
)
def test_titles_that_differ_in_nothing_people_sort_by_are_side_by_side(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


@pytest.mark.parametrize("title", ["9" * 200, "\ufdfa" * 200, "힣" * 200, "ß" * 200, "1 " * 100])
def test_a_key_is_never_too_long_for_an_index(order: Any, title: str) -> None:
    job = order()
    job.rename(title)
    job.refresh_from_db()
    assert job.title_key == sort_key(title)
    assert len(job.title_key) <= LONGEST_KEY


def test_every_way_of_saving_fills_the_columns(order: Any, user: User) -> None:
    plain = {"owner": user, "generator": "dummy", "lane": "default", "seed": 1, "attempt_limit": 1}
    saved = Job.objects.create(**plain, prompt="Ｐiano", title="Ü 10", turn=1)
    (bulk,) = Job.objects.bulk_create([Job(**plain, prompt="Ｐiano", title="Ü 10", turn=2)])
    quick, insert = statements.insert_job().make(
        owner_id=user.pk, prompt="Ｐiano", title="Ü 10", generator="dummy", lane="default", seed=1, attempt_limit=1
    )
    insert(turn=3)
    assert (quick.title_key, quick.search_text) == ("u 00210", "ü 10\npiano")
    for job in (saved, bulk, quick):
        job.refresh_from_db()
        assert (job.title_key, job.search_text) == ("u 00210", "ü 10\npiano")


def test_an_order_is_kept_composed(order: Any) -> None:
    decomposed = unicodedata.normalize("NFD", "비 오는 밤 é")
    job = order(decomposed, title=decomposed)
    assert (job.prompt, job.title, job.brief["title"], job.options["title"]) == ("비 오는 밤 é",) * 4


def test_rows_of_an_earlier_version_are_filled_once(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.models.text.BATCH", 2)
    jobs = [order(f"Piano {number}", title=f"No {number}") for number in range(5)]
    Job.objects.exclude(pk=jobs[0].pk).update(title_key=None, search_text=None)
    assert fill_derived(Job.objects.all()) == 4
    assert fill_derived(Job.objects.all()) == 0
    for number, job in enumerate(jobs):
        job.refresh_from_db()
        assert (job.title_key, job.search_text) == (f"no 001{number}", f"no {number}\npiano {number}")


def test_rows_that_lack_them_are_found_by_an_index() -> None:
    plan = Job.objects.filter(title_key__isnull=True).order_by("pk").values("pk")[:5].explain()
    assert "job_underived" in plan or connection.vendor != "sqlite"


def test_a_track_and_its_exports_are_renamed_together(order: Any, claim: Any) -> None:
    order()
    track = deliver(claim(), b"sound")
    export = exports.order(track, "wav")
    exports.rename(track, "Neu 10")
    track.refresh_from_db()
    export.refresh_from_db()
    assert (track.title, track.title_key) == ("Neu 10", "neu 00210")
    assert (export.title, export.search_text) == ("Neu 10 · WAV", searchable(f"Neu 10 · WAV\n{track.prompt}"))
