"""The music engines: alias → BACKEND and OPTIONS of ``settings.GENERATORS``, loaded when first used.

Beside them an entry may have a LANE, whose workers run the engine, a LIMIT of orders that one person may make to it
(``20/day``), and a FALLBACK, the alias of the engine that makes what this one cannot.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from jobs.generators.base import Abilities, Generator


@cache
def get(alias: str) -> Generator:
    """The generator of that alias, made once a process; raise ImproperlyConfigured with the cause where that fails."""
    try:
        entry: dict[str, Any] = settings.GENERATORS[alias]
        backend = import_string(entry["BACKEND"])
    except KeyError as error:
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}] lacks {error}.") from error
    except ImportError as error:
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}]: {error}") from error
    if not (isinstance(backend, type) and issubclass(backend, Generator)):
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}]: {entry['BACKEND']} is no Generator.")
    try:
        return backend(entry.get("OPTIONS", {}))
    except ValueError as error:
        raise ImproperlyConfigured(f"GENERATORS[{alias!r}]: {error}.") from error


def aliases() -> list[str]:
    """The aliases of all engines, in the order of ``settings.GENERATORS``."""
    return list(settings.GENERATORS)


def abilities_of(alias: str) -> Abilities:
    """What the engine of that alias can do; of one that cannot be loaded, whatever any engine can."""
    try:
        return get(alias).abilities
    except ImproperlyConfigured:
        return Abilities(plays_brief=True, plays_tune=True, sings=True)


def lane_of(alias: str) -> str:
    """The lane whose workers run this generator; raise ValueError where there is no such generator."""
    if alias not in settings.GENERATORS:
        raise ValueError(f"generator: {alias!r} is not one of {', '.join(settings.GENERATORS)}")
    return str(settings.GENERATORS[alias].get("LANE", "default"))


def limit_of(alias: str) -> str:
    """How many orders one person may make to the engine of that alias: ``20/day``; "" for as many as to any."""
    return str(settings.GENERATORS.get(alias, {}).get("LIMIT", ""))


def fallback_of(alias: str) -> str | None:
    """The alias of the engine that makes what this one cannot, where the operator has named one; else None."""
    fallback = settings.GENERATORS.get(alias, {}).get("FALLBACK")
    return str(fallback) if fallback in settings.GENERATORS else None
