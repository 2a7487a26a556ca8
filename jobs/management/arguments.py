"""Argument types of the commands: a wrong value is one sentence, never a traceback."""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from jobs.models.text import unprintable
from jobs.models.webhook import EVENTS
from jobs.operators.durations import parse_moment, parse_span
from jobs.queue.webhooks import check_url

MOST_PORTS = 65535
MOST_WORKERS = 64  # as of MUSICSITE_WORKERS


def span(text: str) -> timedelta:
    """A span of time as ``parse_span`` reads it; raise ArgumentTypeError."""
    try:
        return parse_span(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def moment(text: str) -> datetime:
    """A time as ``parse_moment`` reads it; raise ArgumentTypeError."""
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def port(text: str) -> int:
    """The number of a port; raise ArgumentTypeError."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > MOST_PORTS:
        raise ArgumentTypeError(f"{text!r} is no port from 0 to {MOST_PORTS}")
    return int(text)


def workers(text: str) -> int:
    """How many workers a machine is to have; raise ArgumentTypeError."""
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_WORKERS:
        raise ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_WORKERS}")
    return int(text)


def words(text: str) -> str:
    """Text that a database can be asked for; raise ArgumentTypeError for bytes that are none."""
    if unprintable(text):
        raise ArgumentTypeError(f"{text!r} is no text in this terminal's encoding")
    return text


def receiver(text: str) -> str:
    """Where webhooks may lead; raise ArgumentTypeError for any other address."""
    try:
        check_url(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    return text


def events(text: str) -> list[str]:
    """Events of webhooks with commas between them; raise ArgumentTypeError for others."""
    named = [name.strip().removeprefix("job.") for name in text.split(",") if name.strip()]
    if not named or set(named) - set(EVENTS):
        raise ArgumentTypeError(f"{text!r} is not some of {','.join(EVENTS)}")
    return named


def new_file(text: str) -> Path:
    """The path of a file that is to be written; raise ArgumentTypeError where the folder for it is missing."""
    if not text:
        raise ArgumentTypeError("it is empty")
    path = Path(text)
    folder = path if text.endswith(("/", os.sep)) else path.parent
    if not folder.is_dir():
        raise ArgumentTypeError(f"there is no folder {folder}")
    return path


def job_id(text: str) -> UUID:
    """The id of a job, which need not exist; raise ArgumentTypeError where the text is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no job id") from error


def sentence(error: Exception) -> str:
    """What an error says to people; of one of a file, which it was and why."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def find_user(name: str) -> Any:
    """The user of that name; raise CommandError where there is none."""
    users = get_user_model()
    try:
        return users.objects.get_by_natural_key(name)
    except users.DoesNotExist as error:
        raise CommandError(f"There is no user {name!r}.") from error
