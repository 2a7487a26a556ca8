"""System checks: what would break the state machine or every job is refused at the start, in a sentence."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from jobs import generators
from jobs.music.errors import SoundfontCorrupt
from jobs.music.sound import soundfont


@register
def queue_settings(**kwargs: Any) -> list[CheckMessage]:
    """django-q2 as the design needs it; each value was measured to matter (docs/DESIGN.md)."""
    q = settings.Q_CLUSTER
    needed = {
        "workers": 1,
        "queue_limit": 1,
        "bulk": 1,
        "max_attempts": 1,
        "ack_failures": True,
        "save_limit": -1,
        "guard_cycle": 0.5,
        "broker_class": "jobs.queue.redis_broker.RedisBroker" if settings.REDIS_URL else "jobs.queue.broker.OrmBroker",
    }
    problems: list[CheckMessage] = [
        Error(f"Q_CLUSTER[{name!r}] must be {value!r}, not {q.get(name)!r}.", id="jobs.E001")
        for name, value in needed.items()
        if q.get(name) != value
    ]
    timeout, retry = q.get("timeout"), q.get("retry")
    if not isinstance(timeout, int) or not isinstance(retry, int) or not settings.JOB_TIMEOUT < timeout < retry:
        problems.append(
            Error("Q_CLUSTER needs whole seconds with JOB_TIMEOUT < timeout < retry.", id="jobs.E002"),
        )
    return problems


@register
def site_address(**kwargs: Any) -> list[CheckMessage]:
    """Links in mails would lead to whatever name a stranger asks for."""
    wild = [host for host in settings.ALLOWED_HOSTS if host == "*" or host.startswith(".")]
    if settings.SITE_URL or settings.LOCAL or not wild:
        return []
    text = f"MUSICSITE_ALLOWED_HOSTS={','.join(wild)} allows any name, so MUSICSITE_URL must say where links lead."
    return [Error(text, hint="MUSICSITE_URL=https://music.example.org", id="jobs.E010")]


@register
def redis_settings(**kwargs: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL:
        return []
    try:
        import_module("redis").connection.parse_url(settings.REDIS_URL)
    except ImportError:
        problem = "MUSICSITE_REDIS_URL needs the redis package: pip install -r requirements-all.txt"
    except ValueError as error:
        problem = f"MUSICSITE_REDIS_URL: {error}"
    else:
        return []
    return [Error(problem, id="jobs.E006")]


@register
def storage_settings(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if not settings.S3_BUCKET and settings.DELIVERY == "redirect":
        text = "MUSICSITE_DELIVERY=redirect needs an object store, MUSICSITE_S3_BUCKET."
        problems.append(Error(text, id="jobs.E007"))
    for name in ("S3_ENDPOINT", "S3_PUBLIC_ENDPOINT"):
        value = getattr(settings, name)
        if value and not re.fullmatch(r"https?://[^/?#]+/?", value):
            text = f"MUSICSITE_{name}={value} is no address like https://s3.example.org."
            problems.append(Error(text, id="jobs.E008"))
    if settings.S3_BUCKET and not find_spec("storages"):
        text = "MUSICSITE_S3_BUCKET needs django-storages: pip install -r requirements-all.txt"
        problems.append(Error(text, id="jobs.E009"))
    return problems


def _entries() -> dict[str, dict[str, Any]]:
    return dict(settings.GENERATORS)


@register
def sound_settings(**kwargs: Any) -> list[CheckMessage]:
    if not settings.SOUNDFONT:
        return []
    path = Path(settings.SOUNDFONT)
    if not path.is_file():
        return [Error(f"MUSICSITE_SOUNDFONT={path} is no file.", id="jobs.E010")]
    try:
        soundfont.check(path)
    except SoundfontCorrupt as error:
        return [Error(f"MUSICSITE_SOUNDFONT={path}: {error}", id="jobs.E010")]
    except OSError as error:
        return [Error(f"MUSICSITE_SOUNDFONT={path} cannot be read: {error.strerror}.", id="jobs.E010")]
    return []


@register
def generator_settings(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.GENERATOR not in settings.GENERATORS:
        aliases = ", ".join(settings.GENERATORS)
        problems.append(Error(f"MUSICSITE_GENERATOR={settings.GENERATOR} is not one of {aliases}.", id="jobs.E003"))
    for alias, entry in _entries().items():
        if entry.get("BACKEND", "").startswith("jobs.generators.dummy") and not settings.ALLOW_DUMMY:
            problems.append(
                Error(
                    f"GENERATORS[{alias!r}] is the dummy, which makes no music.",
                    hint="It is for tests and benchmarks; MUSICSITE_ALLOW_DUMMY=1 allows it.",
                    id="jobs.E004",
                )
            )
        problems += [Error(f"Generator {alias}: {problem}", id="jobs.E005") for problem in _problems(alias)]
        fallback = entry.get("FALLBACK")
        if fallback == alias or (fallback and fallback not in settings.GENERATORS):
            aliases = ", ".join(other for other in settings.GENERATORS if other != alias)
            text = f"Generator {alias}: fallback={fallback} is none of the other engines ({aliases})."
            problems.append(Error(text, id="jobs.E006"))
    return problems


def _problems(alias: str) -> list[str]:
    """What keeps an engine from working here; where it works in another lane, only what is wrong with its options."""
    try:
        engine = generators.get(alias)
        return engine.problems() if generators.lane_of(alias) == settings.LANE else []
    except ImproperlyConfigured as error:
        return [str(error)]
