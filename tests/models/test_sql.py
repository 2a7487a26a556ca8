from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs.models import Attempt, Job
from jobs.models.sql import PreparedInsert

pytestmark = pytest.mark.django_db


def told_of(owner: User, **values: Any) -> dict[str, Any]:
    told = {"prompt": "피아노 100%", "generator": "dummy", "lane": "default", "seed": 2**32 - 1, "attempt_limit": 3}
    return {"owner_id": owner.pk, **told, **values}


def test_it_inserts_what_save_would(user: User) -> None:
    told = {
        "options": {"moods": ["calm"], "title": "%s ?"}, "title": "Rain", "idempotency_key": "k",
        "created_at": timezone.now() - timedelta(days=3), "favourite": True, "duration": 1.5,
    }  # fmt: skip
    theirs = Job(**told_of(user, **told | {"idempotency_key": "l"}, turn=7))
    theirs.save(force_insert=True)
    ours, insert = PreparedInsert(Job).make(**told_of(user, **told))
    insert(turn=7)
    assert ours.turn == 7
    own = {"id", "idempotency_key", "updated_at"}
    names = [field.attname for field in Job._meta.concrete_fields if field.attname not in own]
    one, other = (Job.objects.values(*names).get(pk=job.pk) for job in (ours, theirs))
    assert one == other == {name: getattr(ours, name) for name in names}
    assert Job.objects.get(pk=ours.pk).updated_at == ours.updated_at


def test_nothing_is_shared_with_the_next_one(user: User) -> None:
    insert = PreparedInsert(Job)
    one, _ = insert.make(**told_of(user))
    one.brief["tempo"] = 80
    other, _ = insert.make(**told_of(user))
    assert other.brief == {}
    assert one.pk != other.pk
    assert one.created_at < other.created_at


def test_what_is_inserted_is_known_to_be_there(user: User) -> None:
    job, insert = PreparedInsert(Job).make(**told_of(user))
    insert(turn=1)
    job.title = "Another"
    job.save()
    assert [job.title for job in Job.objects.all()] == ["Another"]


def test_the_database_chooses_a_number(user: User) -> None:
    job = Job(**told_of(user, turn=1))
    job.save()
    for number in (1, 2):
        told = {"generator": "dummy", "host": "h", "pid": 1, "started_at": timezone.now()}
        _attempt, insert = PreparedInsert(Attempt).make(job_id=job.pk, number=number, **told)
        insert()
    assert len(set(job.attempts.values_list("pk", flat=True))) == 2


def test_constraints_hold(user: User) -> None:
    one, other = (PreparedInsert(Job).make(**told_of(user, idempotency_key="k"))[1] for _ in range(2))
    one(turn=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        other(turn=1)
