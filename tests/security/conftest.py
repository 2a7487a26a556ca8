from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Playlist, SavedPrompt
from jobs.worker import attempt


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("olga", "olga@example.org", "correct horse 9")


@pytest.fixture
def made(order: Any, claim: Any) -> Callable[..., Job]:
    """A finished job of mina's with its files; ``values`` are written over it."""

    def make(prompt: str = "calm piano", **values: Any) -> Job:
        pk = order(prompt).pk
        attempt.run(claim())
        Job.objects.filter(pk=pk).update(**values)
        return Job.objects.get(pk=pk)

    return make


@pytest.fixture
def failed(order: Any, claim: Any) -> Job:
    """A job of mina's that may be retried."""
    order()
    job = claim()
    job.fail("overloaded", "Too much to do.")
    return job


@pytest.fixture
def jobs(made: Any, failed: Job, order: Any) -> dict[str, Job]:
    """One job of mina's in each state that matters; of the one that is done a playlist has the key and the link, a
    saved prompt the key.
    """
    deleted, done = made(deleted_at=timezone.now()), made(share_token="t" * 32)
    playlist = Playlist.objects.create(pk=done.pk, owner=done.owner, name="Quiet", share_token=done.share_token)
    playlist.add(done)
    SavedPrompt.objects.create(pk=done.pk, owner=done.owner, name="Organ", prompt="organ")
    return {"done": done, "failed": failed, "deleted": deleted, "pending": order()}


@pytest.fixture
def clients(user: User, other: User, staff: User) -> dict[str, Client]:
    """Browsers in which nobody, somebody else, the jobs' owner and an operator are signed in."""
    found = {"anonymous": Client()}
    for name, who in (("other", other), ("owner", user), ("staff", staff)):
        found[name] = Client()
        found[name].force_login(who)
    return found
