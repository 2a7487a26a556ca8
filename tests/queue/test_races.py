"""Two who do something to the same job: the second is told that it came too late, whatever the two were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models.deletion import Collector
from django.test import Client
from django.utils import timezone

from jobs.api import views as api
from jobs.models import Job, State
from jobs.models.errors import Gone, IllegalTransition
from jobs.pages.views import common, track
from jobs.queue import orders, transitions
from jobs.worker import attempt
from tests.racing import at_once
from tests.sweeps import sampled

Step = Callable[[Job], Any]
ROUNDS = 4


@pytest.fixture
def made(order: Any, claim: Any) -> Callable[..., Job]:
    """A finished track of mina's."""

    def make() -> Job:
        job = order()
        attempt.run(claim())
        return Job.objects.get(pk=job.pk)

    return make


@pytest.fixture
def failed(order: Any, claim: Any) -> Callable[..., Job]:
    """A job of mina's that may be retried."""

    def make() -> Job:
        order()
        job: Job = claim()
        job.fail("overloaded", "Too much to do.")
        return Job.objects.get(pk=job.pk)

    return make


def expire(job: Job) -> None:
    long_ago = timezone.now() - timedelta(days=settings.BIN_DAYS, seconds=1)
    Job.objects.filter(pk=job.pk).update(deleted_at=long_ago)


# -- What is deleted is what was chosen -------------------------------------------------------------------------------


def test_what_was_taken_out_of_the_bin_stays_when_that_is_emptied(
    made: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    first, second, third = made(), made(), made()
    for job in (first, second, third):
        transitions.delete(job)
        expire(job)
    real = transitions.purge

    def slowly(job: Job, *args: Any) -> None:
        second.restore()  # after all were listed
        Job.objects.filter(pk=third.pk).delete()
        real(job, *args)

    monkeypatch.setattr(transitions, "purge", slowly)
    assert transitions.empty_bin() == 1
    assert Job.objects.get() == second
    assert second.files
    assert (settings.MEDIA_ROOT / second.files["audio"]["name"]).exists()


def test_what_was_taken_out_of_the_bin_is_not_removed_for_good(made: Any, user: User) -> None:
    job = made()
    transitions.delete(job)
    binned = Job.objects.binned_by(user)
    chosen = binned.get()
    job.restore()
    with pytest.raises(IllegalTransition):
        transitions.purge(chosen, binned)
    assert Job.objects.owned_by(user).get() == job


def test_who_takes_back_what_is_gone_for_good_is_told_so(made: Any, mina: Client, monkeypatch: Any) -> None:
    job = made()
    transitions.delete(job)
    stale = Job.objects.get()
    transitions.purge(job)
    with pytest.raises(Gone):
        stale.restore()
    monkeypatch.setattr(track, "get_object_or_404", lambda *args, **kwargs: stale)
    page = mina.post(f"/tracks/{job.pk}/restore", follow=True)
    assert page.redirect_chain == [("/library/", 302)]
    assert "the track was deleted for good in the meantime" in page.content.decode()
    assert "is back in your library" not in page.content.decode()


def test_a_favourite_is_not_pruned_though_it_became_one_late(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = made()
    Job.objects.update(finished_at=timezone.now() - timedelta(days=2))
    real = transitions.purge

    def slowly(job: Job, *args: Any) -> None:
        Job.objects.update(favourite=True)
        real(job, *args)

    monkeypatch.setattr(transitions, "purge", slowly)
    call_command("prunejobs", "--older-than=1d")
    assert Job.objects.get() == job


def test_an_operator_deletes_no_job_that_was_ordered_again(
    failed: Any, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, gone = failed(), failed()
    real = transitions.purge

    def slowly(obj: Job, *args: Any) -> None:
        Job.objects.filter(pk=gone.pk).delete()
        if Job.objects.get(pk=job.pk).state == State.ERROR:
            transitions.retry(job, operator=True)
        real(obj, *args)

    monkeypatch.setattr(transitions, "purge", slowly)
    sent = {"action": "delete", "_selected_action": [str(job.pk), str(gone.pk)], "post": "yes"}
    response = admin_client.post("/admin/jobs/job/", sent, follow=True)
    assert response.status_code == 200
    assert "was left alone" in response.content.decode()
    assert Job.objects.get() == job


def test_an_account_is_closed_with_what_was_ordered_last(
    made: Any, user: User, monkeypatch: pytest.MonkeyPatch, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """What deletes a user has read which rows go with it before it begins."""
    made()
    real = Collector.collect

    def slowly(self: Any, objects: Any, *args: Any, **kwargs: Any) -> None:
        real(self, objects, *args, **kwargs)
        if list(objects) == [user] and Job.objects.count() == 1:
            made()

    monkeypatch.setattr(Collector, "collect", slowly)
    with django_capture_on_commit_callbacks(execute=True):
        user.delete()
    assert not Job.objects.exists()
    assert list((settings.MEDIA_ROOT / "tracks").iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_out_of_the_bin_and_away_at_the_same_moment_is_one_of_both(made: Any, user: User) -> None:
    for _ in range(ROUNDS):
        job = made()
        transitions.delete(job)
        expire(job)
        purged, restored = at_once(transitions.empty_bin, job.restore)
        there = Job.objects.owned_by(user).filter(pk=job.pk).exists()
        assert (purged, isinstance(restored, Gone)) == ((0, False) if there else (1, True))


@pytest.mark.django_db(transaction=True)
def test_ordered_again_and_deleted_at_the_same_moment_is_one_of_both(failed: Any) -> None:
    for _ in range(ROUNDS):
        job = failed()
        same = Job.objects.get(pk=job.pk)
        purged, retried = at_once(lambda: transitions.purge(job), lambda: transitions.retry(same))  # noqa: B023
        there = Job.objects.filter(pk=job.pk).first()
        if there:
            assert (there.state, type(purged), retried) == (State.PENDING, IllegalTransition, None)
            there.delete()
        else:
            assert (purged, type(retried)) == (None, Gone)


@pytest.mark.django_db(transaction=True)
def test_closed_and_ordered_at_the_same_moment_leaves_nothing(made: Any, dummy: Any, settings: Any) -> None:
    dummy()
    settings.LIMIT_JOBS = ""
    for number in range(ROUNDS):
        user = User.objects.create_user(f"u{number}")
        orders.submit(user, "piano")
        closed, ordered = at_once(
            lambda: User.objects.get(pk=user.pk).delete(),  # noqa: B023
            lambda: orders.submit(User.objects.get(pk=user.pk), "piano"),  # noqa: B023
        )
        assert not isinstance(closed, Exception)
        assert isinstance(ordered, Job | Gone | User.DoesNotExist)
        assert not Job.objects.exists()


# -- A click, while somebody else does something to the job ------------------------------------------------------------

CLICKS: dict[str, tuple[str, dict[str, str]]] = {
    **{f"page {name}": (f"/tracks/{{}}/{name}", {}) for name in ("retry", "cancel", "delete", "share", "unshare")},
    **{f"page {name}": (f"/tracks/{{}}/{name}", {}) for name in ("restore", "purge", "dismiss", "favourite")},
    "page rename": ("/tracks/{}/rename", {"title": "Night"}),
    "page vary": ("/tracks/{}/vary", {"change": "seed"}),
    "page export": ("/tracks/{}/export", {"format": "wav"}),
    **{f"api {name}": (f"/api/music/{{}}/{name}", {}) for name in ("retry", "cancel", "")},
    "api vary": ("/api/music/{}/vary", {"change": "melody"}),
    "api export": ("/api/music/{}/export", {"format": "wav"}),
}
MEANWHILE: dict[str, Step] = {
    "gone": lambda job: Job.objects.filter(pk=job.pk).delete(),
    "in the bin": lambda job: Job.objects.filter(pk=job.pk, finished_at__isnull=False).update(
        deleted_at=timezone.now(), idempotency_key=None
    ),
    "waiting": lambda job: Job.objects.filter(pk=job.pk, state=State.ERROR).update(
        state=State.PENDING, error_code="", finished_at=None, started_at=None, deleted_at=None
    ),
    "cancelled": lambda job: transitions.cancel(job) if not job.is_finished else None,
    "account closed": lambda job: User.objects.filter(pk=job.owner_id).delete(),
}
STATES = ("pending", "failed", "done")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("click", sampled(CLICKS))
def test_a_click_that_comes_too_late_is_no_error(
    click: str, made: Any, failed: Any, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sent = CLICKS[click]
    meanwhile: list[Step] = []

    def found(real: Callable[..., Job]) -> Callable[..., Job]:
        def find(*args: Any, **kwargs: Any) -> Job:
            job = real(*args, **kwargs)
            while meanwhile:
                meanwhile.pop()(Job.objects.get(pk=job.pk))
            return job

        return find

    for module in (common, track, api):
        monkeypatch.setattr(module, "get_object_or_404", found(module.get_object_or_404))
    for what, step in MEANWHILE.items():
        for state in STATES:
            user = User.objects.create_user(f"{what} {state}")
            job = {"pending": order, "failed": failed, "done": made}[state]()
            Job.objects.filter(pk=job.pk).update(owner=user)
            if click in ("page restore", "page purge"):
                MEANWHILE["in the bin"](job)
            client = Client()
            client.force_login(user)
            meanwhile.append(step)
            if click.startswith("page"):
                response = client.post(path.format(job.pk), sent)
            elif click == "api ":
                response = client.delete(path.format(job.pk).rstrip("/"))
            else:
                response = client.post(path.format(job.pk), sent, content_type="application/json")
            meanwhile.clear()
            assert response.status_code < 500, f"{state} job, {what}"
            Job.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_no_error(made: Any, user: User, settings: Any) -> None:
    settings.LIMIT_REQUESTS = ""
    job = made()

    def click(name: str) -> Callable[[], Any]:
        def send() -> Any:
            client = Client()
            client.force_login(user)
            path, sent = CLICKS[name]
            options = {"content_type": "application/json"} if name.startswith("api") else {}
            return [client.post(path.format(job.pk), sent, **options).status_code for _ in range(3)]

        return send

    answers = at_once(*(click(name) for name in CLICKS if name != "api "))
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert {status for statuses in answers for status in statuses} <= {200, 202, 302, 404, 409, 422, 503}
