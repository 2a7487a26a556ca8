"""The tokens of somebody's account: made, shown once, given a webhook, revoked."""

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
from jobs.models.token import TokenQuerySet
from jobs.models.webhook import UNASKED
from jobs.pages.token_forms import TokenForm, WebhookForm
from jobs.pages.views.common import action
from jobs.queue.webhooks import set_webhook


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
            made = tokens.make(
                user,
                wishes["name"],
                wishes["scopes"],
                wishes["days"] or None,
                webhook_url=wishes["webhook_url"],
                webhook_events=wishes["webhook_events"],
            )
        except tokens.TooManyTokens as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "pages/token_made.html", {"made": made})
    return render(request, "registration/token_form.html", {"form": form})


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest) -> HttpResponse:
    """Where the orders of ``?token=<id>`` of the person are told that name no receiver: shown, changed, removed."""
    user = cast(User, request.user)
    token = _tokens(user, request.GET.get("token", "")).first()
    if token is None:
        messages.warning(request, _("That token is no longer there."))
        return redirect("account_settings")
    present = {"webhook_url": token.webhook_url, "webhook_events": token.webhook_events.split() or UNASKED}
    form = WebhookForm(user, request.POST if request.method == "POST" else None, initial=present)
    if form.is_bound and form.is_valid():
        set_webhook(token, form.cleaned_data["webhook_url"], form.cleaned_data["webhook_events"])
        messages.success(request, _("The webhook is changed.") if token.webhook_url else _("The webhook is removed."))
        return redirect("account_settings")
    return render(request, "registration/webhook_form.html", {"form": form, "token": token})


@action("account_settings")
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token of the person, by its id; one that is no longer there is no error."""
    _tokens(cast(User, request.user), request.POST.get("token", "")).revoke()
    messages.success(request, _("The token is revoked. Nothing can be done with it any more."))
    return redirect("account_settings")


def _tokens(user: User, pk: str) -> TokenQuerySet:
    """The token of that id, where it is one of the user's and not revoked: one or none."""
    is_number = pk.isdecimal() and len(pk) < 19  # that a database takes
    mine = tokens.tokens_of(user)
    return mine.filter(pk=int(pk)) if is_number else mine.none()
