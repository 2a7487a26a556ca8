"""Spans of time as operators write and read them: ``2h``, ``3d``; “3 min 05 s”."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone

LONGEST = timedelta(days=36_525)  # a hundred years, before which there is nothing to find
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """``90s``, ``15m``, ``2h``, ``3d`` or ``4w``, up to LONGEST; raise ValueError for anything else."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]+)?)\s*([smhdw])", text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is no span of time; write it like 90s, 15m, 2h, 3d or 4w")
    span = timedelta(**{_UNITS[match[2]]: float(match[1])})
    if span > LONGEST:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return span


def parse_moment(text: str) -> datetime:
    """The time that a text names; raise ValueError for a text that is none.

    A span ago (``2h``), or an ISO date or time, in the site's time zone unless it names one.
    """
    try:
        if re.match(r"\d+-", text.strip()):
            moment = datetime.fromisoformat(text.strip())
            return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
        return timezone.now() - parse_span(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time; write it like 2h, 3d, 2026-01-31 or 2026-01-31T12:00") from error


def in_words(span: timedelta) -> str:
    """A span in its two largest units: “0.4 s”, “12 s”, “3 min 05 s”, “2 h 10 min”, “4 d 3 h”."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
