"""A section of a track that is being changed, or of a piece that is made, to be heard at once.

A worker makes one before any job. There is one row for each person (``Preview``): the next order supersedes it, and
its sound goes. What nobody has renewed for KEEP goes, too.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.generators import abilities_of, lane_of
from jobs.models import NO_LEASE, Job, Preview, State, errors
from jobs.models.errors import Gone
from jobs.models.preview import ATTEMPTS
from jobs.models.querysets import lock_owners
from jobs.music.editing import EditDocument
from jobs.music.overview import overview
from jobs.queue import revisions
from jobs.queue.rates import count
from jobs.queue.wakeups import wake
from jobs.storage import files

logger = logging.getLogger(__name__)

KEEP = timedelta(hours=1)  # since it was ordered, that a preview can be heard


def order(track: Job, document: EditDocument | None, *, section: int | None = None, at: float = 0.0) -> Preview:
    """Order a section of the track as the document has it (None: as its edit is now), in place of what there was.

    Of a piece that is not made yet: as it will be, without a document. What was ordered then ends with the job.

    ``section``: its number; None: the one that sounds at the second ``at`` of the piece. Raise ValueError naming the
    field that does not fit the piece, LimitReached, Gone, and what ``revisions.check`` raises.
    """
    if document or not is_heard_early(track):
        revisions.check(track)
    plain = document.plain() if document else dict(revisions.document_of(revisions.current(track)))
    base = revisions.base_of(track)
    blocks = overview(EditDocument.model_validate(plain), base, track.seed).blocks
    number = sum(block.start <= at for block in blocks[1:]) if section is None else section
    if number >= len(blocks):
        raise ValueError(f"section: the piece has {len(blocks)} sections, counted from 0")
    count(
        "previews",
        settings.LIMIT_PREVIEWS,
        track.owner_id,
        _("You have listened to as many changes as one person may for now. Please come back later."),
    )
    lane = lane_of(track.generator)
    with transaction.atomic():
        lock_owners([track.owner_id])
        if not Job.objects.owned_by(track.owner_id).filter(pk=track.pk).exists():
            raise Gone("preview")
        preview, is_first = Preview.objects.get_or_create(
            owner_id=track.owner_id, defaults={"track": track, "lane": lane, "number": 1}
        )
        superseded = (preview.track_id, preview.number)
        Preview.objects.filter(pk=preview.pk).update(
            track=track,
            number=F("number") + (0 if is_first else 1),
            section=number,
            document=plain,
            lane=lane,
            state=State.PENDING,
            attempt=0,
            file={},
            error_code="",
            error_message="",
            ordered_at=timezone.now(),
            **NO_LEASE,
        )
        if not is_first:
            transaction.on_commit(partial(files.remove_preview, *superseded))
        wake(lane)
    preview.refresh_from_db()
    return preview


def of(track: Job) -> Preview | None:
    """What its owner wanted to hear last, where that was of this track and is not too old."""
    after = max(timezone.now() - KEEP, track.finished_at or track.created_at)
    return Preview.objects.filter(owner=track.owner_id, track=track, ordered_at__gt=after).first()


def is_heard_early(job: Job) -> bool:
    """Whether the piece is not made yet, and can be heard meanwhile: its engine makes sections, the same each time."""
    return not job.is_finished and not job.export_of_id and abilities_of(job.generator).takes_edits


def take_back(preview: Preview) -> bool:
    """Of a worker that is gone; another one makes it, unless this was the last attempt.

    False where that attempt does not hold it any more.
    """
    if preview.attempt < ATTEMPTS:
        with transaction.atomic():
            taken = preview.return_to_queue()
            if taken:
                wake(preview.lane)
    else:
        taken = preview.fail(errors.LOST, "")
    if taken:
        logger.warning("preview %d of user %s: attempt %d lost", preview.number, preview.owner_id, preview.attempt)
        files.remove_preview(preview.track_id, preview.number)
    return taken


def rescue() -> int:
    """Take back those whose lease has run out by the clock, which jumps and differs; returns how many."""
    overdue = Preview.objects.leased().filter(lease_until__lt=timezone.now())
    return sum(take_back(preview) for preview in overdue)


def expire(limit: int = 50) -> int:
    """Remove those that are older than KEEP, or whose track is in the bin or has ended since; returns how many.

    At most ``limit``.
    """
    too_old = Q(ordered_at__lt=timezone.now() - KEEP)
    ended = Q(track__finished_at__gte=F("ordered_at"))
    old = Preview.objects.filter(too_old | ended | Q(track__deleted_at__isnull=False)).exclude(state=State.PROCESSING)
    removed = 0
    for preview in old[:limit]:
        removed += _remove(preview)
    files.drop_old_previews(KEEP)
    return removed


def drop(owner: User) -> None:
    """Nobody waits for what this person wanted to hear."""
    for preview in Preview.objects.filter(owner=owner):
        preview.delete()
        transaction.on_commit(partial(files.remove_preview, preview.track_id, preview.number))


def _remove(preview: Preview) -> int:
    gone: Any = Preview.objects.filter(pk=preview.pk, number=preview.number).exclude(state=State.PROCESSING).delete()
    if gone[0]:
        files.remove_preview(preview.track_id, preview.number)
    return int(gone[0])
