"""The forms by which somebody makes a token, and has its orders told of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.models.text import LONGEST_URL, unprintable
from jobs.models.token import SCOPES
from jobs.models.webhook import DONE, ERROR, PROGRESS, STARTED, UNASKED
from jobs.music.text import composed, is_visible
from jobs.pages.account_forms import PasswordAgainForm
from jobs.queue.webhooks import check_url

LIFETIMES = ((30, _("30 days")), (90, _("90 days")), (365, _("One year")), (0, _("Until I revoke it")))


EVENT_LABELS = {
    STARTED: _("It begins"),
    PROGRESS: _("It goes on, every five seconds at most"),
    DONE: _("It is done"),
    ERROR: _("It failed or was cancelled"),
}


class WebhookForm(PasswordAgainForm):
    """Where a token's orders are told, and of what; the password, since it says where one's words go."""

    webhook_url = forms.CharField(
        label=_("Webhook"),
        required=False,
        max_length=LONGEST_URL,
        help_text=_("An https address that is told of orders which name none of their own; empty for none."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://hooks.example/music"}),
    )
    webhook_events = forms.MultipleChoiceField(
        label=_("It is told when"),
        required=False,
        choices=[*EVENT_LABELS.items()],
        initial=UNASKED,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order: tuple[str, ...] = ("webhook_url", "webhook_events", "password")

    def clean_webhook_url(self) -> str:
        url: str = self.cleaned_data["webhook_url"]
        if url:
            try:
                check_url(url)
            except ValueError as error:
                raise forms.ValidationError(_(str(error))) from error
        return url

    def clean(self) -> dict[str, Any] | None:
        wishes = self.cleaned_data
        if wishes.get("webhook_url") and not wishes.get("webhook_events"):
            self.add_error("webhook_events", _("Choose something of which it is told."))
        return super().clean()


class TokenForm(WebhookForm):
    """What a token is for, what it may do, for how long, and its webhook; it outlives the session."""

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

    field_order = ("name", "scopes", "days", "webhook_url", "webhook_events", "password")

    def clean_name(self) -> str:
        name: str = composed(self.cleaned_data["name"])
        if unprintable(name) or not is_visible(name):
            raise forms.ValidationError(_("A name needs something to see."))
        return name
