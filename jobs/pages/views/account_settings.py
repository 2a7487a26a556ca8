"""The settings of somebody's own account: e-mail, sessions, the export of everything, closing it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from jobs.accounts import closing, sessions, tokens
from jobs.accounts import data_export as exporting
from jobs.accounts import email_change as changing
from jobs.accounts.links import absolute
from jobs.models.session import end_sessions_of
from jobs.pages.account_forms import CloseForm, EmailChangeForm
from jobs.pages.views.common import action

FORM = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All settings of the account on one page."""
    signed_in = sessions.sessions_of(_user(request), request.session.session_key)
    context = {"sessions": signed_in, "tokens": tokens.tokens_of(_user(request))}
    return render(request, "pages/account_settings.html", context)


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(FORM)
def email_change(request: HttpRequest) -> HttpResponse:
    """Ask for another e-mail address: a link goes there. What is said is the same whoever has the address."""
    user = _user(request)
    form = EmailChangeForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        changing.ask(user, form.cleaned_data["email"], lambda token: _confirming(request, token))
        messages.success(request, _("Open the link in the mail to your new address. Until then nothing changes."))
        return redirect("account_settings")
    return render(request, "registration/email_change_form.html", {"form": form})


@login_required
@never_cache
@require_http_methods(FORM)
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link. It asks once more: what looks links over in mails must not change anything."""
    user = _user(request)
    if request.method == "POST" and changing.confirm(user, token):
        messages.success(request, _("Your email address was changed."))
        return redirect("account_settings")
    address = None if request.method == "POST" else changing.address_in(user, token)
    return render(request, "registration/email_confirm.html", {"address": address})


@action("account_settings")
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign out one browser, by the id of its session; one that is no longer there is no error."""
    key = sessions.key_of(_user(request), request.POST.get("session", ""))
    if key == request.session.session_key:
        logout(request)
        return redirect("login")
    if key:
        request.session.delete(key)
    messages.success(request, _("That browser is signed out."))
    return redirect("account_settings")


@action("account_settings")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign the person out in every browser but this one."""
    end_sessions_of(request.user, but=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account_settings")


@action("account_settings")
def data_export(request: HttpRequest) -> HttpResponseBase:
    """Everything of the person as a zip, sent while it is made."""
    user = _user(request)
    name = f"musicsite-{user.get_username()}-{timezone.now():%Y-%m-%d}.zip"
    response = StreamingHttpResponse(exporting.archive(user), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    return response


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(FORM)
def close(request: HttpRequest) -> HttpResponse:
    """Close the account for good, after its password was given."""
    user = _user(request)
    form = CloseForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        closing.close(user)
        logout(request)
        messages.success(request, _("Your account is closed, and everything in it is gone."))
        return redirect("home")
    context = {"form": form, "belongings": closing.belongings(user)}
    return render(request, "registration/account_close.html", context)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _confirming(request: HttpRequest, token: str) -> str:
    return absolute(request, reverse("email_confirm", args=[token]))
