"""The steps of a track's edit in words, in the language of whoever reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jobs.models import Job, Revision
from jobs.models.revision import MADE_WITH
from jobs.music.composing.edit import HARMONY
from jobs.music.editing import Outline
from jobs.music.summaries import summarised
from jobs.music.words.cues import moment
from jobs.pages import labels
from jobs.pages.edit_form import ENDING_NAMES, LEVELS
from jobs.pages.moments import asked_for
from jobs.queue import revisions

SHOWN = 30  # steps, and those with a name
Written = Mapping[str, Any]  # JSON of a document, or of a part of it


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page lists it."""

    number: int
    words: str
    name: str
    created_at: datetime
    is_current: bool


def listed(track: Job, composed: Outline, *, everything: bool = False) -> list[Step]:
    """The steps of a track, the latest first: SHOWN of them and those with a name, or as many as are ever listed."""
    steps = track.revisions.exclude(number=MADE_WITH).order_by("-number")
    shown = steps if everything else steps.filter(Q(number__in=_latest(track)) | ~Q(name=""))
    shown_steps = list(shown[: revisions.LISTED])
    parents = {step.parent or MADE_WITH for step in shown_steps}
    documents = dict(track.revisions.filter(number__in=parents).values_list("number", "document"))
    return [
        Step(step.number, _words(step, documents, composed), step.name, step.created_at, step.is_current)
        for step in shown_steps
    ]


def _latest(track: Job) -> list[int]:
    return list(track.revisions.order_by("-number").values_list("number", flat=True)[:SHOWN])


def _words(step: Revision, documents: Mapping[int, Written], composed: Outline) -> str:
    """What the step changed: what its author has written, or else the same as is kept in English."""
    before = documents.get(step.parent or MADE_WITH, revisions.AS_COMPOSED)
    is_automatic = step.summary == summarised(before, step.document, composed)
    return ", ".join(changes(before, step.document, composed)) if is_automatic else step.summary


def changes(before: Written, after: Written, composed: Outline) -> list[str]:
    """What the second document of a piece has that the first one has not."""
    return [
        *_of_sections(before, after, composed),
        *(
            _("chords of each %(section)s") % {"section": labels.section_name(kind)}
            for kind in _differing(before.get("kinds", {}), after.get("kinds", {}))
        ),
        *(
            _of_part(name, before, after, composed)
            for name in _differing(before.get("parts", {}), after.get("parts", {}))
        ),
        *_of_the_whole(before, after),
        *_of_moments(before, after, composed),
    ]


def _differing(before: Written, after: Written) -> list[str]:
    return [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]


def _of_sections(before: Written, after: Written, composed: Outline) -> Iterator[str]:
    as_composed = [{"of": number} for number in range(len(composed.sections))]
    old, new = before.get("sections") or as_composed, after.get("sections") or as_composed
    if len(old) != len(new):
        yield _("a section more") if len(new) > len(old) else _("a section less")
        return
    if [section.get("of") for section in old] != [section.get("of") for section in new]:
        yield _("sections in another order")
        return
    for place, one, other in zip(_names(new, composed), old, new, strict=True):
        for field in _differing(one, other):
            yield from _of_section(field, place, one, other, {**composed.parts, **_added(after)})


def _of_section(field: str, place: str, before: Written, after: Written, parts: Written) -> Iterator[str]:
    value = after.get(field)
    if field in ("cells", "ideas"):
        for name in _differing(before.get(field, {}), after.get(field, {})):
            part = _("chords") if name == HARMONY else labels.instrument_name(parts.get(name, ("", name))[1])
            level = LEVELS.get(after.get(field, {}).get(name), _("as composed")) if field == "cells" else ""
            text = _("%(part)s in %(section)s: %(level)s") if level else _("another idea for %(part)s in %(section)s")
            yield text % {"part": part, "section": place, "level": level}
        return
    text = {
        "chords": _("chords in %(section)s"),
        "seed": _("another idea in %(section)s"),
        "bars": _("%(section)s: %(value)s bars") if value else _("%(section)s as long as composed"),
        "kind": _("%(section)s is of another kind"),
        "tune": _("notes in %(section)s"),
        "energy": _("energy in %(section)s"),
    }.get(field, _("%(section)s changed"))
    yield text % {"section": place, "value": value}


def _names(sections: Sequence[Written], composed: Outline) -> list[str]:
    kinds = [section.get("kind") or composed.sections[section["of"]][0] for section in sections]
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(labels.section_name(kind) + (f" {seen[kind]}" if kinds.count(kind) > 1 else ""))
    return names


def _added(document: Written) -> dict[str, tuple[str, str]]:
    """Role and instrument of the parts that the document names an instrument of."""
    parts = document.get("parts", {}).items()
    return {name: (part.get("role", ""), part["instrument"]) for name, part in parts if part.get("instrument")}


def _of_part(name: str, before: Written, after: Written, composed: Outline) -> str:
    old, new = before.get("parts", {}).get(name, {}), after.get("parts", {}).get(name, {})
    played_by = {**_added(after), **composed.parts, **_added(before)}
    part = labels.instrument_name(played_by.get(name, ("", name))[1])
    changed = _differing(old, new)
    if "removed" in changed:
        return (_("%(part)s taken out") if new.get("removed") else _("%(part)s back")) % {"part": part}
    if name not in composed.parts and not old:
        return _("%(part)s added") % {"part": part}
    words = {
        "instrument": labels.instrument_name(new.get("instrument") or composed.parts.get(name, ("", ""))[1]),
        "volume": f"{new.get('volume', 0):+g} dB",
        "octave": _("octave %(by)s") % {"by": f"{new.get('octave', 0):+d}"},
        "pan": _("another place"),
        "mute": _("muted") if new.get("mute") else _("not muted"),
        "solo": _("solo") if new.get("solo") else _("not solo"),
        "seed": _("another idea"),
    }
    return f"{part}: {', '.join(str(words.get(field, field)) for field in changed)}"


def _of_moments(before: Written, after: Written, composed: Outline) -> Iterator[str]:
    if before.get("cues") == after.get("cues"):
        return
    old, new = ({cue.at: cue.kind for cue in asked_for(dict(one), composed)} for one in (before, after))
    if "cues" not in after:
        yield _("Moments as ordered")
    elif not new:
        yield _("No moments")
    else:
        words = {"hit": _("Moment at %(time)s set"), "other": _("Moment at %(time)s: %(kind)s")}
        for at, kind in new.items():
            if old.get(at) != kind:
                text = words["hit" if kind == "hit" and at not in old else "other"]
                yield text % {"time": moment(at), "kind": labels.CUE_KINDS[kind]}
        for at in old.keys() - new.keys():
            yield _("Moment at %(time)s taken out") % {"time": moment(at)}


def _of_the_whole(before: Written, after: Written) -> Iterator[str]:
    as_composed = _("as composed")
    for field, title in (
        ("tempo", _("Tempo")),
        ("length", _("Length")),
        ("key", _("Key")),
        ("swing", _("Swing")),
        ("ending", _("Ending")),
        ("master", _("Loudness")),
    ):
        value = after.get(field)
        if before.get(field) == value:
            continue
        words = {
            "length": labels.clock(value) if field == "length" and value else "",
            "key": labels.tonic_name(str(value)),
            "swing": f"{value:.0%}" if field == "swing" and value is not None else "",
            "ending": ENDING_NAMES.get(str(value), value),
            "master": labels.MASTERS.get(str(value), value),
        }.get(field, value)
        yield f"{title} {as_composed if value is None else words}"
