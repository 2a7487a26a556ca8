"""The form by which somebody makes a token."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.models.text import unprintable
from jobs.models.token import SCOPES
from jobs.music.text import composed, is_visible
from jobs.pages.account_forms import PasswordAgainForm

LIFETIMES = ((30, _("30 days")), (90, _("90 days")), (365, _("One year")), (0, _("Until I revoke it")))


class TokenForm(PasswordAgainForm):
    """What a token is for, what it may do, and for how long; the password, since it outlives the session."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("What it is for, so that you know it again."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[*SCOPES.items()],
        initial=["read", "create"],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label=_("Good for"), choices=LIFETIMES, coerce=int, initial=90)

    field_order = ("name", "scopes", "days", "password")

    def clean_name(self) -> str:
        name: str = composed(self.cleaned_data["name"])
        if unprintable(name) or not is_visible(name):
            raise forms.ValidationError(_("A name needs something to see."))
        return name
