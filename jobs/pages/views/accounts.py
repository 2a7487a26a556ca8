"""Signing up, logging out everywhere, and how a browser shows the site."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, PasswordResetView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from jobs.accounts import invitations
from jobs.accounts.links import absolute
from jobs.models.session import end_sessions_of
from jobs.pages import postponed
from jobs.pages.account_forms import SignUpForm
from jobs.pages.theme import COOKIE, THEMES
from jobs.pages.views.common import action, came_from

YEAR = 365 * 24 * 3600  # seconds


class LogIn(LoginView):
    """Django's log-in: whoever is logged in is led on, and somebody who was logged out meanwhile goes on from there."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return super().get(request, *args, **kwargs)
        onward = self.get_success_url()
        return HttpResponseRedirect(reverse("home") if urlsplit(onward).path == request.path else onward)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        postponed.take_up(self.request, response)
        return response


class ResetPassword(PasswordResetView):
    """Django's reset of a password, with a link that leads to this site whatever name was asked for."""

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        self.extra_email_context = {"site": absolute(self.request, "/").rstrip("/")}
        return super().form_valid(form)


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """A new account, signed in at once; 403 for whom MUSICSITE_SIGNUP does not let in (``?invitation=`` a token)."""
    onward = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = ""
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward or reverse("home"))
    form = SignUpForm(request.POST if request.method == "POST" else None)
    invitation = request.GET.get("invitation", "")
    try:
        invitations.admit(invitation)
        if form.is_bound and form.is_valid():
            login(request, invitations.sign_up(invitation, form.save))
            return HttpResponseRedirect(onward or reverse("home"))
    except invitations.SignUpRefused as refusal:
        return render(request, "registration/signup_refused.html", {"reason": str(refusal)}, status=403)
    except IntegrityError:  # somebody took the name at the same moment
        form.add_error("username", form.instance.unique_error_message(User, ("username",)))
    return render(request, "registration/signup.html", {"form": form, "next": onward})


@action("password_change")
def logout_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign the person out in every browser, this one too."""
    end_sessions_of(request.user)
    logout(request)
    messages.success(request, _("You are logged out everywhere."))
    return redirect("login")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in this browser; anything else follows the system again."""
    response = redirect(came_from(request) or "home")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            COOKIE, chosen, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
