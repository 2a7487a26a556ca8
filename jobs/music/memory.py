"""Memory that a piece has taken and freed, given back to the system."""

from __future__ import annotations

import ctypes
from functools import cache


def give_back() -> None:
    """Let the C library return what it has kept of freed memory: hundreds of MB of samples after a long piece.

    It does nothing where there is no glibc.
    """
    if (trim := _malloc_trim()) is not None:
        trim(0)


@cache
def _malloc_trim() -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
