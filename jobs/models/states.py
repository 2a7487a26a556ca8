"""The states of a job, and what its transitions are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """The states of a job, as they are stored and sent."""

    PENDING = "pending", _("Waiting")  # accepted and durable; waits for a worker
    PROCESSING = "processing", _("Being made")  # one worker holds a lease on this attempt
    DONE = "done", _("Done")  # the result is stored and playable
    ERROR = "error", _("Failed")  # ended with an error code, or cancelled


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on an attempt: a process on a host."""

    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished attempt left in the storage. ``files``: kind → {name, type, size in bytes}."""

    result_url: str
    files: Mapping[str, Mapping[str, Any]]
    duration: float  # seconds of music
    facts: Mapping[str, Any]  # what the generator says of the piece: sections, parts, loudness


NO_LEASE: Mapping[str, Any] = {"lease_host": "", "lease_pid": None, "lease_until": None}
