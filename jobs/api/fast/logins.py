"""Whether somebody is logged in, as a part of a statement that asks for more: what middleware finds by two and more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.db.models import CharField, F, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from jobs.api.tokens import bearer_of
from jobs.models import Job, JobQuerySet, Session, Token
from jobs.models.session import SessionStore, is_session_key
from jobs.models.sql import Parameter
from jobs.models.token import digest, usable, was_lately

_KEY = Parameter("key", CharField())


class Login(ABC):
    """A kind of log-in. Each of its querysets begins with its own columns, of which ``owner`` reads whose it is."""

    columns: Sequence[str]  # of ``users``
    job_columns: Sequence[str]  # of ``jobs``
    webhook_url: Combinable  # of ``users``: where the orders of whoever logs in so are told
    sends_itself: bool  # browsers send it with whatever page makes them: the request needs a CSRF token

    @abstractmethod
    def users(self) -> QuerySet[User]:
        """The user of the Parameter ``key``, unless deactivated: one or none."""

    @abstractmethod
    def jobs(self) -> JobQuerySet:
        """The jobs of that user."""

    @abstractmethod
    def owner(self, values: Sequence[Any], scope: str) -> int | None:
        """Whose log-in it is by the values of ``columns``, the key of a user; None where it does not let them in.

        ``scope``: what a token has to be good for.
        """


class SessionLogin(Login):
    columns = ("session", "pk", "password")
    job_columns = ("session", "owner_id", "owner__password")
    webhook_url = Value("", output_field=CharField())
    sends_itself = True
    _sessions = Session.objects.filter(session_key=_KEY, expire_date__gt=Now())  # at most one
    _owner = Subquery(_sessions.values("user_id")[:1])  # Django 6 wants the number said
    _data = Subquery(_sessions.values("session_data"))

    def users(self) -> QuerySet[User]:
        return User.objects.filter(pk=self._owner, is_active=True).annotate(session=self._data)

    def jobs(self) -> JobQuerySet:
        return Job.objects.owned_by(self._owner).filter(owner__is_active=True).annotate(session=self._data)

    def owner(self, values: Sequence[Any], scope: str) -> int | None:
        session, pk, password = values
        return pk if is_login(session, pk, password) else None


class TokenLogin(Login):
    columns = ("pk", "tokens__pk", "tokens__scopes", "tokens__last_used_at")
    job_columns = ("owner_id", "owner__tokens__pk", "owner__tokens__scopes", "owner__tokens__last_used_at")
    webhook_url = F("tokens__webhook_url")
    sends_itself = False

    def users(self) -> QuerySet[User]:
        return User.objects.filter(usable("tokens__"), tokens__digest=_KEY, is_active=True)

    def jobs(self) -> JobQuerySet:
        token = usable("owner__tokens__")
        return Job.objects.unbinned().filter(token, owner__tokens__digest=_KEY, owner__is_active=True)

    def owner(self, values: Sequence[Any], scope: str) -> int | None:
        pk, token, scopes, last_used_at = values
        if scope not in scopes.split():
            return None
        if not was_lately(last_used_at):
            Token.objects.note_use(token)
        return int(pk)


SESSION, TOKEN = SessionLogin(), TokenLogin()


def login_of(environ: Mapping[str, Any], cookies: Mapping[str, str]) -> tuple[Login, str] | None:
    """By what the request logs in, and the key for its queries; None where it has nothing that could be a log-in."""
    authorization = environ.get("HTTP_AUTHORIZATION")
    if authorization and (token := bearer_of(authorization)) is not None:
        key = digest(token)
        return (TOKEN, key) if key else None
    session = cookies.get(settings.SESSION_COOKIE_NAME)
    return (SESSION, session) if session and is_session_key(session) else None


@lru_cache(maxsize=10_000)
def is_login(session: str, user_id: int, password: str) -> bool:
    """Whether the session's stored data say that this user, with this password (a hash), is logged in.

    That is what ``django.contrib.auth.get_user`` makes sure of; it follows from these values alone.
    """
    data = SessionStore().decode(session)
    present = User(pk=user_id, password=password).get_session_auth_hash()
    return (
        data.get(SESSION_KEY) == str(user_id)
        and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), present)
    )
