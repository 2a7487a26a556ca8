"""The edit of a track, step by step: nothing of it is lost, and the track itself is never touched.

Each step is a row of ``Revision``. One is current; undo and redo make another one current, and a new step goes out
from that. ``variations.edited`` makes a track of its own of a version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from jobs.generators import abilities_of
from jobs.models import Job, Revision, State
from jobs.models.errors import Gone, IllegalTransition, LimitReached, Unmakeable
from jobs.models.revision import MADE_WITH
from jobs.music import editing
from jobs.music.brief import Brief
from jobs.music.editing import EditDocument, Outline
from jobs.music.summaries import summarised
from jobs.queue import exports

AS_COMPOSED: Mapping[str, Any] = {"version": editing.VERSION}  # the document of a track that nobody has changed
MOST_BYTES = 20_000_000  # of all documents of a track
LISTED = 200  # revisions that are listed, the latest


class Outdated(Exception):
    """Somebody has changed the track meanwhile: ``current`` is not the number that the change was made from."""

    def __init__(self, current: int) -> None:
        super().__init__(f"The edit is at {current} now.")
        self.current = current


def why_not(track: Job) -> str:
    """The code of why a finished track cannot be changed in parts; "" where it can."""
    can = abilities_of(track.generator)
    if not can.takes_edits or track.export_of_id:
        return "not_editable"
    if not exports.has_score(track):
        return exports.NO_SCORE
    return "" if track.facts.get("composer", can.version) == can.version else "earlier_composer"


def check(track: Job) -> None:
    """Raise IllegalTransition where the track is not done, Unmakeable where it cannot be changed in parts."""
    if track.state != State.DONE:
        raise IllegalTransition("edit", track.state)
    if code := why_not(track):
        raise Unmakeable(code)


def made_with(job: Job) -> Revision | None:
    """What the job is to be made with, or was; None for a piece that nobody has changed."""
    return job.revisions.filter(number=MADE_WITH).first()


def is_edited(job: Job) -> bool:
    """Whether the piece was changed in parts before it was made."""
    return job.revisions.filter(number=MADE_WITH).exists()


def steps_of(track: Job) -> Sequence[Mapping[str, Any]]:
    """The latest LISTED steps of a track, latest first, without their documents."""
    steps = track.revisions.exclude(number=MADE_WITH).order_by("-number")
    return list(steps.values("number", "parent", "summary", "name", "created_at")[:LISTED])


def current(track: Job) -> Revision | None:
    """The step that undo and redo have led to; None: as composed."""
    return track.revisions.filter(is_current=True).first() or made_with(track)


def number_of(revision: Revision | None) -> int:
    """The number by which a state is named: MADE_WITH for the track as it was made."""
    return revision.number if revision else MADE_WITH


def document_of(revision: Revision | None) -> Mapping[str, Any]:
    return revision.document if revision else AS_COMPOSED


def base_of(track: Job) -> Brief:
    """The brief over which the track's edit lies."""
    made = made_with(track)
    return Brief.from_json((made.brief if made else None) or track.brief)


def outline_of(track: Job) -> Outline:
    """What of the track can be changed, as composed."""
    return editing.outline(base_of(track), track.seed)


def edited_outline_of(track: Job, revision: Revision | None) -> Outline:
    """The same, as the revision has it."""
    document = EditDocument.model_validate(document_of(revision))
    return editing.edited_outline(document, base_of(track), track.seed)


def find(track: Job, number: int) -> Revision | None:
    """The revision of that number; None for MADE_WITH of a track as composed. Raise Revision.DoesNotExist."""
    if number == MADE_WITH:
        return made_with(track)
    return track.revisions.get(number=number)


def save(
    track: Job, author: Any, document: EditDocument, expected: int, *, summary: str = "", name: str = ""
) -> Revision:
    """A new step from the one of number ``expected``, which becomes the current one.

    Raise Outdated where another one is current by now, ValueError naming the field that does not fit the piece,
    LimitReached where no more documents are kept for the track, and what ``check`` raises.
    """
    check(track)
    base = base_of(track)
    editing.read(document, base, track.seed)
    plain = document.plain()
    size = len(json.dumps(plain))
    if size > editing.LARGEST:
        raise ValueError(f"sections: the document is larger than {editing.LARGEST // 1000} kB")
    with transaction.atomic():
        lock(track, "edit")
        before = current(track)
        if number_of(before) != expected:
            raise Outdated(number_of(before))
        totals = track.revisions.aggregate(bytes=Sum("size"), last=Max("number"))
        if (totals["bytes"] or 0) + size > MOST_BYTES:
            text = _("So much of this track has been changed that no more is kept. Make a track of its latest version.")
            raise LimitReached("revisions_full", text, 3600)
        track.revisions.filter(is_current=True).update(is_current=False)
        return track.revisions.create(
            number=(totals["last"] or 0) + 1,
            parent=number_of(before),
            author=author,
            summary=summary or summarised(document_of(before), plain, editing.outline(base, track.seed)),
            name=name,
            document=plain,
            size=size,
            is_current=True,
        )


def restore(track: Job, number: int, expected: int | None = None) -> Revision | None:
    """Make the revision of that number the current one: undo, redo, or any version; None: as composed.

    Raise Revision.DoesNotExist, Outdated where ``expected`` is not current any more, and what ``check`` raises.
    """
    check(track)
    with transaction.atomic():
        lock(track, "edit")
        before = number_of(current(track))
        if expected is not None and before != expected:
            raise Outdated(before)
        revision = find(track, number)
        track.revisions.filter(is_current=True).update(is_current=False)
        if revision:
            track.revisions.filter(pk=revision.pk).update(is_current=True)
            revision.is_current = True
        return revision


def following(track: Job, number: int) -> Revision | None:
    """The latest step that was made from the one of that number: what redo leads to; None where there is none."""
    return track.revisions.exclude(number=MADE_WITH).filter(parent=number).order_by("number").last()


def call(track: Job, number: int, name: str) -> None:
    """Give a step a name by which somebody finds it again; "" takes it away."""
    track.revisions.exclude(number=MADE_WITH).filter(number=number).update(name=name)


def begin(job: Job, brief: Mapping[str, Any], document: EditDocument, source: Revision | None) -> None:
    """Let a new job be made with the document, over that brief, as the revision ``source`` of another track has it."""
    job.revisions.create(
        number=MADE_WITH,
        author_id=source.author_id if source else None,
        summary=source.summary if source else "",
        name=source.name if source else "",
        document=document.plain(),
        size=source.size if source else 0,
        brief=brief,
    )


def lock(track: Job, action: str) -> None:
    """Let nobody else change the track's edit until the transaction ends; raise Gone where the track is no more."""
    if not Job.objects.owned_by(track.owner_id).filter(pk=track.pk).lock(to_delete=False):
        raise Gone(action)
