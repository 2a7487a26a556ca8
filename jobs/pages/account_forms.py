"""The forms of accounts: signing up, and settings, which ask for the password: an open browser may be anybody's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]
    """A new account: a user name, a password, and maybe an address for mail."""

    email = forms.EmailField(
        label=_("Email"),
        required=False,
        help_text=_("Optional; only for resetting a forgotten password."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = self.fields["password2"].help_text = ""
        self.fields["password1"].help_text = _("At least 8 characters, not only digits, and nothing common.")


class PasswordAgainForm(forms.Form):
    """The present password of ``user``."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not check_password(password, self.user.password):  # the user's own would hash it anew, and end the session
            raise forms.ValidationError(_("That is not your password."))
        return password


class EmailChangeForm(PasswordAgainForm):
    """Another e-mail address."""

    email = forms.EmailField(
        label=_("New email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    field_order = ("email", "password")

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if email == self.user.email:
            raise forms.ValidationError(_("That is your address already."))
        return email


class CloseForm(PasswordAgainForm):
    """Nothing but the password; whoever gives it wants the account to be closed."""
