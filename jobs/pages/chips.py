"""What was understood of an order, piece by piece: what a page says of it, and what a form would have to say for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.music.brief import Cue, Place
from jobs.music.words.cues import moment, written
from jobs.pages import labels

MANY = 7  # families to be left out, of 15, that one chip says at once: "solo piano" leaves out all others
GAP = r"[\s\-_‐‑‒–—]+"  # between words, as people write them
ORIGINS = {"form": "set", "words": "heard", "tune": "tune"}  # source of a brief's field → of its chip; else chosen


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood.

    ``origin``: "set" in the form, "heard" in the words, of the "tune" that was given, or "chosen" for the person.
    ``fields``: the values of the form's fields that ask for just this. ``words``: those of the prompt that gave it.
    """

    name: str | Promise
    text: str
    origin: str
    fields: Mapping[str, Any]
    words: str = ""

    @property
    def fields_json(self) -> str:
        return json.dumps(self.fields)


def chips(brief: Mapping[str, Any]) -> list[Chip]:
    """What was understood: of a brief as it is stored; nothing of an empty one."""
    if not brief:
        return []
    return [
        *_main(brief),
        *_loop(brief),
        *_layers(brief),
        *_cues(brief),
        *_tune(brief),
        *_band(brief),
        *_course(brief),
        *_master(brief),
    ]


def main_chips(brief: Mapping[str, Any]) -> list[Chip]:
    """As ``chips``, but only style, tempo, key, length and metre, in this order."""
    return list(_main(brief)) if brief else []


def _main(brief: Mapping[str, Any]) -> Iterator[Chip]:
    tempo, seconds, tonic, mode = brief["tempo"], brief["duration"], brief["tonic"], brief["mode"]
    shown = (
        (("style",), _("Style"), labels.style_name(brief["style"]), {"style": brief["style"]}),
        (("tempo",), _("Tempo"), _("{tempo} BPM").format(tempo=f"{tempo:g}"), {"tempo": tempo}),
        (("tonic", "mode"), _("Key"), labels.key_name(tonic, mode), {"key": tonic, "mode": mode}),
        (("duration",), _("Length"), labels.clock(seconds), {"duration": seconds}),
        (("metre",), _("Metre"), brief["metre"], {"metre": brief["metre"]}),
    )
    for names, label, text, fields in shown:
        yield Chip(label, text, _origin(brief, *names), fields, _words(brief, names[0]))


def _loop(brief: Mapping[str, Any]) -> Iterator[Chip]:
    if brief.get("loop"):
        bars = brief.get("intro", 0)
        text = (
            ngettext("after {n} bar of intro", "after {n} bars of intro", bars).format(n=bars)
            if bars
            else _("from the start")
        )
        fields = {"loop": ["on"], **({"intro": bars} if bars else {})}
        yield Chip(_("Seamless loop"), text, _origin(brief, "loop"), fields, _words(brief, "loop"))


def _layers(brief: Mapping[str, Any]) -> Iterator[Chip]:
    if layers := brief.get("layers"):
        yield Chip(_("Layers for games"), str(layers), _origin(brief, "layers"), {"layers": layers})


def _cues(brief: Mapping[str, Any]) -> Iterator[Chip]:
    if cues := [Cue(**cue) for cue in brief.get("cues", ())]:
        shown = labels.first_of([f"{labels.CUE_KINDS[cue.kind]} {moment(cue.at)}" for cue in cues])
        yield Chip(_("Moments"), shown, _origin(brief, "cues"), {"cues": written(cues)})


def _tune(brief: Mapping[str, Any]) -> Iterator[Chip]:
    if tune := brief.get("tune"):
        yield Chip(_("Melody"), labels.tune_text(tune), "set", {})


def _band(brief: Mapping[str, Any]) -> Iterator[Chip]:
    for field, label, name_of in (
        ("moods", _("Mood"), lambda mood: str(labels.MOODS.get(mood, mood))),
        ("instruments", _("Instrument"), labels.instrument_name),
        ("excluded", _("Without"), labels.excluded_name),
    ):
        values = brief.get(field, ())
        if field == "excluded" and len(values) > MANY:
            yield Chip(label, _("everything else"), _origin(brief, field), {field: list(values)})
        else:
            origin = _origin(brief, field)
            for value in values:
                yield Chip(label, name_of(value), origin, {field: [value]}, _words(brief, f"{field}.{value}"))


def _course(brief: Mapping[str, Any]) -> Iterator[Chip]:
    """What was heard of the traits, chords and sections of the piece; the form has no fields for them."""
    places = [Place(**place) for place in brief.get("places", ())]
    shown = (
        ("fusion", _("With traits of"), labels.style_name(brief.get("fusion") or "")),
        ("chords", _("Chords"), " | ".join(brief.get("chords", ()))),
        *(
            (f"section_chords.{kind}", _("Chords"), f"{labels.section_name(kind)}: {' | '.join(bars)}")
            for kind, bars in (brief.get("section_chords") or {}).items()
        ),
        ("sections", _("Form"), " – ".join(map(labels.section_name, brief.get("sections", ())))),
        ("places", _("On the way"), ", ".join(map(labels.place_text, places))),
    )
    for field, label, text in shown:
        if text:
            yield Chip(label, text, _origin(brief, field.partition(".")[0]), {}, _words(brief, field))


def _master(brief: Mapping[str, Any]) -> Iterator[Chip]:
    """How loud it is made, where that is not as usual."""
    master = brief.get("master", "standard")
    if master != "standard":
        yield Chip(_("Loudness"), str(labels.MASTERS[master]), _origin(brief, "master"), {"master": master})


def marked(prompt: str, told: Iterable[Chip]) -> SafeString:
    """The prompt with the words marked that gave the chips, each named by what it gave; "" where none did."""
    names: dict[str, str] = {}
    for chip in told:
        if chip.words and chip.origin == "heard":
            names.setdefault(chip.words, f"{chip.name}: {chip.text}")
    if not names:
        return SafeString("")
    found = sorted(names, key=len, reverse=True)
    spelt = (GAP.join(map(re.escape, words.split())) for words in found)
    parts, at = [], 0
    for match in re.finditer("|".join(f"({words})" for words in spelt), prompt, re.IGNORECASE):
        name = names[found[(match.lastindex or 1) - 1]]
        parts.append(format_html('{}<mark title="{}">{}</mark>', prompt[at : match.start()], name, match[0]))
        at = match.end()
    return format_html_join("", "{}", ((part,) for part in [*parts, prompt[at:]]))


def _words(brief: Mapping[str, Any], field: str) -> str:
    return str(brief.get("words", {}).get(field, ""))


def _origin(brief: Mapping[str, Any], *fields: str) -> str:
    """The strongest of the fields' origins."""
    origins = {ORIGINS.get(brief.get("sources", {}).get(field), "chosen") for field in fields}
    return next(origin for origin in ("set", "heard", "tune", "chosen") if origin in origins)
