"""What is to be sung, as a field of the form that orders music."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs import generators
from jobs.models.text import unprintable
from jobs.music.lyrics import MAX_LYRICS, kept_lyrics


class LyricsForm(forms.Form):
    """Words for an engine that sings. The page shows the field where one is chosen, or something is wrong with it."""

    lyrics = forms.CharField(
        label=_("Lyrics"),
        required=False,
        strip=False,
        help_text=_("A tag on a line of its own says what follows: [verse], [chorus], [bridge]."),
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_LYRICS, "autocomplete": "off"}),
    )

    @property
    def can_sing(self) -> bool:
        """Whether any engine of the site sings."""
        return any(generators.abilities_of(alias).sings for alias in generators.aliases())

    def clean_lyrics(self) -> str:
        lyrics: str = self.cleaned_data["lyrics"]
        if unprintable(lyrics):
            raise forms.ValidationError(_("Control characters are not allowed."))
        return kept_lyrics(lyrics)
