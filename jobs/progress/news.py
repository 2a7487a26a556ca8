"""What programs are told of jobs by webhooks: worked out from the rows of jobs, so that no process can lose it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from jobs.models import Delivery, Job, State, Webhook
from jobs.models.webhook import DONE, ERROR, PROGRESS, STARTED
from jobs.progress.status import status_json
from jobs.queue.webhooks import host_of

PROGRESS_EVERY = timedelta(seconds=5)  # at most so often progress is told
BATCH = 200  # webhooks that are looked at in one go


def has_news() -> bool:
    """Whether a webhook waits to tell of something."""
    return _with_news(timezone.now()).exists()


def write_news() -> int:
    """Write a delivery for each thing that webhooks have not told yet, once; returns of how many."""
    now = timezone.now()
    return sum(_write(pk, now) for pk in list(_with_news(now).values_list("pk", flat=True)[:BATCH]))


def _with_news(now: datetime) -> QuerySet[Webhook]:
    ended = Q(job__finished_at__isnull=False)
    started = Q(has_started=False, job__started_at__isnull=False)
    gone_on = Q(progress__isnull=True) | ~Q(progress=F("job__progress"))
    due = Q(progress_at__isnull=True) | Q(progress_at__lte=now - PROGRESS_EVERY)
    running = Q(events__contains=PROGRESS, job__state=State.PROCESSING, job__progress__isnull=False)
    return Webhook.objects.filter(ended | started | (running & gone_on & due), is_open=True)


def _write(pk: UUID, now: datetime) -> int:
    with transaction.atomic():
        # Locked before the job is read: whoever orders it again reopens the webhook behind us. The job before it, as
        # by whoever deletes both.
        Job.objects.filter(pk=pk).lock(to_delete=False)
        webhook = Webhook.objects.select_for_update().filter(pk=pk, is_open=True).first()
        if webhook is None:
            return 0
        job = Job.objects.get(pk=webhook.job_id)
        events = list(_news(webhook, job, now))
        webhook.save()
        wanted = [event for event in events if webhook.wants(event)]
        Delivery.objects.bulk_create(_delivery(webhook, job, event, now) for event in wanted)
    return len(wanted)


def _news(webhook: Webhook, job: Job, now: datetime) -> Iterator[str]:
    """What has happened since the webhook was looked at; it knows of that from now on."""
    if job.started_at and not webhook.has_started:
        webhook.has_started = True
        yield STARTED
    if job.is_finished:
        webhook.is_open = False
        yield DONE if job.state == State.DONE else ERROR
        return
    is_due = webhook.progress_at is None or webhook.progress_at <= now - PROGRESS_EVERY
    if is_due and job.state == State.PROCESSING and job.progress not in (None, webhook.progress):
        webhook.progress, webhook.progress_at = job.progress, now
        yield PROGRESS


def _delivery(webhook: Webhook, job: Job, event: str, now: datetime) -> Delivery:
    body = {"type": f"job.{event}", "timestamp": now, "data": status_json(job)}
    return Delivery(
        owner_id=job.owner_id,
        token_id=webhook.token_id,
        job_id=job.pk,
        url=webhook.url,
        host=host_of(webhook.url),
        event=event,
        body=json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False),
        created_at=now,
        since=now,
        due_at=now,
    )
