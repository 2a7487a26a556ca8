"""Calling commands as from the command line."""

import io
from typing import Any

from django.core.management import call_command
from django.utils import translation


def run(*args: Any) -> str:
    """What a command writes to stdout."""
    out = io.StringIO()
    with translation.override("en"):  # which another test's request may have changed in this thread
        call_command(*map(str, args), stdout=out, stderr=io.StringIO())
    return out.getvalue()
