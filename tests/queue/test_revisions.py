"""The steps of an edit in the table, by whom and from what; and a version that is made by a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from jobs.models import Job, Revision, State
from jobs.models.errors import Gone, LimitReached, Unmakeable
from jobs.music.editing import EditDocument
from jobs.queue import exports, orders, revisions, transitions, variations
from jobs.queue.revisions import Outdated
from jobs.worker import attempt
from tests.making import composed


def document(**fields: Any) -> EditDocument:
    return EditDocument.model_validate({"version": 1, **fields})


def ordered(user: User) -> Job:
    return orders.submit(user, "solo piano", {"duration": 6, "seed": 5, "generator": "composer"})


@pytest.fixture
def track(user: User) -> Job:
    return composed(ordered(user))


def test_a_step_goes_out_from_the_current_one(track: Job, user: User, other: User) -> None:
    first = revisions.save(track, user, document(tempo=90), 0)
    second = revisions.save(track, other, document(tempo=95), 1)
    assert [(step.number, step.parent, step.author) for step in (first, second)] == [(1, 0, user), (2, 1, other)]
    with pytest.raises(Outdated) as late:
        revisions.save(track, user, document(tempo=99), 1)
    assert late.value.current == 2
    revisions.restore(track, 1)
    assert revisions.save(track, user, document(tempo=99), 1).parent == 1
    assert [step.number for step in track.revisions.filter(is_current=True)] == [3]
    other.delete()
    assert revisions.find(track, 2).author is None  # type: ignore[union-attr]


def test_only_one_step_is_current_and_each_number_is_there_once(track: Job, user: User) -> None:
    step = revisions.save(track, user, document(tempo=90), 0)
    for values in ({"number": 1}, {"number": 2, "is_current": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Revision.objects.create(track=track, document={}, size=2, **values)
    assert revisions.current(track) == step


def test_what_is_gone_or_binned_is_not_changed(track: Job, user: User) -> None:
    transitions.delete(track)
    with pytest.raises(Gone):
        revisions.save(track, user, document(tempo=90), 0)
    with pytest.raises(Gone):
        variations.edited(track)


def test_a_version_is_an_order_as_any_other(track: Job, settings: Any) -> None:
    settings.LIMIT_JOBS = "1/day"
    variations.edited(track)
    with pytest.raises(LimitReached):
        variations.edited(track)
    assert track.variations.count() == track.variations.filter(revisions__number=0).count() == 1


def test_an_engine_that_makes_a_whole_is_refused(order: Any, claim: Any) -> None:
    job = order()
    attempt.run(claim())
    job.refresh_from_db()
    with pytest.raises(Unmakeable) as refused:
        revisions.check(job)
    assert refused.value.code == "not_editable"


@pytest.mark.django_db(transaction=True)  # the worker beats in a thread of its own
def test_a_worker_makes_a_version_and_its_other_formats(user: User, claim: Any, settings: Any) -> None:
    track = ordered(user)
    attempt.run(claim())
    track.refresh_from_db()
    name = next(name for name, (role, _) in revisions.outline_of(track).parts.items() if role != "drums")
    revisions.save(track, user, document(key="Eb", parts={name: {"instrument": "harp"}}), 0)
    before = {kind: Path(default_storage.path(file["name"])).read_bytes() for kind, file in track.files.items()}
    version = variations.edited(track)
    attempt.run(claim())
    version.refresh_from_db()
    assert (version.state, version.variation_of) == (State.DONE, track)
    assert [part["instrument"] for part in version.facts["parts"] if part["name"] == name] == ["harp"]
    assert version.brief["tonic"] == "Eb"
    export = exports.order(version, "wav")
    attempt.run(claim())
    export.refresh_from_db()
    assert export.state == State.DONE
    track.refresh_from_db()
    assert before == {kind: Path(default_storage.path(file["name"])).read_bytes() for kind, file in track.files.items()}


def test_redo_leads_to_the_latest_step_from_there_and_steps_have_names(track: Job, user: User) -> None:
    assert revisions.following(track, 0) is None
    for tempo in (90, 95):
        revisions.restore(track, 0)
        revisions.save(track, user, document(tempo=tempo), 0)
    latest = revisions.following(track, 0)
    assert latest is not None
    assert latest.document["tempo"] == 95
    revisions.call(track, 1, "Slow")
    assert [(step["number"], step["name"]) for step in revisions.steps_of(track)] == [(2, ""), (1, "Slow")]
