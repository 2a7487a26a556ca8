"""An order is accepted with its message, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django_q.models import OrmQ

from jobs.models import Job, Tally
from jobs.models.errors import KeyReused, LimitReached
from jobs.queue import orders
from jobs.queue.orders import Order

Claim = Callable[[], Job]


def test_it_commits_job_and_message_together(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)

    def broken(lane: str, jobs: int) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(orders, "wake", broken)
    with pytest.raises(DatabaseError):
        order()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_it_understands_the_words_at_once(order: Any) -> None:
    job = order("calm lo-fi piano, 80 bpm, A minor, 60 seconds")
    assert (job.brief["style"], job.brief["tempo"], job.brief["tonic"], job.brief["mode"]) == ("lofi", 80, "A", "minor")
    assert job.brief["duration"] == 60
    assert job.title


def test_it_says_which_section_finds_no_room(order: Any) -> None:
    codes = [remark["code"] for remark in order("rock, guitar solo in the middle, 5 seconds").brief["remarks"]]
    assert codes == ["section_unplaced"]


def test_it_gives_the_same_job_for_the_same_key(user: Any, other: Any, dummy: Any) -> None:
    dummy()
    first = orders.submit(user, "piano", {"tempo": 90}, key="k")
    assert orders.submit(user, "piano", {"tempo": 90}, key="k") == first
    assert orders.submit(other, "piano", {"tempo": 90}, key="k") != first
    assert Job.objects.count() == OrmQ.objects.count() == 2
    with pytest.raises(KeyReused):
        orders.submit(user, "piano", {"tempo": 91}, key="k")


def test_several_orders_are_accepted_as_each_would_be(user: Any, other: Any, dummy: Any, settings: Any) -> None:
    dummy()
    settings.LIMIT_ACTIVE = 2
    calm, odd, theirs = Order(user.pk, "calm piano"), Order(user.pk, "piano", {"tempo": 1}), Order(other.pk, "rock")
    told = orders.submit_all([calm, odd, theirs, calm, calm])
    assert [type(one) for one in told] == [Job, ValueError, Job, Job, LimitReached]
    assert [getattr(one, "prompt", "") for one in told] == ["calm piano", "", "rock", "calm piano", ""]
    assert sorted(Job.objects.filter(owner=user).values_list("turn", flat=True)) == [0, 1]
    assert OrmQ.objects.count() == Job.objects.count() == 3, "one wake-up for each"
    assert Tally.objects.filter(count=2).count() == 1, "who is refused has ordered nothing"


def test_the_same_key_at_the_same_moment_is_one_job(user: Any, dummy: Any) -> None:
    dummy()
    first, again, changed = orders.submit_all(
        [Order(user.pk, "piano", key="k"), Order(user.pk, "piano", key="k"), Order(user.pk, "rock", key="k")]
    )
    assert first == again == Job.objects.get()
    assert isinstance(changed, KeyReused)


def test_what_nobody_expected_of_one_order_does_not_harm_the_others(
    user: Any, dummy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dummy()
    real = orders.understand

    def fails(prompt: str, *args: Any) -> Any:
        return real(prompt, *args) if prompt == "piano" else 1 / 0

    monkeypatch.setattr(orders, "understand", fails)
    odd, plain = orders.submit_all([Order(user.pk, "odd"), Order(user.pk, "piano")])
    assert (type(odd), Job.objects.get()) == (ZeroDivisionError, plain)
    with pytest.raises(ZeroDivisionError):
        orders.submit(user, "odd")


@pytest.mark.django_db(transaction=True)
def test_where_nobody_knows_whether_it_was_committed_nothing_is_done_again(
    user: Any, dummy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dummy()

    def unlucky(lane: str, jobs: int) -> None:
        transaction.on_commit(lambda: 1 / 0)

    monkeypatch.setattr(orders, "wake", unlucky)
    with pytest.raises(ZeroDivisionError):
        orders.submit_all([Order(user.pk, "piano"), Order(user.pk, "rock")])
    assert Job.objects.count() == 2


def test_no_orders_are_no_transaction(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert orders.submit_all([]) == []


def test_it_names_the_option_that_is_wrong(user: Any) -> None:
    for name, value in {
        "generator": "nope",
        "style": "nope",
        "tempo": 1000,
        "instruments": ["kazoo-o-matic"],
        "formats": ["ogg"],
    }.items():
        with pytest.raises(ValueError, match=name):
            orders.submit(user, "piano", {name: value})
    assert Job.objects.count() == 0


def test_it_keeps_the_seed_that_was_asked_for(user: Any, dummy: Any) -> None:
    dummy()
    assert orders.submit(user, "piano", {"seed": 7}).seed == 7
    assert orders.submit(user, "piano", {"seed": 0}).seed == 0
    assert orders.submit(user, "piano").seed != orders.submit(user, "piano").seed
