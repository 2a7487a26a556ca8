"""Who calls: somebody with a token, or in the session of a browser; and what a token's scopes let it do.

A request that has a token is judged by it alone: no session is read or made, and no CSRF token is wanted, since no
browser sends an Authorization header by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import APIKeyCookie
from ninja.security.http import HttpAuthBase

from jobs.api.problems import of_status, problem
from jobs.models import Token
from jobs.models.token import MANAGE, READ, SCOPES, digest

REALM = 'realm="Musicsite"'
SAFE = ("GET", "HEAD", "OPTIONS")
_FILES = ("track_file", "preview_sound")  # views of resultUrl and its like
_BEARER = re.compile(r"bearer +([^ ]+) *", re.IGNORECASE)


class ScopeMissing(Exception):
    """A token came that may not do this; ``scope`` is what it lacks."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


def bearer_of(authorization: str) -> str | None:
    """The token in a header Authorization, whether or not it is one of ours; None where the scheme is another."""
    match = _BEARER.fullmatch(authorization)
    if match:
        return match[1]
    return "" if authorization[:6].lower() == "bearer" else None


def token_logins(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, after Django's own for log-ins: who comes with a token to the API, or for a file, is its owner."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        text = bearer_of(request.headers.get("Authorization", ""))
        is_file = text is not None and request.method in SAFE and _is_file(request.path_info)
        if text is None or not (is_file or request.path_info.startswith("/api/")):
            return get_response(request)
        token = Token.objects.usable().filter(digest=digest(text)).select_related("owner").first()
        request.bearer = True  # type: ignore[attr-defined]
        request.token = token  # type: ignore[attr-defined]
        request.user = request._cached_user = token.owner if token else AnonymousUser()  # type: ignore[attr-defined]
        if token and not token.is_used_lately:
            Token.objects.note_use(token.pk)
        if is_file and not token:
            return signed_out(request)
        if is_file and token and not token.may(READ):
            return too_narrow(READ)
        return get_response(request)

    return middleware


def _is_file(path: str) -> bool:
    try:
        return path.startswith("/tracks/") and resolve(path).url_name in _FILES
    except Resolver404:
        return False


class TokenLogin(HttpAuthBase):
    """A token of the account, as ``Authorization: Bearer msk_…``; each call names the scope that it needs."""

    openapi_scheme = "bearer"

    def __init__(self, scope: str = "") -> None:
        """``scope``: that a call needs; else those that change nothing need READ, all others MANAGE."""
        self.scope = scope
        super().__init__()

    def scope_for(self, method: str) -> str:
        return self.scope or (READ if method in SAFE else MANAGE)

    def __call__(self, request: HttpRequest) -> Any:
        token: Token | None = getattr(request, "token", None)
        if token is None:
            return None
        scope = self.scope_for(str(request.method))
        if not token.may(scope):
            raise ScopeMissing(scope)
        _refuse_other_bodies(request)
        return request.user


class SessionLogin(APIKeyCookie):
    """The site's session; unsafe calls need the CSRF token too, and a body must be JSON, which no form can send."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        if getattr(request, "bearer", False) or not request.user.is_authenticated:
            return None
        _refuse_other_bodies(request)  # before anything, such as the search for a token, reads the body as a form
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return request.user


def whoever_may(scope: str = "") -> list[Any]:
    """For ``auth`` of a call: a token with that scope (as in TokenLogin), or a session."""
    return [TokenLogin(scope), SessionLogin()]


def _refuse_other_bodies(request: HttpRequest) -> None:
    if request.META.get("CONTENT_LENGTH", "0") not in ("", "0") and request.content_type != "application/json":
        raise HttpError(415, "")


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: without anything to log in by, or with a token that is none (any more)."""
    if getattr(request, "bearer", False):
        detail = _("This token is unknown, expired or revoked. Make another one in the settings of your account.")
        response = problem(401, "token_invalid", detail)
        response["WWW-Authenticate"] = f'Bearer {REALM}, error="invalid_token"'
        return response
    response = of_status(401)
    response["WWW-Authenticate"] = f'Session {REALM}, location="{reverse(settings.LOGIN_URL)}", Bearer {REALM}'
    return response


def too_narrow(scope: str) -> HttpResponse:
    """403: the token has not the scope that the call needs."""
    detail = _("This token lacks the scope “%(scope)s”: %(meaning)s.") % {"scope": scope, "meaning": SCOPES[scope]}
    response = problem(403, "scope_missing", detail)
    response["WWW-Authenticate"] = f'Bearer {REALM}, error="insufficient_scope", scope="{scope}"'
    return response
