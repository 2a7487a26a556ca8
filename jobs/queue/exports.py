"""A finished track in another format, on request: a job of its own that makes the same piece again and keeps that file.

An engine that makes a piece twice in the same way (``Abilities.exports``) need not keep what nobody may ever fetch. One
that ``keeps_score`` makes it of the document beside the track, so that a later version of it changes no earlier track.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jobs.generators import abilities_of, lane_of
from jobs.generators.base import GeneratorError, Made
from jobs.models import Job, State
from jobs.models.errors import Gone, IllegalTransition, Unmakeable
from jobs.music.formats import KINDS, Format, parse, variants
from jobs.queue import orders, transitions

SCORE = "score"  # kind of the file from which an engine that keeps one makes what else is asked for
NO_SCORE = "no_score"  # error code of a track that has none
# Facts of how notes were played.
SOUND = ("loudness", "true_peak", "soundfont", "soundfont_damaged", "stand_ins", "patches", "mixer", "sample_rate")
NEAR = 0.01  # by which a measure (LUFS, dB, seconds) may differ from one machine to another


def offered(track: Job) -> tuple[str, ...]:
    """The kinds of formats that can be made of a finished track and did not come with it; else none."""
    return _lacking(track) if has_score(track) else ()


def unavailable(track: Job) -> tuple[str, ...]:
    """The kinds that its engine makes of finished tracks, but not of this one, since it is without a score."""
    return () if has_score(track) else _lacking(track)


def has_score(track: Job) -> bool:
    """Whether the track has the document from which its engine makes it again, or the engine needs none."""
    return SCORE in track.files or not abilities_of(track.generator).keeps_score


def _lacking(track: Job) -> tuple[str, ...]:
    if track.state != State.DONE or track.export_of_id:
        return ()
    return tuple(kind for kind in _makeable(track) if kind not in track.files)


def _makeable(track: Job) -> tuple[str, ...]:
    """The kinds that its engine makes of such a track."""
    without = set() if track.brief.get("cues") else {"cues.csv"}
    return tuple(kind for kind in abilities_of(track.generator).exports if kind not in without)


def formats_of(track: Job) -> list[Format]:
    """What can be made of a finished track: each kind that is ``offered``, with what can be set of it."""
    able = abilities_of(track.generator)
    kinds = _makeable(track) if offered(track) else ()
    every = [each for kind in kinds for each in (variants(kind) if able.sets_formats else [Format(kind)])]
    return [each for each in every if str(each) not in track.files]


def can_make(track: Job, wanted: Format) -> bool:
    """Whether the finished track can be made in that format, and did not come with it."""
    able = abilities_of(track.generator)
    settable = wanted.is_usual or able.sets_formats
    return bool(offered(track)) and wanted.kind in _makeable(track) and settable and str(wanted) not in track.files


def order(track: Job, name: str) -> Job:
    """Order ``track`` in the format of that name, within its owner's limits; returns the export, a job of its own.

    A format that was ordered before gives the earlier export again, retried if it failed.

    Raise IllegalTransition where the track is not done (Gone where it is deleted), Unmakeable for a format that is
    ``unavailable``, ValueError for one that is not ``offered``, LimitReached.
    """
    if track.state != State.DONE:
        raise IllegalTransition("export", track.state)
    wanted = parse(name)
    if wanted.kind in unavailable(track):
        raise Unmakeable(NO_SCORE)
    if not can_make(track, wanted):
        raise ValueError(f"format: {wanted} cannot be made of this track, or came with it.")
    kind = str(wanted)
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
    """Give a track another title, and its exports theirs; ``delivery`` puts it into files that are there.

    Exports in which no other title can be put are removed: they are offered again.
    """
    with transaction.atomic():
        Job.objects.with_exports(track.pk).lock(to_delete=False)
        track.rename(title)
        for export in track.exports.all():
            if KINDS[export.export_as.partition("?")[0]].draws_title:
                _drop(export)
            else:
                export.rename(_title(title, export.export_as))


def _drop(export: Job) -> None:
    with suppress(IllegalTransition):  # it has ended
        transitions.cancel(export)
    with suppress(IllegalTransition):  # somebody was faster
        transitions.delete(export)


def _title(title: str, name: str) -> str:
    return f"{title[:160]} · {label(name)}"


def label(name: str) -> str:
    """What people call a kind of file ("audio", "midi" …) or a format, in the current language."""
    kind, _mark, _query = name.partition("?")
    known = {
        "audio": _("Audio") if name == kind else "MP3",
        "opus": "Opus",
        "stems": _("Stems"),
        "layers": _("Layers and stingers"),
        "musicxml": "MusicXML",
        "lead-sheet.svg": _("Lead sheet (SVG)"),
        "lead-sheet.pdf": _("Lead sheet (PDF)"),
        "chords.txt": _("Chords (text)"),
        "chords.cho": _("Chords (ChordPro)"),
        "cues.csv": _("Cues (CSV)"),
    }
    return " · ".join([known.get(kind, kind.upper()), *_words(name)])


def _words(name: str) -> list[str]:
    """What is set of a format, in words."""
    words = {
        ("transpose", "bb"): _("for B♭ instruments"),
        ("transpose", "eb"): _("for E♭ instruments"),
        ("bitrate", "320"): "320 kbit/s",
        ("bits", "16"): _("16 bit"),
        ("rate", "48000"): "48 kHz",
        ("without", "melody"): _("without its melody"),
        ("without", "drums"): _("without drums"),
        ("tempo", "75"): _("at 75% of its tempo"),
        ("count_in", "1"): _("with a bar counted in"),
    }
    return [words[setting] for setting in parse(name).values] if "?" in name else []


def holder(job: Job, kind: str) -> Job | None:
    """The job whose ``files`` have the file of that ``kind``: the track, or a finished export of it; None: neither."""
    if kind in job.files:
        return job
    if kind.partition("?")[0] not in KINDS:
        return None
    return job.exports.filter(export_as=kind, state=State.DONE).first()


def check(export: Job, made: Made) -> None:
    """Raise GeneratorError unless ``made`` is the track of ``export`` again, in the format that was ordered."""
    track = export.export_of
    facts = json.loads(json.dumps(dict(made.facts)))  # as those of the track were stored
    wanted = parse(export.export_as)
    by_notes = track is not None and (SCORE in track.files or wanted.is_on_paper)
    may_change = set(SOUND) if by_notes else set()
    if wanted.is_other_music:
        may_change |= {"duration", "sections", "parts", "loop"}
    if track is None or _changed(track, facts) - may_change:
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
