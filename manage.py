#!/usr/bin/env python
"""Django's command-line utility. Whatever goes wrong is a sentence; ``--traceback`` shows where."""

import io
import os
import sqlite3
import sys

from musicsite import __version__

# Commands for one's own machine, which need nothing to be set.
WITHOUT_SETTINGS = ("up", "generate", "styles", "demos", "soundfont")
CANNOT_WRITE = 74  # EX_IOERR of sysexits.h
BROKEN_PIPE = 128 + 13  # as of a process that SIGPIPE ends
INTERRUPTED = 128 + 2


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
    if sys.argv[1:2] and sys.argv[1] in WITHOUT_SETTINGS:
        os.environ.setdefault("MUSICSITE_LOCAL", "1")
    if sys.argv[1:] in (["--version"], ["version"]):
        import django

        sys.stdout.write(f"Musicsite {__version__}, Django {django.__version__}\n")
        return
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError, InterfaceError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{sys.argv[0]}: {error}")
    except (DatabaseError, InterfaceError, sqlite3.Error) as error:
        if "--traceback" in sys.argv:
            raise
        text = str(error).strip()
        sys.exit(f"{sys.argv[0]}: The database does not do it: {text}. Is it there, and migrated (manage.py migrate)?")


def speak_anywhere() -> None:
    """Write to whatever stdout and stderr are: closed, or of an encoding without Korean, which shows it as \\uXXXX."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run() -> None:
    """``main``, and an end without a traceback where nobody reads on."""
    speak_anywhere()
    try:
        try:
            main()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        if not _is_of_stdout(error):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would try again as it ends
        if isinstance(error, BrokenPipeError):
            sys.exit(BROKEN_PIPE)
        sys.stderr.write(f"{sys.argv[0]}: What is said here cannot be written: {error.strerror}.\n")
        sys.exit(CANNOT_WRITE)


def _is_of_stdout(error: OSError) -> bool:
    """Whether it came of writing what is said: an error of a file has its name."""
    return error.filename is None and error.errno is not None


if __name__ == "__main__":
    run()
