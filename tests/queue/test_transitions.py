"""Into the bin, out of it, and away; back to where it waited."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Attempt, Job
from jobs.models.errors import IllegalTransition
from jobs.queue import orders, transitions
from jobs.storage import files

Claim = Callable[[], Job]


def test_a_job_that_is_handed_back_keeps_its_place(order: Any, claim: Claim) -> None:
    first, _second = order(), order()
    transitions.postpone(claim(), 0, Attempt.Outcome.RETURNED, "", "", free=True)
    assert claim().pk == first.pk


def test_it_purges_an_ended_job_with_its_files_and_exports(
    order: Any, claim: Claim, django_capture_on_commit_callbacks: Any, tmp_path: Any, settings: Any
) -> None:
    first = order()
    job = claim()
    with pytest.raises(IllegalTransition):
        transitions.purge(job)
    export = order()
    Job.objects.filter(pk=export.pk).update(export_of=first, export_as="wav")
    for one in (first, export):
        produced = tmp_path / "audio.wav"
        produced.write_bytes(b"x")
        files.keep(one.pk, 1, {"audio": (produced, "audio/wav")})
    job.fail("x", "y")
    folders = [settings.MEDIA_ROOT / "tracks" / str(one.pk) for one in (first, export)]
    assert all(folder.exists() for folder in folders)
    with django_capture_on_commit_callbacks(execute=True):
        transitions.purge(job)
    assert not any(folder.exists() for folder in folders)
    assert not Job.objects.exists()


def test_a_deleted_job_lies_in_the_bin_until_its_time_is_over(order: Any, user: Any, settings: Any) -> None:
    settings.BIN_DAYS = 7
    job = order()
    with pytest.raises(IllegalTransition):
        transitions.delete(job)
    transitions.cancel(job)
    transitions.delete(job)
    assert not Job.objects.owned_by(user).exists()
    deleted_at = Job.objects.binned_by(user).get().deleted_at
    transitions.delete(job)
    assert Job.objects.binned_by(user).get().deleted_at == deleted_at, "the time in the bin begins once"
    with pytest.raises(IllegalTransition):
        transitions.retry(job)
    job.restore()
    assert Job.objects.owned_by(user).get() == job
    transitions.delete(job)
    assert transitions.empty_bin() == 0
    Job.objects.update(deleted_at=timezone.now() - timezone.timedelta(days=7, seconds=1))
    assert transitions.empty_bin() == 1
    assert not Job.objects.exists()


def test_the_key_of_a_deleted_job_is_free_again(dummy: Any, user: Any) -> None:
    dummy()
    job = orders.submit(user, "piano", {}, key="k")
    transitions.cancel(job)
    transitions.delete(job)
    again = orders.submit(user, "piano", {}, key="k")
    assert again != job
    job.restore()
    assert Job.objects.owned_by(user).count() == 2
