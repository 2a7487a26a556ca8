"""The tokens of somebody's account: made, shown once, revoked."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jobs.accounts import tokens
from jobs.pages.token_forms import TokenForm
from jobs.pages.views.common import action


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """The form; then the token itself, on the answer to it and nowhere else."""
    user = cast(User, request.user)
    form = TokenForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        wishes = form.cleaned_data
        try:
            made = tokens.make(user, wishes["name"], wishes["scopes"], wishes["days"] or None)
        except tokens.TooManyTokens as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "pages/token_made.html", {"made": made})
    return render(request, "registration/token_form.html", {"form": form})


@action("account_settings")
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token of the person, by its id; one that is no longer there is no error."""
    pk = request.POST.get("token", "")
    if pk.isdecimal() and len(pk) < 19:  # of a number that a database takes
        tokens.tokens_of(cast(User, request.user)).filter(pk=int(pk)).revoke()
    messages.success(request, _("The token is revoked. Nothing can be done with it any more."))
    return redirect("account_settings")
