"""Sessions that know whose they are, so that a person can be signed out everywhere (``SESSION_ENGINE``)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from jobs.models.sql import Parameter, PreparedQuery

_KEY = re.compile(r"[A-Za-z0-9_-]{8,40}")  # such as Django draws them


def is_session_key(text: str | None) -> bool:
    """Whether the text may be a session's key: a cookie holds whatever somebody sends, and databases refuse some."""
    return bool(text and _KEY.fullmatch(text))


class Session(AbstractBaseSession):
    """A session of Django's with the key of the user who is logged in by it; None for nobody."""

    # No foreign key: a request that outlives its user's account still saves its session without an error.
    user_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's sessions in the database, read by SQL that is made once."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        return is_session_key(key)

    def load(self) -> dict[str, Any]:
        """What the parent class loads, at a third of its cost: every request of somebody who is logged in does."""
        for (data,) in _stored().rows(key=self.session_key):
            return self.decode(data)
        self._session_key = None
        return {}

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        return session


@cache
def _stored() -> PreparedQuery:
    sessions = Session.objects.filter(session_key=Parameter("key", models.CharField()), expire_date__gt=Now())
    return PreparedQuery(sessions.values_list("session_data"))


def end_sessions_of(user: Any, *, but: str | None = None) -> None:
    """Sign ``user`` out in every browser; ``but``: not in the session of this key."""
    Session.objects.filter(user_id=user.pk).exclude(session_key=but or "").delete()
