"""Rows are locked in one order, the owner's, tracks, their exports: or two at once are a deadlock on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from jobs.accounts import tokens
from jobs.models import Job, Playlist, Webhook
from jobs.models.errors import Gone, IllegalTransition
from jobs.progress import news
from jobs.queue import exports, orders, transitions, variations, webhooks
from jobs.worker import attempt
from tests.racing import beside, locks_rows

pytestmark = [pytest.mark.django_db(transaction=True), locks_rows]
Step = Callable[[Job], Any]


def deactivate(track: Job) -> None:
    track.owner.is_active = False
    track.owner.save()


IN_THE_LIBRARY: dict[str, Step] = {
    "export": lambda track: exports.order(track, "wav"),
    "export again": lambda track: exports.order(track, "wav"),
    "cancel": lambda track: transitions.cancel(track.exports.latest("created_at")),
    "vary": lambda track: variations.vary(track, "seed"),
    "rename": lambda track: exports.rename(track, "Night"),
    "delete": transitions.delete,
    "delete for good": transitions.purge,
    "order": lambda track: orders.submit(track.owner, "piano"),
    "order three": lambda track: variations.order(track.owner, "piano", count=3),
    "close": lambda track: track.owner.delete(),
}
IN_THE_BIN: dict[str, Step] = {"take back": Job.restore, "empty the bin": transitions.purge}
ON_EXPORTS: dict[str, Step] = {
    **{name: IN_THE_LIBRARY[name] for name in ("rename", "delete", "delete for good", "close")},
    **IN_THE_BIN,
}


@pytest.fixture
def track(order: Any, claim: Any) -> Job:
    """A finished one with two exports that wait: on the disk those lie in another order than that of locks."""
    track: Job = order()
    attempt.run(claim())
    track.refresh_from_db()
    export = exports.order(track, "wav")
    Job.objects.filter(pk=export.pk).update(resume="p-1")  # an engine works at it elsewhere
    Job.objects.bulk_create(_copied(export, pk=uuid4(), export_as="flac") for export in track.exports.all())
    for export in track.exports.order_by("-pk"):
        export.rename("Night")
    return track


def _copied(job: Job, **values: Any) -> Job:
    for name, value in values.items():
        setattr(job, name, value)
    return job


@pytest.mark.parametrize("name", [*IN_THE_LIBRARY, *IN_THE_BIN])
def test_who_waits_for_the_owner_holds_none_of_the_jobs(name: str, track: Job, user: User) -> None:
    if name in IN_THE_BIN:
        transitions.delete(track)
    if name == "export":
        track.exports.all().delete()
    with beside(User.objects.filter(pk=user.pk), lambda: (IN_THE_LIBRARY | IN_THE_BIN)[name](track)) as step:
        list(Job.objects.select_for_update(nowait=True))
        user.delete()
    assert isinstance(step.exception(), Gone | IllegalTransition | None)
    assert not Job.objects.exists()


@pytest.mark.parametrize(("name", "place"), [*product(ON_EXPORTS, (0, 1)), ("deactivate", 1)])
def test_who_waits_for_a_job_holds_none_that_comes_after_it(name: str, place: int, track: Job) -> None:
    if name in IN_THE_BIN:
        transitions.delete(track)
    rows = [track.pk, *track.exports.order_by("pk").values_list("pk", flat=True)]
    step = ON_EXPORTS.get(name, deactivate)
    with beside(Job.objects.filter(pk=rows[place]), lambda: step(track)) as future:
        list(Job.objects.select_for_update(nowait=True).filter(pk__in=rows[place + 1 :]))
    assert future.exception() is None


def is_listed(track: Job) -> None:
    playlist = Playlist.objects.get()
    playlist.add(track)
    playlist.move(track, 0)


@pytest.mark.parametrize("name", ["write the news", "list it", "move the webhook"])
def test_what_hangs_on_a_track_is_locked_after_it(name: str, track: Job, user: User) -> None:
    Playlist.objects.create(owner=user, name="Mine")
    token = tokens.make(user, "robot", ["create"], None, webhook_url="https://hooks.example/x").token
    webhooks.subscribe_by_token(track, token)
    steps: dict[str, Callable[[], Any]] = {
        "write the news": news.write_news,
        "list it": lambda: is_listed(track),
        "move the webhook": lambda: webhooks.set_webhook(token, "https://new.example/"),
    }

    def hold() -> None:
        """As who closes the account does."""
        list(User.objects.select_for_update().filter(pk=user.pk))
        Job.objects.lock(to_delete=True)

    with beside(hold, steps[name]) as future:
        for model in (Webhook, Playlist):
            list(model._default_manager.select_for_update(nowait=True))
        user.delete()
    assert isinstance(future.exception(), Playlist.DoesNotExist | None)
