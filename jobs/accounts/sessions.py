"""Where somebody is signed in: since when, and roughly with which browser. It stands in the session itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.db.models import Case, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from jobs.models import Session

KEPT_AS = "signed_in"  # in a session's data
MOST = 50  # sessions that are listed

# What a User-Agent contains, and whose it is then: of two that it contains, the first. Most call themselves Safari.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Whale/", "Whale"),
    ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One browser in which somebody is signed in. The id says nothing of the session's key."""

    id: str
    since: datetime
    browser: str  # "" where it is not known
    system: str
    is_this: bool


def note_browser(request: HttpRequest) -> None:
    """Remember in the session that begins when that was and with which browser."""
    agent = request.headers.get("User-Agent", "")
    request.session[KEPT_AS] = {
        "since": timezone.now().isoformat(),
        "browser": _first_in(agent, BROWSERS),
        "system": _first_in(agent, SYSTEMS),
    }


def sessions_of(user: User, this: str | None) -> list[SignedIn]:
    """The sessions in which ``user`` is signed in, the newest first, at most MOST; ``this``: the asking one's key."""
    expected = user.get_session_auth_hash()
    this_first = Case(When(session_key=this or "", then=0), default=1)
    stored = Session.objects.filter(user_id=user.pk, expire_date__gt=timezone.now())
    signed_in = []
    for session in stored.order_by(this_first, "-expire_date")[:MOST]:
        data = session.get_decoded()
        if constant_time_compare(data.get(HASH_SESSION_KEY, ""), expected):  # else a new password has ended it
            signed_in.append(_signed_in(session, data.get(KEPT_AS, {}), session.session_key == this))
    return sorted(signed_in, key=lambda session: (session.is_this, session.since), reverse=True)


def key_of(user: User, session_id: str) -> str | None:
    """The key of a session of ``user`` by its id; None where there is none, or no longer."""
    keys = Session.objects.filter(user_id=user.pk).values_list("session_key", flat=True)
    return next((key for key in keys if constant_time_compare(_id(key), session_id)), None)


def _signed_in(session: Session, noted: dict[str, Any], is_this: bool) -> SignedIn:
    last_saved = session.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    since = datetime.fromisoformat(noted["since"]) if noted else last_saved  # it began before there were notes
    return SignedIn(_id(session.session_key), since, noted.get("browser", ""), noted.get("system", ""), is_this)


def _id(key: str) -> str:
    return salted_hmac(__name__, key).hexdigest()[:32]


def _first_in(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for part, name in names if part in agent), "")
