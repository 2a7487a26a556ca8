"""Log lines that cannot be forged, as text or JSON, each with the job, attempt, user and request it is about."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

# Line ends and what moves a terminal's cursor; whatever somebody wrote, a new line of the log begins with its time.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

FIELDS = ("request_id", "user_id", "job_id", "attempt")
_about: ContextVar[dict[str, Any]] = ContextVar("about", default={})  # noqa: B039 — never changed, only replaced
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def about(request: HttpRequest | None = None, **fields: Any) -> Iterator[None]:
    """Say of every line logged within what it is about; ``fields`` are some of FIELDS.

    A thread starts with nothing known: run what it does in ``contextvars.copy_context()``.
    """
    token = _about.set({**_about.get(), **fields})
    outer = _request.set(request or _request.get())
    try:
        yield
    finally:
        _request.reset(outer)
        _about.reset(token)


def known(request: object = None) -> dict[str, Any]:
    """What is known here, or of ``request``, of FIELDS: name → value.

    The user is known once something has asked for them: logging makes no query.
    """
    request = request or _request.get()
    fields = {"request_id": getattr(request, "id", None)}
    user = getattr(request, "_cached_user", None)  # where django.contrib.auth keeps whom it has looked up
    fields["user_id"] = getattr(user, "pk", None)
    return {name: value for name, value in {**fields, **_about.get()}.items() if value is not None}


def current_request() -> HttpRequest | None:
    """The request that is being answered here; None outside of one."""
    return _request.get()


class About(logging.Filter):
    """Put what is known on the record; what the record says itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in known(getattr(record, "request", None)).items():
            record.__dict__.setdefault(name, value)
        return True


class Brief(logging.Filter):
    """What strangers send, such as a foreign host name, is a line of the log and no traceback: it is no bug of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class OneRecord(logging.Formatter):
    """Control characters are escaped; further lines of a record, such as a traceback, are indented."""

    def format(self, record: logging.LogRecord) -> str:
        text = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], super().format(record))
        return text.replace("\n", "\n    ")


class Json(JsonFormatter):
    """One JSON object a line, in ASCII: ``time`` (UTC), ``level``, ``logger``, ``process``, ``message``, FIELDS."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(process)d %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, "request", "server_time"],  # objects that Django puts on its records
            timestamp="time",
        )
