"""What threads ask at the same time is answered by one of them for all."""

import threading
from collections.abc import Sequence

import pytest

from jobs.api.fast.batcher import Batcher

SECONDS = 10.0  # that a thread may take


class Desk:
    """Doubles numbers, for several threads at once; ``batches`` are those that were asked together, and by whom."""

    def __init__(self) -> None:
        self.ask = Batcher(self._double)
        self.batches: list[tuple[str, list[int]]] = []
        self.begun, self.may_end = threading.Event(), threading.Event()

    def _double(self, asked: Sequence[int]) -> list[int]:
        self.batches.append((threading.current_thread().name, list(asked)))
        self.begun.set()
        assert self.may_end.wait(SECONDS)
        if 13 in asked:
            raise LookupError
        return [2 * number for number in asked]

    def ask_at_once(self, first: int, *others: int) -> dict[int, int | type]:
        """The others while the first is answered; what each is told, or the kind of error that it raises."""
        told: dict[int, int | type] = {}

        def run(number: int) -> None:
            try:
                told[number] = self.ask(number)
            except Exception as error:
                told[number] = type(error)

        threads = [threading.Thread(target=run, args=(number,), name=str(number)) for number in (first, *others)]
        threads[0].start()
        assert self.begun.wait(SECONDS)
        for waiting, thread in enumerate(threads[1:], 1):
            thread.start()
            while len(self.ask._waiting) < waiting and thread.is_alive():
                pass
        self.may_end.set()
        for thread in threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        return told


def test_alone_it_is_answered_at_once() -> None:
    desk = Desk()
    desk.may_end.set()
    assert [desk.ask(1), desk.ask(2)] == [2, 4]
    assert [asked for _, asked in desk.batches] == [[1], [2]]


def test_whoever_asks_meanwhile_is_answered_by_one_of_them_for_all() -> None:
    desk = Desk()
    assert desk.ask_at_once(1, 2, 3, 4) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert desk.batches == [("1", [1]), ("2", [2, 3, 4])]


def test_nobody_waits_for_those_who_come_later() -> None:
    desk = Desk()
    desk.ask_at_once(1, 2, 3)
    assert desk.ask(4) == 8
    assert desk.batches[-1][1] == [4]


@pytest.mark.parametrize("first", [1, 13])
def test_an_error_is_told_to_all_whom_it_concerns_and_to_nobody_else(first: int) -> None:
    desk = Desk()
    told = desk.ask_at_once(first, 2, 14 - first, 4)
    unlucky = {13, *([2, 4] if first == 1 else [])}
    assert {number for number, answer in told.items() if answer is LookupError} == unlucky
    assert desk.ask(5) == 10, "nobody waits for ever for one who failed"


def test_a_missing_answer_is_an_error() -> None:
    ask: Batcher[int, int] = Batcher(lambda asked: [])
    with pytest.raises(ValueError, match="shorter"):
        ask(1)


def test_many_threads_are_each_told_their_own() -> None:
    desk, wrong = Desk(), []
    desk.may_end.set()

    def run(start: int) -> None:
        wrong.extend(number for number in range(start, start + 200) if desk.ask(number) != 2 * number)

    threads = [threading.Thread(target=run, args=(1000 * n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert wrong == []
    assert sum(len(asked) for _, asked in desk.batches) == 8 * 200
