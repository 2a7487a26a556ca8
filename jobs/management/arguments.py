"""Argument types of the commands: a wrong value is one sentence, never a traceback."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from jobs.operators.durations import parse_moment, parse_span


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


def job_id(text: str) -> UUID:
    """The id of a job, which need not exist; raise ArgumentTypeError where the text is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no job id") from error


def find_user(name: str) -> Any:
    """The user of that name; raise CommandError where there is none."""
    users = get_user_model()
    try:
        return users.objects.get_by_natural_key(name)
    except users.DoesNotExist as error:
        raise CommandError(f"There is no user {name!r}.") from error
