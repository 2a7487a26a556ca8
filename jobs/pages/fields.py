"""Fields and widgets of our forms, and fields of many choices as our templates draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.music.brief import Cue
from jobs.music.text import composed
from jobs.music.words.cues import read_cues, written
from jobs.music.words.form import MAX_UNHEARD, MAX_WORDS


@dataclass(frozen=True, slots=True)
class Pick:
    """One choice of a field: its value, its text, and whether it is chosen."""

    value: str
    text: str | Promise
    chosen: bool


@dataclass(frozen=True, slots=True)
class Picks:
    """A field of many choices, in groups; drawn by our template, as Django's takes 60 ms for all instruments."""

    field: forms.BoundField
    groups: list[tuple[str, list[Pick]]]  # title, "" for none

    @classmethod
    def of(cls, field: forms.BoundField) -> Picks:
        """The choices of a bound field of many choices, in its own groups or in one without a title."""
        chosen = set(field.value() or ())
        groups: list[tuple[str, list[Pick]]] = []
        for value, text in field.field.choices:  # type: ignore[attr-defined]
            if isinstance(text, list | tuple):
                groups.append((value, [Pick(choice, name, choice in chosen) for choice, name in text]))
            else:
                if not groups:
                    groups.append(("", []))
                groups[0][1].append(Pick(value, text, value in chosen))
        return cls(field, groups)


class Switch(forms.CheckboxInput):
    """A box whose value does not hang on what it is set to, so that chips find it."""

    def format_value(self, value: Any) -> str:
        return "on"


class ComposedField(forms.CharField):
    """Text as it is kept: in NFC, before anything is counted."""

    def to_python(self, value: Any) -> str:
        return composed(super().to_python(value) or "")


class CuesField(forms.CharField):
    """Moments of a picture in a line, "0:12, 0:31 drop", as ``orders.submit`` takes them."""

    def to_python(self, value: Any) -> Any:
        try:
            return read_cues(super().to_python(value) or "")
        except ValueError as error:
            raise forms.ValidationError(
                _("“%(entry)s” is no moment; write them as 0:12, 0:31.5 drop."), params={"entry": str(error)}
            ) from error

    def prepare_value(self, value: Any) -> Any:
        """A list, as it is kept of the last order, in a line again."""
        return written([Cue(**cue) for cue in value]) if isinstance(value, list) else value


class WordsField(forms.Field):
    """Any number of texts, hidden: words of the prompt that are not to be listened to."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(str(words) for words in value or ()))

    def validate(self, value: Any) -> None:
        if len(value) > MAX_UNHEARD or any(len(words) > MAX_WORDS for words in value):
            raise forms.ValidationError(_("These are too many words to leave aside."))
