"""New pieces out of one that is there: another like it, another melody, other settings, or more of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from jobs.generators import abilities_of, lane_of
from jobs.models import Job, State
from jobs.models.errors import Gone
from jobs.music.brief import MAX_DURATION
from jobs.music.editing import EditDocument, edited_outline
from jobs.queue import orders, revisions

CHANGES = ("seed", "melody", "settings", "length")


def vary(job: Job, change: str, options: Mapping[str, Any] | None = None, *, key: str | None = None) -> Job:
    """Order a variation of ``job`` for its owner; returns the new job.

    ``change``: "seed" — another piece from the same words; "melody" — the same piece with another tune; "settings" —
    the same piece with the given options (style, tempo, key, …); "length" — the same piece, longer: as the given
    ``duration`` (seconds), else twice as long. ``options`` go over those of the job.

    The same ``key`` gives the same job again, whatever was drawn for it. Raises ValueError naming what is wrong, and
    what ``orders.submit`` raises.
    """
    if change not in CHANGES:
        raise ValueError(f"change: {change!r} is not one of {', '.join(CHANGES)}")
    request = ["vary", str(job.pk), change, dict(options or {})]
    if earlier := orders.ordered_before(job.owner_id, key, request):
        return earlier
    if change == "melody" and job.brief.get("tune"):
        raise ValueError("change: The melody of this piece was given.")
    if change != "seed" and revisions.is_edited(job):
        raise ValueError("change: This track was changed in parts; change them further, or make another like it.")
    if change == "melody" and not varies_melody(job):
        raise ValueError("change: The engine cannot change the melody alone, or made this track by an earlier version.")
    new_options = {**job.options, **(options or {}), "generator": job.generator}
    if tune := job.brief.get("tune"):
        new_options["melody"] = tune
    if lyrics := job.brief.get("lyrics"):
        new_options["lyrics"] = lyrics
    if change == "seed":
        new_options.pop("seed", None)
        new_options.pop("melody_seed", None)
        new_options.pop("title", None)
    else:
        new_options["seed"] = job.seed
        new_options["title"] = (options or {}).get("title") or next_title(job)
    if change == "settings" and not {"key", "mode"} & set(options or {}):
        new_options["key"] = job.brief["tonic"]  # what nobody chose hangs on the style, too
    if change == "melody":
        new_options["melody_seed"] = secrets.randbelow(orders.MAX_SEED + 1)
    if change == "length" and not (options or {}).get("duration"):
        new_options["duration"] = min(MAX_DURATION, 2 * float(job.brief["duration"]))
    return orders.submit_one(orders.Order(job.owner_id, job.prompt, new_options, key, job.pk, request=request))


def varies_melody(job: Job) -> bool:
    """Whether the piece can be had with another melody: an engine that writes otherwise today would change it all.

    Not where the melody was given.
    """
    can = abilities_of(job.generator)
    if not can.varies_melody or job.brief.get("tune"):
        return False
    return job.state != State.DONE or bool(job.facts.get("composer", 0) == can.version)


def edited(track: Job, number: int | None = None, *, key: str | None = None) -> Job:
    """Order ``track`` with the edit of that number (None: the current one) as a track of its own; returns the new job.

    The same ``key`` gives the same job again. Raise Revision.DoesNotExist, ValueError where the edit does not fit the
    piece any more, Gone, LimitReached, KeyReused, and what ``revisions.check`` raises.
    """
    revisions.check(track)
    request = ["edit", str(track.pk), number]
    base = revisions.base_of(track)
    with transaction.atomic():
        revisions.lock(track, "vary")
        if earlier := orders.ordered_before(track.owner_id, key, request):
            return earlier
        revision = revisions.current(track) if number is None else revisions.find(track, number)
        document = EditDocument.model_validate(revisions.document_of(revision))
        outline = edited_outline(document, base, track.seed)
        title = next_title(track)
        shown = {
            "title": title,
            "tempo": outline.tempo,
            "tonic": outline.key,
            "duration": outline.seconds,
            "cues": [asdict(cue) for cue in outline.cues],
            "remarks": [
                *(remark for remark in track.brief.get("remarks", ()) if not remark["code"].startswith("cues_")),
                *(asdict(remark) for remark in outline.remarks),
            ],
        }
        job = orders.accept(
            owner_id=track.owner_id,
            prompt=track.prompt,
            options={**track.options, "title": title},
            brief={**track.brief, **shown},
            title=title,
            style=track.style,
            generator=track.generator,
            lane=lane_of(track.generator),
            seed=track.seed,
            attempt_limit=settings.MAX_ATTEMPTS,
            idempotency_key=key,
            fingerprint=orders.fingerprint(request) if key else "",
            variation_of_id=track.pk,
        )
        revisions.begin(job, {**base.to_json(), "title": title}, document, revision)
        return job


def order(
    owner: Any, prompt: str, options: Mapping[str, Any] | None = None, count: int = 1, *, key: str | None = None
) -> Job:
    """Order ``count`` pieces from the same words, each with a seed of its own: all of them, or none.

    Returns the first, of which the others are variations; raises what ``orders.submit`` does.
    """
    shared_options = {name: value for name, value in (options or {}).items() if name not in ("seed", "title")}
    try:
        with transaction.atomic():
            first = orders.submit(owner, prompt, options, key=key)
            for number in range(2, count + 1):
                orders.submit(owner, prompt, shared_options, key=f"{key}-{number}" if key else None, variation_of=first)
    except IntegrityError:  # of the commit: the owner's account was closed meanwhile
        raise Gone("order") from None
    return first


def next_title(job: Job) -> str:
    """The piece's title with the number that it has among its variations: "Night Train (2)"."""
    first = Job.objects.filter(pk=job.variation_of_id).first() or job
    base = first.title[:110]
    return f"{base} ({first.variations.count() + 2})"
