from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from jobs.music import memory


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_what_was_freed_is_given_back() -> None:
    blocks = [bytes([1]) * 100_000 for _ in range(800)]
    pinned = blocks[-1]  # above the rest of the heap, which so cannot shrink by itself
    taken = resident()
    del blocks
    memory.give_back()
    assert resident() < taken - 40_000_000
    assert pinned[0] == 1


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_malloc_trim", lambda: None)
    memory.give_back()
