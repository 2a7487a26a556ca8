"""The forms by which the owner of a track writes on it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.models.text import unprintable
from jobs.music.text import is_visible, one_line
from jobs.pages.fields import ComposedField


class RenameForm(forms.Form):
    """A new title for a track."""

    title = ComposedField(
        label=_("Title"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 120})
    )

    def clean_title(self) -> str:
        if unprintable(self.cleaned_data["title"]):
            raise forms.ValidationError(_("Control characters are not allowed."))
        title = one_line(self.cleaned_data["title"])
        if not is_visible(title):
            raise forms.ValidationError(_("A title needs something to see."))
        return title


class NoteForm(forms.Form):
    """What the owner of a track writes down about it."""

    note = forms.CharField(
        label=_("Your note, which nobody else sees"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 5000}),
    )

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"].replace("\r\n", "\n")
        if unprintable(note.replace("\n", " ").replace("\t", " ")):
            raise forms.ValidationError(_("Control characters are not allowed."))
        return note
