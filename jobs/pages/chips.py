"""What was understood of an order, piece by piece: what a page says of it, and what a form would have to say for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jobs.pages import labels

MANY = 7  # families to be left out, of 15, that one chip says at once: "solo piano" leaves out all others
ORIGINS = {"form": "set", "words": "heard"}  # source of a brief's field → origin of its chip; else it was chosen


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood. ``origin``: "set" in the form, "heard" in the words, or "chosen" for the person.

    ``fields``: the values of the form's fields that ask for just this.
    """

    name: str | Promise
    text: str
    origin: str
    fields: Mapping[str, Any]

    @property
    def fields_json(self) -> str:
        return json.dumps(self.fields)


def chips(brief: Mapping[str, Any]) -> list[Chip]:
    """What was understood: of a brief as it is stored; nothing of an empty one."""
    return [*_main(brief), *_band(brief)] if brief else []


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
        yield Chip(label, text, _origin(brief, *names), fields)


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
            yield from (Chip(label, name_of(value), _origin(brief, field), {field: [value]}) for value in values)


def _origin(brief: Mapping[str, Any], *fields: str) -> str:
    """The strongest of the fields' origins."""
    origins = {ORIGINS.get(brief.get("sources", {}).get(field), "chosen") for field in fields}
    return next(origin for origin in ("set", "heard", "chosen") if origin in origins)
