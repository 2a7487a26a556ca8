"""Transactions of several threads, committed as one on SQLite."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from jobs import together

pytestmark = pytest.mark.django_db(transaction=True)

one_writer = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one writer at a time")


def save(name: str) -> None:
    Group.objects.create(name=name)


def names() -> set[str]:
    return set(Group.objects.values_list("name", flat=True))


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each transaction that has begun."""
    begun: list[int] = []
    atomic = transaction.atomic

    def counted() -> transaction.Atomic:
        begun.append(1)
        return atomic()

    monkeypatch.setattr(transaction, "atomic", counted)
    return begun


def at_once(*works: Callable[[], None]) -> list[BaseException | None]:
    """Commit each in a thread of its own, at a moment when somebody commits; returns what each of them raised."""
    raised: list[BaseException | None] = [None] * len(works)

    def run(n: int) -> None:
        try:
            together.commit(works[n])
        except BaseException as error:
            raised[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,), name=str(n)) for n in range(len(works))]
    with together._turn:
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            while len(together._waiting) < waiting and thread.is_alive():
                pass
    for thread in threads:
        thread.join()
    return raised


def test_alone_it_is_a_transaction(transactions: list[int]) -> None:
    together.commit(partial(save, "a"))
    assert names() == {"a"}
    assert len(transactions) == 1


def test_what_is_refused_leaves_nothing() -> None:
    def refused() -> None:
        save("a")
        raise LookupError

    with pytest.raises(LookupError):
        together.commit(refused)
    assert names() == set()
    assert not together._waiting


def test_within_a_transaction_it_is_a_part_of_that() -> None:
    with transaction.atomic():
        together.commit(partial(save, "a"))
        transaction.set_rollback(True)
    assert names() == set()


@one_writer
def test_whoever_waits_is_committed_by_whoever_has_the_turn(transactions: list[int]) -> None:
    assert at_once(*(partial(save, name) for name in "abcd")) == [None] * 4
    assert names() == set("abcd")
    assert len(transactions) == 1


def test_one_that_is_refused_does_not_harm_the_others() -> None:
    done_by: list[str] = []

    def refused() -> None:
        save("refused")
        done_by.append(threading.current_thread().name)
        raise LookupError

    raised = at_once(partial(save, "a"), refused, partial(save, "b"))
    assert [type(error) for error in raised] == [type(None), LookupError, type(None)]
    assert names() == {"a", "b"}
    assert done_by[-1] == "1", "it hears of it in its own thread, which knows its language"


@one_writer
def test_where_nobody_knows_whether_it_was_committed_nothing_is_done_again() -> None:
    done: list[str] = []

    def unlucky(name: str) -> None:
        save(name)
        done.append(name)
        transaction.on_commit(lambda: 1 / 0)

    raised = at_once(partial(unlucky, "a"), partial(unlucky, "b"))
    assert [type(error) for error in raised] == [ZeroDivisionError] * 2
    assert sorted(done) == ["a", "b"]
    assert names() == {"a", "b"}
