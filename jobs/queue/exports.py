"""A finished track in another format, on request: a job of its own that makes the same piece again and keeps that file.

An engine that makes a piece twice in the same way (``Abilities.exports``) need not keep what nobody may ever fetch. One
that ``keeps_score`` makes it of the document beside the track, so that a later version of it changes no earlier track.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jobs.generators import abilities_of, lane_of
from jobs.generators.base import FORMATS, GeneratorError, Made
from jobs.models import Job, State
from jobs.models.errors import Gone, IllegalTransition, NoScore
from jobs.queue import orders, transitions

SCORE = "score"  # kind of the file from which an engine that keeps one makes what else is asked for
SOUND = ("loudness", "true_peak", "soundfont", "soundfont_damaged", "sample_rate")  # facts of how notes were played
NEAR = 0.01  # by which a measure (LUFS, dB, seconds) may differ from one machine to another


def offered(track: Job) -> tuple[str, ...]:
    """The formats (of ``FORMATS``) that can be made of a finished track and did not come with it; else none."""
    return _lacking(track) if has_score(track) else ()


def unavailable(track: Job) -> tuple[str, ...]:
    """The formats that its engine makes of finished tracks, but not of this one, since it is without a score."""
    return () if has_score(track) else _lacking(track)


def has_score(track: Job) -> bool:
    """Whether the track has the document from which its engine makes it again, or the engine needs none."""
    return SCORE in track.files or not abilities_of(track.generator).keeps_score


def _lacking(track: Job) -> tuple[str, ...]:
    if track.state != State.DONE or track.export_of_id:
        return ()
    return tuple(kind for kind in abilities_of(track.generator).exports if kind not in track.files)


def order(track: Job, kind: str) -> Job:
    """Order ``track`` in the format ``kind``, within its owner's limits; returns the export, a job of its own.

    A format that was ordered before gives the earlier export again, retried if it failed.

    Raise IllegalTransition where the track is not done (Gone where it is deleted), NoScore for a format that is
    ``unavailable``, ValueError for one that is not ``offered``, LimitReached.
    """
    if track.state != State.DONE:
        raise IllegalTransition("export", track.state)
    if kind in unavailable(track):
        raise NoScore
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
    if track is None or _changed(track, facts) - (set(SOUND) if SCORE in track.files else set()):
        raise GeneratorError("not_the_same", "What was made differs from the track.", retryable=False)
    if set(made.files) != {export.export_as}:
        raise GeneratorError("engine_failed", f"No {export.export_as} was made.")


def sounds_otherwise(export: Job, track: Job) -> bool:
    """Whether a finished export is the same notes as its track, played otherwise: on other sounds, by a later mix."""
    return export.state == State.DONE and bool(_changed(track, export.facts) & set(SOUND))


def _changed(track: Job, facts: Mapping[str, Any]) -> set[str]:
    """The facts of the track that are others now."""
    return {name for name, value in track.facts.items() if name != "title" and not _near(value, facts.get(name))}


def _near(before: Any, now: Any) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, abs_tol=NEAR)
    return bool(before == now)
