"""Whether somebody is logged in, as a part of a statement that asks for more: what Django's middleware finds by two."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.db.models import CharField, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from jobs.models import Session
from jobs.models.session import SessionStore
from jobs.models.sql import Parameter

_sessions = Session.objects.filter(session_key=Parameter("key", CharField()), expire_date__gt=Now())  # at most one
OWNER = Subquery(_sessions.values("user_id")[:1])  # of the session ``key``; Django 6 wants the number said
DATA = Subquery(_sessions.values("session_data"))
COLUMNS = ("session", "pk", "password")  # what ``is_login`` asks for, of ``users``


def users() -> QuerySet[User]:
    """The user of the session ``key``, unless deactivated, with the session's data as ``session``: one or none."""
    return User.objects.filter(pk=OWNER, is_active=True).annotate(session=DATA)


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
