"""The moments of a track's edit: as its page lists them, over the sections, and what is written of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from jobs.music.brief import CUE_KINDS, MAX_CUES, Cue
from jobs.music.composing.fitting import MET
from jobs.music.editing import Outline
from jobs.music.overview import Block
from jobs.music.words.cues import moment, read_moment
from jobs.pages import labels

Document = dict[str, Any]  # JSON of an EditDocument


FIELD = re.compile(r"m(\d+)-(at|kind)|new_moment")  # names of those of which something is written


@dataclass(frozen=True, slots=True)
class Moment:
    """One that is asked for. ``section``: the number of the one that it is in, -1 where it is left aside."""

    cue: Cue
    section: int
    begins: bool  # that section

    @property
    def time(self) -> str:
        return moment(self.cue.at)

    @property
    def kind(self) -> str:
        return str(labels.CUE_KINDS[self.cue.kind])


class MomentField(forms.Field):
    """A moment as people write it, “0:12.5”, in seconds."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 12})
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        try:
            return read_moment(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(
                gettext_lazy("“%(entry)s” is no moment; write it as 0:12 or 0:31.5."), params={"entry": str(error)}
            ) from error

    def prepare_value(self, value: Any) -> Any:
        """Seconds, as they are kept, in words again."""
        return moment(value) if isinstance(value, int | float) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another moment, not another way to write it."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


def kinds() -> list[tuple[str, Any]]:
    """What may happen at a moment, as choices."""
    return [(kind, labels.CUE_KINDS[kind]) for kind in CUE_KINDS]


def asked_for(document: Document, composed: Outline) -> list[Cue]:
    """All moments of a document, in their order; those that were ordered where it says nothing."""
    if "cues" not in document:
        return list(composed.cues)
    return sorted((Cue(**cue) for cue in document["cues"]), key=lambda cue: cue.at)


def listed(asked: Sequence[Cue], outline: Outline, blocks: Sequence[Block]) -> list[Moment]:
    """The first of the moments, as many as there can be, with what became of them."""
    moments = []
    for cue in asked[:MAX_CUES]:
        section = max((at for at, block in enumerate(blocks) if block.start < cue.at + MET), default=0)
        is_met = Cue(round(float(cue.at), 3), cue.kind) in outline.cues
        begins = is_met and abs(blocks[section].start - cue.at) < MET
        moments.append(Moment(cue, section if is_met else -1, begins))
    return moments


def marks(moments: Sequence[Moment], blocks: Sequence[Block], section: int) -> list[dict[str, Any]]:
    """The moments of a section, with their place in it in per cent."""
    block = blocks[section]
    return [
        {"left": round(100 * max(0.0, one.cue.at - block.start) / max(block.seconds, MET), 2), "moment": one}
        for one in moments
        if one.section == section
    ]


def write(document: Document, asked: Sequence[Cue], changed: Mapping[str, Any]) -> None:
    """Write what was changed of the listed moments, ``m2-at`` (None takes it away) and ``m2-kind``, and a new one."""
    rows = [asdict(cue) for cue in asked]
    gone = set()
    for name, value in changed.items():
        match = FIELD.fullmatch(name)
        if not match or not match[1]:
            continue
        if value not in (None, ""):
            rows[int(match[1])][match[2]] = value
        elif match[2] == "at":
            gone.add(int(match[1]))
    rows = [row for at, row in enumerate(rows) if at not in gone]
    if (new := changed.get("new_moment")) is not None:
        kind = changed.get("new_moment_kind") or CUE_KINDS[0]
        rows = [*(row for row in rows if row["at"] != new), {"at": new, "kind": kind}]
    _keep(document, rows)


def remove(document: Document, composed: Outline, cue: Cue) -> None:
    """Take the moment away."""
    _keep(document, [asdict(other) for other in asked_for(document, composed) if other != cue])


def _keep(document: Document, rows: list[dict[str, Any]]) -> None:
    document["cues"] = sorted(rows, key=lambda row: row["at"])
