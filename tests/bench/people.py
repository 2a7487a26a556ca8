"""The people of a measured site: what they order, and what became of it, straight from its database."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from tests.bench.load import Call

PROMPTS = (
    "calm lo-fi piano, 80 bpm, A minor, 60 seconds",
    "신나는 록, 140bpm, 마장조, 30초",
    "slow blues in E with harmonica, 90 seconds",
    "잔잔한 피아노와 첼로, 비 오는 밤",
    "uplifting pop with strings and drums, 110 bpm, C major",
)
TOKEN = "x" * 32


@contextlib.contextmanager
def own_site(**env: str) -> Iterator[Path]:
    """Make this process one of a new site, in a folder for its data. ``env``: variables without ``MUSICSITE_``."""
    with tempfile.TemporaryDirectory(prefix="musicsite-bench-") as name:
        folder = Path(name) / "data"
        variables = {"DATA_DIR": str(folder), "LOCAL": "1", **env}
        os.environ |= {f"MUSICSITE_{name}": value for name, value in variables.items()}
        use_site()
        yield folder


def use_site() -> None:
    """Make this process one of the site that the environment describes."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "musicsite.settings", "MUSICSITE_LOG_LEVEL": "WARNING"}
    django.setup()
    settings.GENERATORS["dummy"] = {"BACKEND": "jobs.generators.dummy.Dummy"}


def users(count: int) -> list[Any]:
    from django.contrib.auth.models import User

    names = [f"person{n}" for n in range(count)]
    User.objects.bulk_create([User(username=name, password="!") for name in names], ignore_conflicts=True)
    return list(User.objects.filter(username__in=names))


def log_in(user: Any) -> str:
    """The cookies of a browser in which somebody is logged in."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}; XSRF-TOKEN={TOKEN}"


def token(user: Any, *more: str) -> str:
    """A token by which a program polls for somebody; ``more``: scopes beside "read"."""
    from jobs.accounts import tokens

    return tokens.make(user, "bench", ["read", *more], None).text


def order_call(cookie: str, prompt: str) -> Call:
    headers = {"Cookie": cookie, "X-XSRF-TOKEN": TOKEN, "Content-Type": "application/json"}
    return Call("/api/music", headers, "POST", json.dumps({"prompt": prompt, "generator": "dummy"}))


def order(user: Any, generator: str = "dummy") -> Any:
    from jobs.queue import orders

    return orders.submit(user, PROMPTS[0], {"generator": generator}).pk


def order_and_wait(user: Any, seconds: float, generator: str = "dummy") -> float:
    """Seconds from the order until a worker had taken it up; returns when it is done."""
    from jobs.models import Job

    job = Job.objects.filter(pk=order(user, generator), state="done")
    until(job.exists, seconds)
    done = job.get()
    return (done.started_at - done.created_at).total_seconds()


def burst(user: Any, count: int, seconds: float) -> float:
    """Seconds from the moment at which so many jobs are there, all at once, until the last one has ended."""
    from django.db import transaction

    from jobs.models import Job
    from jobs.queue import wakeups

    first = Job.objects.get(pk=order(user))
    until(lambda: not Job.objects.unfinished().exists(), seconds)
    same = ("owner", "prompt", "options", "brief", "title", "generator", "lane", "seed", "attempt_limit")
    jobs = [Job(**{name: getattr(first, name) for name in same}, turn=first.turn + n) for n in range(count)]
    with transaction.atomic():
        Job.objects.bulk_create(jobs)
        for _ in jobs:
            wakeups.wake(first.lane)
    started = time.perf_counter()
    until(lambda: not Job.objects.unfinished().exists(), seconds)
    took = time.perf_counter() - started
    assert Job.objects.filter(pk__in=[job.pk for job in jobs[:500]], state="done").count() == min(count, 500)
    return took


def wait_until_running(count: int, seconds: float) -> None:
    from jobs.models import Job

    until(lambda: Job.objects.filter(state="processing").count() == count, seconds)


def waiting(ids: list[Any]) -> set[Any]:
    from jobs.models import Job

    return set(Job.objects.filter(pk__in=ids, state="pending").values_list("pk", flat=True))


def cancel_all() -> None:
    """Everything that has not ended, by one statement: there are thousands."""
    from django.utils import timezone

    from jobs.models import NO_LEASE, Job
    from jobs.models.errors import CANCELLED

    Job.objects.unfinished().update(state="error", error_code=CANCELLED, finished_at=timezone.now(), **NO_LEASE)


def run_twice() -> int:
    """Jobs that have had more than one attempt, though no worker was ever hindered."""
    from django.db.models import Count

    from jobs.models import Job

    return Job.objects.annotate(runs=Count("attempts")).filter(runs__gt=1).count()


def until(holds: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {seconds} seconds")
        time.sleep(0.02)
