"""Calls of the API by which a track is changed in parts: its score, its edit, the steps of that, a version as a track.

A change says in ``If-Match`` which state it goes out from, so that two tabs, or two people, never overwrite each other.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Header, Path, Query

from jobs.api.conditional import answer, is_known
from jobs.api.edit_schemas import EditIn, EditOut, ScoreOut, Version
from jobs.api.keys import IdempotencyKey
from jobs.api.problems import of_status
from jobs.api.schemas import Problem, Status
from jobs.api.tokens import whoever_may
from jobs.api.views import OWN, UNSAFE, api, blame, invalid, own_track, submitted
from jobs.models import Job, Revision
from jobs.models.errors import Unmakeable
from jobs.models.token import CREATE
from jobs.music import editing
from jobs.music.brief import TONICS
from jobs.music.errors import ScoreDamaged, ScoreTooNew
from jobs.music.files.document import Document, unpack
from jobs.queue import exports, revisions, variations
from jobs.storage import files

BLOCK = 64 * 1024  # bytes that are read at once
BAD = {400: Problem, 409: Problem, 413: Problem, 415: Problem, 422: Problem}
Number = Annotated[int, Path(ge=0, le=2**31 - 1)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000)]
_TAG = re.compile(r'"(\d{1,9})-\d+"')


@api.get(
    "music/{uuid:job_id}/score",
    response={200: ScoreOut, 304: None, **OWN, 409: Problem},
    summary="Every note of a finished track",
)
def score(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """409 ``no_score``: the track was made by an earlier version, or by an engine that writes none."""
    track = own_track(request, job_id)
    file = track.files.get(exports.SCORE)
    if file is None:
        raise Unmakeable(exports.NO_SCORE)
    try:
        with closing(files.read(file["name"], file["size"])) as content:
            document = unpack(b"".join(iter(lambda: content.read(BLOCK), b"")), track.title)
    except FileNotFoundError:
        raise Unmakeable("score_missing") from None
    except (ScoreDamaged, ScoreTooNew) as error:
        raise Unmakeable(error.code) from error
    return answer(request, _score_json(document))


def _score_json(document: Document) -> dict[str, Any]:
    score = document.score
    return {
        "title": score.title,
        "composer": document.composer,
        "key": TONICS[score.tonic],
        "mode": score.mode,
        "metre": f"{score.metre[0]}/{score.metre[1]}",
        "duration": score.duration,
        "beats": score.beats,
        "tempos": [(tempo.start, tempo.bpm) for tempo in score.tempos],
        "sections": [{"name": s.name, "start": s.start, "length": s.length, "bars": s.bars} for s in score.sections],
        "chords": [{"start": c.start, "length": c.length, "symbol": c.symbol} for c in score.chords],
        "parts": [
            {
                "name": part.name,
                "role": part.role,
                "instrument": part.instrument,
                "volume": part.gain_db,
                "pan": part.pan,
                "notes": [(n.start, n.length, n.pitch, n.velocity) for n in part.notes],
            }
            for part in score.parts
        ],
    }


@api.get(
    "music/{uuid:job_id}/edit",
    response={200: EditOut, 304: None, **OWN, 409: Problem, 422: Problem},
    summary="What is changed of a track",
)
def edit(
    request: HttpRequest, job_id: UUID, revision: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> HttpResponse:
    """The current document, or that of the given revision, over the piece as composed. The ETag is for If-Match."""
    track = own_track(request, job_id)
    revisions.check(track)
    chosen = revisions.current(track) if revision is None else _revision(track, revision)
    return chosen if isinstance(chosen, HttpResponse) else _edit_answer(request, track, chosen)


@api.put(
    "music/{uuid:job_id}/edit",
    auth=whoever_may(CREATE),
    response={200: EditOut, **OWN, **UNSAFE, **BAD, 412: Problem, 428: Problem},
    summary="Change a track in parts",
)
def change(request: HttpRequest, job_id: UUID, step: Body[EditIn], if_match: IfMatch = None) -> HttpResponse:
    """Keeps the document as a new step, which is current from now on. Nothing is made yet; the track stays as it is.

    If-Match is the ETag of the state from which the change goes out; 412 where another one is current by now.
    """
    track = own_track(request, job_id)
    if if_match is None:
        return of_status(428)
    if len(json.dumps(step.document.plain())) > editing.LARGEST:
        return of_status(413)
    expected = _expected(if_match, track)
    try:
        revision = revisions.save(
            track, request.user, step.document, expected, summary=step.summary, name=step.name.strip()
        )
    except ValueError as error:
        return invalid([{**(blamed := blame(str(error))), "field": f"document.{blamed['field']}".rstrip(".")}])
    return _edit_answer(request, track, revision)


@api.post(
    "music/{uuid:job_id}/revisions/{number}/restore",
    auth=whoever_may(CREATE),
    response={200: EditOut, **OWN, **UNSAFE, **BAD, 412: Problem},
    summary="Undo, redo, or go back to a version",
)
def restore(request: HttpRequest, job_id: UUID, number: Number, if_match: IfMatch = None) -> HttpResponse:
    """Makes the revision the current one; 0 is the track as it was made. No step is lost."""
    track = own_track(request, job_id)
    try:
        revision = revisions.restore(track, number, None if if_match is None else _expected(if_match, track))
    except Revision.DoesNotExist:
        return of_status(404)
    return _edit_answer(request, track, revision)


@api.post(
    "music/{uuid:job_id}/versions",
    auth=whoever_may(CREATE),
    response={202: Status, **OWN, **UNSAFE, **BAD},
    summary="Make a track of a version",
)
def make(
    request: HttpRequest,
    job_id: UUID,
    version: Body[Version],
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """An ordinary job, whose track is a variation of this one. The same Idempotency-Key gives the same job again."""
    track = own_track(request, job_id)
    try:
        return submitted(request, lambda: variations.edited(track, version.revision, key=idempotency_key or None))
    except Revision.DoesNotExist:
        return of_status(404)


def _revision(track: Job, number: int) -> Revision | None | HttpResponse:
    try:
        return revisions.find(track, number)
    except Revision.DoesNotExist:
        return of_status(404)


def _expected(if_match: str, track: Job) -> int:
    """The number that an If-Match header names; any is the current one, and what is no tag of ours is none."""
    if if_match.strip() == "*":
        return revisions.number_of(revisions.current(track))
    tags = [int(tag) for tag in _TAG.findall(if_match)]
    current = revisions.number_of(revisions.current(track))
    return current if current in tags else next(iter(tags), -1)


def _edit_answer(request: HttpRequest, track: Job, chosen: Revision | None) -> HttpResponse:
    number, latest = revisions.number_of(chosen), track.revisions.order_by("-number").values_list("number").first()
    tag = f'"{number}-{latest[0] if latest else 0}"'
    if request.method == "GET" and is_known(request.headers.get("If-None-Match"), tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    outline, here = revisions.outline_of(track), revisions.edited_outline_of(track, chosen)
    body = {
        "revision": number,
        "document": revisions.document_of(chosen),
        "composed": {
            "sections": [{"kind": kind, "bars": bars} for kind, bars in outline.sections],
            "parts": [{"name": n, "role": role, "instrument": i} for n, (role, i) in outline.parts.items()],
            "kinds": outline.kinds,
            "tempo": outline.tempo,
            "key": outline.key,
            "swing": outline.swing,
            "ending": outline.ending,
            "master": outline.master,
            "seconds": outline.seconds,
            "cues": [asdict(cue) for cue in outline.cues],
        },
        "cues": [asdict(cue) for cue in here.cues],
        "remarks": [asdict(remark) for remark in here.remarks],
        "revisions": [
            {
                "number": step["number"],
                "parent": step["parent"],
                "summary": step["summary"],
                "name": step["name"],
                "createdAt": step["created_at"],
            }
            for step in revisions.steps_of(track)
        ],
    }
    response = answer(request, body)
    response["ETag"] = tag
    return response
