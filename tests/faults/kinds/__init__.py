"""Every kind of fault: how it is done to the running site, and what has to follow within which time."""

from tests.faults.kinds import engines, kills, oddities, outages, signals  # noqa: F401 — they register their kinds
from tests.faults.kinds.base import KINDS, Kind, Struck

__all__ = ["KINDS", "Kind", "Struck"]
