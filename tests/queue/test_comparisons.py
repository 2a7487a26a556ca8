"""The same words from two engines, as two ordinary jobs."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.models import Job
from jobs.models.errors import KeyReused, LimitReached
from jobs.queue import comparisons, orders, transitions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remote")]


def compared(user: User, *engines: str, key: str | None = None, prompt: str = "calm piano") -> tuple[Job, Job]:
    def submit(own: Mapping[str, Any], key: str | None, first: Job | None) -> Job:
        return orders.submit(user, prompt, {"duration": 20, **own}, key=key, variation_of=first)

    return comparisons.order(engines or ("remote", "dummy"), submit, key=key)


def test_both_have_the_same_words_and_seed(user: User) -> None:
    first, second = compared(user)
    assert [job.generator for job in (first, second)] == ["remote", "dummy"]
    assert (first.seed, first.prompt, first.brief["tempo"]) == (second.seed, second.prompt, second.brief["tempo"])
    assert (first.variation_of_id, second.variation_of_id) == (None, first.pk)


def test_the_same_key_gives_the_same_pair_and_another_order_with_it_is_refused(user: User) -> None:
    first, second = compared(user, key="k")
    assert compared(user, key="k") == (first, second)
    with pytest.raises(KeyReused):
        compared(user, key="k", prompt="loud drums")
    assert Job.objects.count() == 2


@pytest.mark.parametrize("engines", [("remote", "remote"), ("remote", "organ"), ("remote",)])
def test_it_takes_two_engines_of_the_site(user: User, engines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="engines: Name two different ones of dummy, remote"):
        compared(user, *engines)


def test_where_the_second_is_one_too_many_there_is_none(user: User, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 1
    with pytest.raises(LimitReached):
        compared(user)
    assert not Job.objects.exists()


def test_a_track_has_its_words_made_by_another_engine(user: User) -> None:
    track = orders.submit(user, "calm piano", {"duration": 20, "tempo": 90, "generator": "dummy", "title": "Rain"})
    other = comparisons.counterpart(track, "remote")
    assert (other.generator, other.seed, other.options["tempo"], other.title) == ("remote", track.seed, 90, "Rain")
    assert comparisons.counterparts(track) == [other]
    assert comparisons.counterparts(other) == [track]
    for engine in ("dummy", "organ"):
        with pytest.raises(ValueError, match="no other engine"):
            comparisons.counterpart(track, engine)


def test_what_is_in_the_bin_or_has_other_words_is_no_counterpart(user: User) -> None:
    track = orders.submit(user, "calm piano", {"duration": 20, "generator": "dummy"})
    orders.submit(user, "loud piano", {"duration": 20, "generator": "remote"}, variation_of=track)
    other = comparisons.counterpart(track, "remote")
    transitions.cancel(other)
    transitions.delete(other)
    assert comparisons.counterparts(track) == []
