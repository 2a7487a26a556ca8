"""A finished track in another format, on request: a job of its own that makes the same piece again and keeps that file.

An engine that makes a piece twice in the same way (``Abilities.exports``) need not keep what nobody may ever fetch.
"""

from __future__ import annotations

import json
import math
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jobs.generators import abilities_of, lane_of
from jobs.generators.base import FORMATS, GeneratorError, Made
from jobs.models import Job, State
from jobs.models.errors import Gone, IllegalTransition
from jobs.queue import orders, transitions

NEAR = 0.01  # by which a measure (LUFS, dB, seconds) may differ from one machine to another


def offered(track: Job) -> tuple[str, ...]:
    """The formats (of ``FORMATS``) that can be made of a finished track and did not come with it; else none."""
    if track.state != State.DONE or track.export_of_id:
        return ()
    return tuple(kind for kind in abilities_of(track.generator).exports if kind not in track.files)


def order(track: Job, kind: str) -> Job:
    """Order ``track`` in the format ``kind``, within its owner's limits; returns the export, a job of its own.

    A format that was ordered before gives the earlier export again, retried if it failed.

    Raise IllegalTransition where the track is not done (Gone where it is deleted), ValueError for a format that is not
    ``offered``, LimitReached.
    """
    if track.state != State.DONE:
        raise IllegalTransition("export", track.state)
    if kind not in offered(track):
        raise ValueError(f"format: {kind} cannot be made of this track, or came with it.")
    with transaction.atomic():
        # Locked, so that whoever deletes it or orders the same comes before or after.
        if not Job.objects.owned_by(track.owner_id).filter(pk=track.pk).lock(to_delete=False):
            raise Gone("export")
        if earlier := track.exports.filter(export_as=kind).first():
            if earlier.state == State.ERROR and earlier.error_retryable:
                _retry(earlier)
            return earlier
        return orders.accept(
            owner_id=track.owner_id,
            prompt=track.prompt,
            brief={**track.brief, "title": track.title},  # what the file is called inside
            title=_title(track.title, kind),
            style=track.style,
            generator=track.generator,
            lane=lane_of(track.generator),
            seed=track.seed,
            attempt_limit=settings.MAX_ATTEMPTS,
            export_of_id=track.pk,
            export_as=kind,
        )


def _retry(export: Job) -> None:
    try:
        transitions.retry(export)
    except IllegalTransition:
        if export.state == State.ERROR:  # otherwise somebody was faster, and it is made already
            raise


def rename(track: Job, title: str) -> None:
    """Give a track another title, and its exports theirs; ``delivery`` puts it into files that are there."""
    with transaction.atomic():
        Job.objects.with_exports(track.pk).lock(to_delete=False)
        track.rename(title)
        for export in track.exports.all():
            export.rename(_title(title, export.export_as))


def _title(title: str, kind: str) -> str:
    return f"{title[:180]} · {label(kind)}"


def label(kind: str) -> str:
    """What people call a kind of file ("audio", "midi", a format …), in the current language."""
    return {"audio": _("Audio"), "stems": _("Stems")}.get(kind, kind.upper())


def holder(job: Job, kind: str) -> Job | None:
    """The job whose ``files`` have the file of that ``kind``: the track, or a finished export of it; None: neither."""
    if kind in job.files:
        return job
    if kind not in FORMATS:
        return None
    return job.exports.filter(export_as=kind, state=State.DONE).first()


def check(export: Job, made: Made) -> None:
    """Raise GeneratorError unless ``made`` is the track of ``export`` again, in the format that was ordered."""
    track = export.export_of
    facts = json.loads(json.dumps(dict(made.facts)))  # as those of the track were stored
    before = {name: value for name, value in track.facts.items() if name != "title"} if track else {}
    same = track is not None and all(_near(value, facts.get(name)) for name, value in before.items())
    if not same:
        raise GeneratorError("not_the_same", "What was made differs from the track.", retryable=False)
    if set(made.files) != {export.export_as}:
        raise GeneratorError("engine_failed", f"No {export.export_as} was made.")


def _near(before: Any, now: Any) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, abs_tol=NEAR)
    return bool(before == now)
