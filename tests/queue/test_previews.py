"""Orders of previews as rows: which supersedes which, who takes them, and when they are gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs.models import Holder, Job, Preview, State
from jobs.models.errors import LOST, Gone, IllegalTransition, LimitReached, Unmakeable
from jobs.music.editing import EditDocument
from jobs.music.overview import overview
from jobs.progress.status import status_json
from jobs.queue import orders, previews, revisions, transitions, wakeups
from jobs.storage import files
from tests.making import composed, made

HOLDER = Holder("here", 4242)
FASTER = EditDocument.model_validate({"version": 1, "tempo": 120})


@pytest.fixture
def track(user: User) -> Job:
    return composed(orders.submit(user, "solo piano", {"duration": 40, "seed": 5, "generator": "composer"}))


def take() -> Preview:
    preview = Preview.objects.claim("default", HOLDER)
    assert preview is not None
    return preview


def stored(preview: Preview, folder: Path) -> str:
    """End it with a sound; its name in the storage."""
    path = folder / "preview.flac"
    path.write_bytes(b"fLaC")
    file = files.keep_preview(preview.track_id, preview.number, path, "audio/flac")
    assert preview.finish({**file, "start": 0.0, "lead": 0.0, "length": 1.0})
    return str(file["name"])


def test_it_is_the_section_of_the_edit_as_it_stands(track: Job, user: User) -> None:
    first = previews.order(track, FASTER, section=1)
    assert (first.owner, first.track, first.number, first.section) == (user, track, 1, 1)
    assert (first.document, first.state) == ({"version": 1, "tempo": 120}, State.PENDING)
    slower = EditDocument.model_validate({"version": 1, "tempo": 100})
    revisions.save(track, user, slower, 0)
    blocks = overview(slower, revisions.base_of(track), track.seed).blocks
    second = blocks[1].start
    for at, section in ((0, 0), (second - 0.1, 0), (second + 0.1, 1), (10_000, len(blocks) - 1)):
        assert previews.order(track, None, at=at).section == section
    assert Preview.objects.get().document == {"version": 1, "tempo": 100}
    with pytest.raises(ValueError, match="section: the piece has"):
        previews.order(track, None, section=40)
    with pytest.raises(ValueError, match=r"sections\.0\.of"):
        previews.order(track, EditDocument.model_validate({"version": 1, "sections": [{"of": 60}]}))


def test_the_next_order_takes_its_place(track: Job, tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    previews.order(track, None, section=0)
    late = take()
    name = stored(late, tmp_path)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        previews.order(track, FASTER, section=1)
    assert not default_storage.exists(name)
    assert not late.is_held()
    second = take()
    previews.order(track, None, section=0)
    assert (second.finish({}), second.fail(LOST, ""), second.return_to_queue()) == (False, False, False)
    assert (Preview.objects.get().number, Preview.objects.get().state) == (3, State.PENDING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Preview.objects.create(owner=track.owner, track=track, lane="x")


def test_whoever_has_waited_longest_is_next_and_is_taken_once(track: Job, other: User) -> None:
    theirs = composed(orders.submit(other, "solo piano", {"duration": 6, "seed": 5, "generator": "composer"}))
    previews.order(theirs, None)
    previews.order(track, None)
    previews.order(track, FASTER)
    assert Preview.objects.claim("gpu", HOLDER) is None
    assert [take().owner_id, take().owner_id] == [other.pk, track.owner_id]
    assert Preview.objects.claim("default", HOLDER) is None


def test_nothing_that_looks_at_jobs_sees_it(track: Job) -> None:
    before = [*Job.objects.values_list("pk", "updated_at")]
    previews.order(track, None)
    take()
    assert [*Job.objects.values_list("pk", "updated_at")] == before


def test_a_lost_worker_costs_an_attempt_and_then_the_preview(track: Job) -> None:
    previews.order(track, None)
    for state in (State.PENDING, State.ERROR):
        take()
        assert previews.rescue() == 0
        Preview.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert previews.rescue() == 1
        assert Preview.objects.get().state == state
    assert Preview.objects.get().error_code == LOST


def test_a_wake_up_that_was_lost_is_replaced(track: Job) -> None:
    from django_q.models import OrmQ

    previews.order(track, None)
    OrmQ.objects.all().delete()
    assert wakeups.replace_lost_messages("default") == 1


def test_it_goes_after_a_while_with_the_track_and_with_the_account(track: Job, user: User, tmp_path: Path) -> None:
    previews.order(track, None)
    name = stored(take(), tmp_path)
    assert (previews.expire(), previews.of(track) is None) == (0, False)
    Preview.objects.update(ordered_at=timezone.now() - previews.KEEP)
    assert previews.of(track) is None
    assert (previews.expire(), Preview.objects.count()) == (1, 0)
    assert not default_storage.exists(name)
    previews.order(track, None)
    transitions.delete(track)
    assert (previews.expire(), Preview.objects.count()) == (1, 0)
    track.restore()
    previews.order(track, None)
    user.is_active = False
    user.save()
    assert not Preview.objects.exists()
    previews.order(track, None)
    user.delete()
    assert not Preview.objects.exists()


def test_a_piece_is_heard_before_it_is_made(user: User, tmp_path: Path) -> None:
    job = orders.submit(user, "solo piano", {"duration": 40, "seed": 5, "generator": "composer"})
    with pytest.raises(IllegalTransition):
        previews.order(job, FASTER)
    assert "previewUrl" not in status_json(job)
    ordered = previews.order(job, None, section=0)
    assert (ordered.document, ordered.section, previews.of(job)) == ({"version": 1}, 0, ordered)
    assert "previewUrl" not in status_json(job)
    name = stored(take(), tmp_path)
    assert status_json(job)["previewUrl"] == f"/tracks/{job.pk}/preview/1"
    assert (previews.expire(), default_storage.exists(name)) == (0, True)
    composed(job)
    job.refresh_from_db()
    assert "previewUrl" not in status_json(job)
    assert previews.of(job) is None
    assert (previews.expire(), Preview.objects.count(), default_storage.exists(name)) == (1, 0, False)
    assert previews.of(job) is None
    assert previews.order(job, FASTER) == previews.of(job)  # of the track that it has become


@pytest.mark.parametrize("end", ["cancel", "fail"])
def test_it_ends_with_a_job_that_fails(user: User, tmp_path: Path, end: str) -> None:
    job = orders.submit(user, "solo piano", {"duration": 40, "seed": 5, "generator": "composer"})
    previews.order(job, None)
    stored(take(), tmp_path)
    running = Job.objects.claim("default", HOLDER)
    assert running is not None
    assert running.cancel() is None if end == "cancel" else running.fail(LOST, "")
    running.refresh_from_db()
    assert ("previewUrl" in status_json(running), previews.of(running)) == (False, None)
    with pytest.raises(IllegalTransition):
        previews.order(running, None)


def test_what_is_made_as_a_whole_is_not_heard_before(user: User, order: Any) -> None:
    job = order()
    assert not previews.is_heard_early(job)
    with pytest.raises(IllegalTransition):
        previews.order(job, None)


def test_what_cannot_be_changed_cannot_be_heard(track: Job, user: User, settings: Any) -> None:
    settings.LIMIT_PREVIEWS = "1/hour"
    previews.order(track, None)
    with pytest.raises(LimitReached) as refusal:
        previews.order(track, None)
    assert refusal.value.code == "previews"
    transitions.delete(track)
    settings.LIMIT_PREVIEWS = ""
    with pytest.raises(Gone):
        previews.order(track, None)
    settings.GENERATORS = {**settings.GENERATORS, "dummy": {"BACKEND": "jobs.generators.dummy.Dummy"}}
    with pytest.raises(Unmakeable):
        previews.order(made(orders.submit(user, "organ", {"generator": "dummy"})), None)
