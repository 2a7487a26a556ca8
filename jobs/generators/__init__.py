"""The music engines: alias → BACKEND and OPTIONS of ``settings.GENERATORS``, loaded when first used."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from jobs.generators.base import Generator


@cache
def get(alias: str) -> Generator:
    """The generator of that alias; raise ImproperlyConfigured with the cause where it cannot be had."""
    try:
        entry: dict[str, Any] = settings.GENERATORS[alias]
        backend = import_string(entry["BACKEND"])
    except KeyError as error:
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}] lacks {error}.") from error
    except ImportError as error:
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}]: {error}") from error
    if not (isinstance(backend, type) and issubclass(backend, Generator)):
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}]: {entry['BACKEND']} is no Generator.")
    return backend(entry.get("OPTIONS", {}))


def aliases() -> list[str]:
    return list(settings.GENERATORS)


def lane_of(alias: str) -> str:
    """The lane whose workers run this generator; raise ValueError where there is no such generator."""
    if alias not in settings.GENERATORS:
        raise ValueError(f"generator: {alias!r} is not one of {', '.join(settings.GENERATORS)}")
    return str(settings.GENERATORS[alias].get("LANE", "default"))
