"""The same words from two engines: two ordinary jobs, of which the second is a variation of the first.

Nothing else is kept: who compares names both, and any two tracks of a person can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from jobs.models import Job
from jobs.models.errors import Gone
from jobs.queue import orders

MOST = 6  # tracks that are offered to be compared with one
Submit = Callable[[Mapping[str, Any], str | None, Job | None], Job]


def order(engines: Sequence[str], submit: Submit, *, key: str | None = None) -> tuple[Job, Job]:
    """Order the same words with the same seed from two engines: both, or none.

    ``submit(own, key, variation_of)`` orders them with the options ``own`` of one. The same ``key`` gives the same jobs
    again. Raise ValueError where these are not two engines of the site, and what ``submit`` raises.
    """
    if len(set(engines)) != 2 or set(engines) - set(settings.GENERATORS):
        raise ValueError(f"engines: Name two different ones of {', '.join(settings.GENERATORS)}.")
    try:
        with transaction.atomic():
            first = submit({"generator": engines[0]}, key, None)
            second = submit({"generator": engines[1], "seed": first.seed}, key and f"{key}-2", first)
    except IntegrityError:  # of the commit: the owner's account was closed meanwhile
        raise Gone("order") from None
    return first, second


def counterpart(track: Job, engine: str, *, key: str | None = None) -> Job:
    """Order the words of a track, with its settings and its seed, from another engine; returns the new job.

    Raise ValueError where that is none, or cannot make it, and what ``orders.submit`` raises.
    """
    if engine == track.generator or engine not in settings.GENERATORS:
        raise ValueError("engine: This is no other engine of the site.")
    options = {**track.options, "generator": engine, "seed": track.seed}
    if tune := track.brief.get("tune"):
        options["melody"] = tune
    if lyrics := track.brief.get("lyrics"):
        options["lyrics"] = lyrics
    return orders.submit(track.owner, track.prompt, options, key=key, variation_of=track)


def counterparts(track: Job) -> list[Job]:
    """The person's other tracks of the same words by other engines, the newest first: its original and variations."""
    first = track.variation_of_id or track.pk
    related = Job.objects.owned_by(track.owner_id).tracks().filter(prompt=track.prompt).exclude(pk=track.pk)
    made = related.filter(pk=first) | related.filter(variation_of_id=first)
    return list(made.exclude(generator=track.generator).order_by("-created_at", "-id")[:MOST])
