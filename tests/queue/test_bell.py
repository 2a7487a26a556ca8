"""Whoever orders wakes somebody who waits; what rings before anybody waits is not lost."""

import stat
import threading
from pathlib import Path

import pytest

from jobs.queue.bell import Bell, bell_of


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    return Bell(tmp_path / "deep" / "pipe")


def test_it_wakes_one_who_waits(bell: Bell, tmp_path: Path) -> None:
    woken: list[bool] = []
    waiter = threading.Thread(target=lambda: woken.append(Bell(tmp_path / "deep" / "pipe").wait(60)))
    waiter.start()
    bell.ring()
    waiter.join(30)
    assert woken == [True]


def test_each_ring_wakes_once(bell: Bell) -> None:
    bell.ring()
    bell.ring()
    assert [bell.wait(0), bell.wait(0), bell.wait(0)] == [True, True, False]


def test_a_ring_that_nobody_hears_costs_nothing(bell: Bell) -> None:
    for _ in range(100_000):  # more than a pipe holds
        bell.ring()
    assert bell.wait(0)


def test_it_is_for_this_user_alone(bell: Bell, tmp_path: Path) -> None:
    bell.ring()
    assert stat.S_IMODE((tmp_path / "deep" / "pipe").stat().st_mode) == 0o600


def test_where_there_can_be_none_it_is_said_to_whoever_waits(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("something else")
    bell = Bell(tmp_path / "file")
    bell.ring()
    with pytest.raises(FileExistsError):
        bell.wait(60)
    assert (tmp_path / "file").read_text() == "something else"


def test_a_lane_of_any_name_has_its_own(settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    bell_of.cache_clear()
    for lane in ("default", "a/../b", "gpu 1"):
        bell_of(lane).ring()
    bell_of.cache_clear()
    assert len(list((tmp_path / "wakeups").iterdir())) == 3
