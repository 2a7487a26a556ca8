"""Accepting an order: the job and its wake-up message commit together, or not at all."""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jobs.generators import abilities_of, lane_of
from jobs.generators.base import FORMATS, SETTINGS, Abilities
from jobs.models import Job, errors, statements
from jobs.models.errors import Gone, KeyReused, LimitReached
from jobs.models.job import tune_size
from jobs.music.brief import Brief, Remark
from jobs.music.composing.unplaced import unplaced
from jobs.music.lyrics import kept_lyrics
from jobs.music.text import composed
from jobs.music.words.understand import understand
from jobs.queue import limits
from jobs.queue.wakeups import wake
from jobs.telemetry import logs

logger = logging.getLogger(__name__)

NOT_HEARD = (
    "seed",
    "melody_seed",
    "generator",
    "formats",
    "lyrics",
)  # options that change nothing of what is understood
MAX_SEED = 2**32 - 1  # what every generator takes, and a JavaScript client can hold


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody orders, as ``submit_all`` takes it.

    ``owner``: the key of a user. ``options``: ``seed``, ``melody_seed``, ``generator``, ``formats`` (of
    ``generators.base.FORMATS``), ``lyrics`` and whatever ``understand`` takes; lyrics and a ``melody`` are kept in the
    brief alone.
    The same ``key`` by the same owner gives the same job again. ``variation_of``: the key of a job. ``about``: what the
    log is to say of the order, of ``logs.FIELDS``. ``request``: what was asked for (JSON-ready), where options were
    drawn or worked out from it: what comes with the same ``key`` has to be the same. None: prompt and options.
    """

    owner: int
    prompt: str
    options: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    variation_of: UUID | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    request: Sequence[Any] | None = None


def submit(
    owner: Any,
    prompt: str,
    options: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    variation_of: Job | None = None,
) -> Job:
    """Accept an order of a user: the job and its wake-up commit together or not at all. Returns the job.

    ``options`` and ``key`` as in ``Order``. Raises ValueError naming the option that is wrong, KeyReused where ``key``
    came with other parameters, LimitReached where the owner has as much as one person may have, Gone where the owner
    or the other job was deleted meanwhile.
    """
    return submit_one(Order(owner.pk, prompt, options or {}, key, variation_of.pk if variation_of else None))


def submit_one(order: Order) -> Job:
    """As ``submit``, for an order that is written down."""
    (outcome,) = submit_all([order])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def submit_all(orders: Sequence[Order]) -> list[Job | Exception]:
    """Accept several orders, step by step: returns for each of them, in order, its job or what ``submit`` would raise.

    Raises what the database raises. Then it may be that some of them were accepted.
    """
    understood = [_refusal_of(_understood, order) for order in orders]
    inserts = [statements.insert_job().make(**columns) if isinstance(columns, dict) else None for columns in understood]
    refusals = iter(accept_all([insert for insert in inserts if insert]))
    outcomes: list[Job | Exception] = []
    for order, columns_or_outcome, insert in zip(orders, understood, inserts, strict=True):
        refusal = next(refusals) if insert else None
        if isinstance(refusal, IntegrityError | LimitReached):  # maybe by the same order, at the same moment
            outcomes.append(_refusal_of(_same_order, order) or _explained(refusal, order))
        elif insert:
            outcomes.append(refusal or insert[0])
            if not refusal:
                _log_order(insert[0], order.about)
        else:
            outcomes.append(columns_or_outcome)
    return outcomes


def _refusal_of(step: Callable[[Order], Any], order: Order) -> Any:
    """What the step returns, or why it does not do it: whatever that is, it concerns no other order."""
    try:
        return step(order)
    except Exception as refusal:
        return refusal


def _explained(refusal: Exception, order: Order) -> Exception:
    """What the database refuses because a row that the order refers to is no more; anything else as it is."""
    if not isinstance(refusal, IntegrityError):
        return refusal
    track = order.variation_of
    there = User.objects.filter(pk=order.owner).exists() and (not track or Job.objects.filter(pk=track).exists())
    return refusal if there else Gone("order")


def _understood(order: Order) -> Job | dict[str, Any]:
    """The columns of a new job, or the job that was ordered by the same key before."""
    if earlier := _same_order(order):
        return earlier
    if len(composed(order.prompt)) > settings.MAX_PROMPT:
        raise ValueError(f"prompt: At most {settings.MAX_PROMPT} characters, please.")
    options = _filled_options(order.options)
    generator = options.get("generator", settings.GENERATOR)
    seed = options.get("seed")
    if seed is None:
        seed = random.randint(0, MAX_SEED)  # noqa: S311 — music, not secrets
    if unknown := set(options.get("formats", ())) - set(FORMATS):
        raise ValueError(f"formats: {sorted(unknown)} is not among {', '.join(FORMATS)}")
    musical_options = {name: value for name, value in options.items() if name not in NOT_HEARD}
    options.pop("melody", None)
    lane = lane_of(generator)
    lyrics = _kept_lyrics(options.pop("lyrics"), generator) if "lyrics" in options else ""
    prompt = composed(order.prompt)
    brief = _fitted(understand(prompt, musical_options, seed), generator, options, lyrics)
    stored = brief.to_json()
    return {
        "owner_id": order.owner,
        "prompt": prompt,
        "options": options,
        "brief": stored,
        "size": tune_size(stored),
        "title": brief.title,
        "style": brief.style,
        "generator": generator,
        "lane": lane,
        "seed": seed,
        "attempt_limit": settings.MAX_ATTEMPTS,
        "idempotency_key": order.key,
        "fingerprint": _fingerprint(order) if order.key else "",
        "variation_of_id": order.variation_of,
    }


def _filled_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that were left open, text as it is kept."""
    return {
        name: composed(value) if isinstance(value, str) else value
        for name, value in options.items()
        if value not in (None, "", [])
    }


def ordered_before(owner: int, key: str | None, request: Sequence[Any]) -> Job | None:
    """The job that the user of key ``owner`` has ordered with ``key`` and the same ``request``, as in ``Order``.

    None where there is none, or no key; raise KeyReused where ``key`` came with another request.
    """
    return _same_order(Order(owner, "", key=key, request=request))


def _same_order(order: Order) -> Job | None:
    job = Job.objects.owned_by(order.owner).filter(idempotency_key=order.key).first() if order.key else None
    if job and job.fingerprint != _fingerprint(order):
        raise KeyReused
    return job


def _fingerprint(order: Order) -> str:
    return fingerprint(order.request or [composed(order.prompt), _filled_options(order.options)])


def fingerprint(request: Sequence[Any]) -> str:
    """What is kept of a request that came with a key, to know it again."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def accept(**values: Any) -> Job:
    """A new job with these values of columns, saved with its turn and its wake-up.

    Raise LimitReached, or IntegrityError where a job with the same unique values is there, or its owner is no more.
    """
    job: Job
    job, insert = statements.insert_job().make(**values)
    if refusal := accept_all([(job, insert)])[0]:
        raise refusal
    _log_order(job, {})
    return job


def accept_all(inserts: Sequence[tuple[Job, Callable[..., None]]]) -> list[Exception | None]:
    """Save new jobs (with what inserts them, as ``PreparedInsert.make`` returns both), their turns and wake-ups.

    All go into one transaction; where something refuses one of them, each has a transaction of its own. Returns for
    each None, or what refuses it. Raises what the database raises where nobody knows what was saved.
    """
    if not inserts:
        return []
    refused = False
    try:
        with transaction.atomic():
            refused = True
            for job, insert in inserts:
                insert(turn=limits.admit(job.owner_id, job.generator, job.lane))
            for lane, count in Counter(job.lane for job, _ in inserts).items():
                wake(lane, count)
            refused = False
    except IntegrityError as refusal:  # by a statement or, of a row that is referred to and gone, by the commit
        return _alone(inserts, refusal)
    except Exception as refusal:
        if not refused or isinstance(refusal, errors.AWAY):  # nobody knows what is there, or can know
            raise
        return _alone(inserts, refusal)
    return [None] * len(inserts)


def _alone(inserts: Sequence[tuple[Job, Callable[..., None]]], refusal: Exception) -> list[Exception | None]:
    """As ``accept_all`` for what was refused together, and rolled back: each in a transaction of its own."""
    return [refusal] if len(inserts) == 1 else [accept_all([insert])[0] for insert in inserts]


def _log_order(job: Job, about: Mapping[str, Any]) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    with logs.about(**{"job_id": str(job.pk), "user_id": job.owner_id, **about}):
        logger.info("job %s: ordered by user %s", job.pk, job.owner_id)


def _kept_lyrics(lyrics: str, generator: str) -> str:
    """The lyrics as they are kept; raise ValueError where the engine does not sing them."""
    lyrics, abilities = kept_lyrics(lyrics), abilities_of(generator)
    if lyrics and not abilities.sings:
        raise ValueError("lyrics: " + _("This engine does not sing. Choose one that does, or leave the lyrics out."))
    if len(lyrics) > abilities.longest_lyrics:
        text = _("This engine takes lyrics of at most %(limit)d characters; these are %(length)d.")
        raise ValueError("lyrics: " + text % {"limit": abilities.longest_lyrics, "length": len(lyrics)})
    return lyrics


def remarks_on_singing(remarks: Sequence[Remark], generator: str, abilities: Abilities, lyrics: str) -> list[Remark]:
    """The remarks on an order, with what is true of this engine where a voice is asked for."""
    others = [remark for remark in remarks if not (abilities.sings and remark.code == "instrumental_only")]
    if len(others) < len(remarks) and not (lyrics or abilities.writes_lyrics):
        others.append(Remark("lyrics_lacking", {"engine": generator}))
    return others


def _fitted(brief: Brief, generator: str, options: Mapping[str, Any], lyrics: str) -> Brief:
    """The brief as the engine can follow it, with remarks on what it cannot. Raise ValueError for a set length."""
    abilities = abilities_of(generator)
    if brief.tune and not abilities.plays_tune:
        raise ValueError("melody: This engine plays no tune that is given to it.")
    remarks = remarks_on_singing(brief.remarks, generator, abilities, lyrics)
    remarks += unplaced(brief) if abilities.plays_brief else []
    melody_seed = options.get("melody_seed")
    length = min(max(brief.duration, abilities.shortest), abilities.longest)
    if length != brief.duration:
        if "duration" in options:
            raise ValueError(
                f"duration: This engine makes pieces from {abilities.shortest:g} to {abilities.longest:g} seconds."
            )
        remarks.append(Remark("engine_length", {"engine": generator, "asked": brief.duration, "used": length}))
    wanted = options.keys() | {name for name in ("loop", "cues") if getattr(brief, name)}
    ignored = [name for name in SETTINGS if name in wanted and name not in abilities.hears]
    ignored += [name for name in options.get("formats", ()) if name not in abilities.formats]
    if ignored:
        remarks.append(Remark("engine_ignored", {"engine": generator, "ignored": ignored}))
    for name, known in (("mode", abilities.modes), ("metre", abilities.metres)):
        value = getattr(brief, name)
        if value not in known and name in abilities.hears and brief.sources.get(name) in ("form", "words"):
            remarks.append(Remark(f"engine_{name}", {"engine": generator, name: value}))
    if (length, melody_seed, tuple(remarks), lyrics) == (brief.duration, brief.melody_seed, brief.remarks, ""):
        return brief  # as mostly; making another one costs a tenth of an order
    return replace(brief, duration=length, melody_seed=melody_seed, remarks=tuple(remarks), lyrics=lyrics)
