"""Lyrics of an order: which engine takes them, where they are kept, and that nothing drops them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from jobs.generators.base import Abilities, Order
from jobs.models import Job
from jobs.models.errors import KeyReused
from jobs.music.brief import Brief
from jobs.pages.tracks import Track
from jobs.queue import orders, transitions, variations
from jobs.worker import tasks
from tests.remote import Remote, entry, fails

pytestmark = pytest.mark.django_db
ABOUT_SINGING = ("instrumental_only", "lyrics_lacking")
LYRICS = "[verse]\nRain on the WINDOW\n\n[후렴]\n비가 온다"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def sung(user: User, lyrics: str = LYRICS, **options: Any) -> Job:
    return orders.submit(user, "slow pop song", {"lyrics": lyrics, **options})


def can(monkeypatch: Any, **abilities: Any) -> None:
    monkeypatch.setattr(Remote, "abilities", replace(Remote({}).abilities, **abilities))


def test_they_are_kept_in_the_brief_and_told_the_engine(user: User, remote: Any) -> None:
    job = sung(user, LYRICS.replace("\n", "\r\n") + "  \n")
    assert (job.brief["lyrics"], job.options) == (LYRICS, {})
    assert Brief.from_json(job.brief).to_json() == job.brief
    told: list[Order] = []
    remote.script = [told.append]
    tasks.work()
    assert told[0].brief.lyrics == LYRICS
    assert "lyrics" not in orders.submit(user, "slow pop song").brief
    assert "lyrics" not in sung(user, " \n").brief


def test_who_does_not_sing_takes_none(user: User, remote: Any, monkeypatch: Any) -> None:
    with pytest.raises(ValueError, match="lyrics: This engine does not sing"):
        sung(user, generator="dummy")
    can(monkeypatch, longest_lyrics=10)
    with pytest.raises(ValueError, match="lyrics: This engine takes lyrics of at most 10 characters; these are 11"):
        sung(user, "x" * 11)
    assert sung(user, "x" * 10)
    assert Job.objects.count() == 1


def test_what_is_said_of_singing_is_true_of_the_engine(user: User, remote: Any, monkeypatch: Any) -> None:
    def codes(lyrics: str = "", generator: str = "remote") -> list[str]:
        job = orders.submit(user, "pop with a female singer", {"generator": generator, "lyrics": lyrics})
        return [remark["code"] for remark in job.brief["remarks"] if remark["code"] in ABOUT_SINGING]

    can(monkeypatch, writes_lyrics=True)
    assert (codes(), codes(generator="dummy")) == ([], ["instrumental_only"])
    can(monkeypatch, writes_lyrics=False)
    assert (codes(), codes("la la")) == (["lyrics_lacking"], [])
    said = Track(orders.submit(user, "pop with a female singer")).remarks
    assert "Remote sings only lyrics that you give it; without them this is an instrumental." in said


def test_other_lyrics_are_another_order(user: User, remote: Any) -> None:
    first = orders.submit(user, "pop", {"lyrics": "la la"}, key="k")
    assert orders.submit(user, "pop", {"lyrics": "la la"}, key="k") == first
    with pytest.raises(KeyReused):
        orders.submit(user, "pop", {"lyrics": "la la la"}, key="k")


def test_they_are_searched_as_words_of_the_prompt_are(user: User, remote: Any) -> None:
    job, other = sung(user), orders.submit(user, "slow pop song")
    for words in ("window", "비가 온다", "ｗｉｎｄｏｗ pop"):
        assert list(Job.objects.owned_by(user).saying(words)) == [job]
    assert set(Job.objects.owned_by(user).saying("pop song")) == {job, other}
    job.rename("Another")
    assert list(Job.objects.saying("another window")) == [job]


def test_variations_and_retries_sing_the_same(user: User, remote: Any) -> None:
    job = sung(user)
    for change in ("seed", "settings"):
        assert variations.vary(job, change, {"tempo": 90}).brief["lyrics"] == LYRICS
    remote.script = [fails()]
    Job.objects.exclude(pk=job.pk).delete()
    tasks.work()
    job.refresh_from_db()
    transitions.retry(job)
    assert Job.objects.get(pk=job.pk).brief["lyrics"] == LYRICS


@pytest.mark.parametrize(("lyrics", "engine"), [("", "dummy"), (LYRICS, "remote")])
def test_no_engine_makes_in_its_stead_what_it_would_not_sing(
    user: User, remote: Any, settings: Any, lyrics: str, engine: str
) -> None:
    entry(settings, FALLBACK="dummy")
    remote.script = [fails()]
    job = sung(user, lyrics)
    tasks.work()
    job.refresh_from_db()
    assert job.generator == engine


def test_the_longest_of_any_engine_is_what_the_contract_says() -> None:
    assert Abilities().longest_lyrics == 4096
