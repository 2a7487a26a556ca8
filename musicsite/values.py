"""What the value of a setting has to look like: ValidationError says it in a sentence, which quotes no secret."""

from __future__ import annotations

import difflib
import os
import re
import secrets
from collections.abc import Collection
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import limits
from django.core.exceptions import ImproperlyConfigured
from environs import ValidationError, validate

PORTS = {"http": 80, "https": 443}
MOST_PER_WINDOW = 10**9
POSTGRES = ("postgres", "postgresql", "pgsql")
OF_DJANGO = frozenset(("assume_role", "isolation_level", "pool", "server_side_binding"))  # options that no driver knows
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.IGNORECASE)

port = validate.Range(1, 65535)
lane = validate.Regexp(r"[\w.-]{1,40}\Z", error="It is one word of at most 40 letters, digits and ._-")
bucket = validate.Regexp(r"([A-Za-z0-9._-]{3,255})?\Z", error="It is no name of a bucket.")
region = validate.Regexp(r"[a-z0-9-]+\Z", error="It is no name of a region, like us-east-1.")


def window(value: str) -> None:
    """How often in what time, or nothing."""
    if value:
        try:
            parsed = limits.parse(value)
        except ValueError as error:
            raise ValidationError("Write it like 10/minute or 50/2 hour.") from error
        if not (1 <= parsed.amount <= MOST_PER_WINDOW and 1 <= parsed.multiples <= MOST_PER_WINDOW):
            raise ValidationError("Write it like 10/minute or 50/2 hour, from 1 on; empty for no limit.")


def token(value: str) -> None:
    """A secret that cannot be guessed, or nothing."""
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        raise ValidationError("It needs 16 or more letters, digits and signs.")


def folder(value: str) -> None:
    """A folder's path that means the same to everybody who reads it."""
    if not value.strip():
        raise ValidationError("It is empty; leave it out for the default.")
    if value.startswith("~"):
        raise ValidationError("Nobody replaces the ~ here; write the whole path.")
    if Path(value).exists() and not Path(value).is_dir():
        raise ValidationError("It is a file, and has to be a folder.")


def folder_of_bucket(value: str) -> None:
    """Folders inside a bucket, or nothing."""
    if value and (value.startswith("/") or ".." in value.split("/")):
        raise ValidationError("It is no folder of a bucket, like music/site.")


def origin(value: str) -> None:
    """The address of a site as browsers name it in the header Origin, or nothing."""
    right = _origin_of(value)
    if value and value != right:
        raise ValidationError(
            "It has to be a scheme, a name in small letters and, unless it is the usual one, a port, with nothing after"
            f" them: {right or 'https://music.example.org'}"
        )


def _origin_of(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        scheme, host, number = parts.scheme, parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        return ""
    if scheme not in PORTS or not _is_host(host):
        return ""
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}" + (f":{number}" if number not in (None, PORTS[scheme]) else "")


def endpoint(value: str) -> None:
    """The address of an object store, or nothing."""
    if value and not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?/?", value, re.IGNORECASE):
        raise ValidationError("It is no address like https://s3.example.org.")


def mail_host(value: str) -> None:
    """The name or address of a mail server, or nothing."""
    if value and not _is_host(value):
        raise ValidationError("It is no name of a host; its port goes into MUSICSITE_EMAIL_PORT.")


def mailbox(value: str) -> None:
    """An address that mails come from, with or without a name before it."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
        raise ValidationError("It is no address like music@example.org or Musicsite <music@example.org>.")


def _is_host(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return bool(_NAME.fullmatch(value))
    return True


def hosts(value: str) -> list[str]:
    """Names of hosts, separated by commas, as Django compares them with what browsers send."""
    names = [name.strip() for name in value.split(",")] if value.strip() else []
    for name in names:
        bracketed = name.startswith("[") and name.endswith("]") and ":" in name
        host = name[1:-1] if bracketed else name.removeprefix(".")
        if name != "*" and not (_is_host(host) and bracketed == (":" in host)):
            raise ValidationError(
                f"{name!r} is no name of a host: write music.example.org, .example.org with all below it, or"
                " [2001:db8::1], without scheme, port or slash, separated by commas."
            )
    return names


def networks(value: str) -> list[IPv4Network | IPv6Network]:
    """Networks as 10.1.0.0/16, separated by commas."""
    try:
        return [ip_network(text.strip()) for text in value.split(",") if text.strip()]
    except ValueError as error:
        raise ValidationError("Write networks like 10.1.0.0/16, separated by commas.") from error


def options(value: str) -> dict[str, str]:
    """``name=value``, separated by commas."""
    if not value.strip():
        return {}
    pairs = [entry.partition("=") for entry in value.split(",")]
    names = [name.strip() for name, _, _ in pairs]
    if not all(equals for _, equals, _ in pairs) or not all(names):
        raise ValidationError("Write it as name=value, separated by commas; there is an entry without name or =.")
    if len(set(names)) < len(names):
        raise ValidationError("It has a name twice.")
    return {name.strip(): text.strip() for name, _, text in pairs}


def database(url: str, folder: Path) -> dict[str, Any]:
    """Django's entry of DATABASES; without a ``url`` it is SQLite in the folder. Raise ValidationError."""
    kept = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    if not url:  # the folder's name is no part of an address: it may have any sign in it
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3"), **kept}
    scheme = url.partition(":")[0]
    if scheme not in (*POSTGRES, "sqlite") or not url.startswith(f"{scheme}://"):
        raise ValidationError("It begins neither with postgres:// nor with sqlite:///, and there is no other database.")
    try:
        entry: dict[str, Any] = {**dj_database_url.parse(url), **kept}
    except ValueError:  # says too much: the address may hold a password
        entry = {}
    name = entry.get("NAME", "")
    if "#" in url or not name or (scheme in POSTGRES and "@" in name):
        raise ValidationError(
            "It is no address of a database; write it like postgres://user:password@host/name, with every"
            " character of the password that is no letter or digit as %XX."
        )
    if scheme == "sqlite":
        if name == ":memory:" or entry.get("HOST"):
            raise ValidationError("It names no file: write it like sqlite:////folder/db.sqlite3, with four slashes.")
        entry["NAME"] = str(Path(name).absolute())
    else:
        _check_driver({key: text for key, text in entry.get("OPTIONS", {}).items() if key not in OF_DJANGO})
    return entry


def _check_driver(connection_options: dict[str, Any]) -> None:
    import psycopg
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**connection_options)
    except psycopg.Error as error:
        raise ValidationError(f"What follows its ? is not understood: {str(error).strip()}.") from None


def refuse_misspelt_variables(settings_names: Collection[str]) -> None:
    """Raise ImproperlyConfigured for a variable of ours that is no setting."""
    for name in os.environ:
        if name.startswith("MUSICSITE_") and name not in settings_names:
            close = difflib.get_close_matches(name, settings_names, n=1)
            raise ImproperlyConfigured(f"{name} is no setting" + (f"; did you mean {close[0]}?" if close else ""))


def development_secret(path: Path) -> str:
    """The secret key of a checkout that somebody tries out: made once, kept where nobody else reads it."""
    try:
        return _kept_secret(path)
    except OSError as error:
        raise ImproperlyConfigured(f"MUSICSITE_DATA_DIR: {path} cannot be read or made: {error.strerror}.") from None


def _kept_secret(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write("development-" + secrets.token_urlsafe(48))
        except FileExistsError:
            pass  # another process was first
        return path.read_text()


def engine(variable: str, backend: str, options: dict[str, str]) -> dict[str, Any]:
    """An entry of GENERATORS: what the site itself heeds of the options, and the engine's own."""
    own = dict(options)
    limit, fallback, its_lane = own.pop("limit", ""), own.pop("fallback", ""), own.pop("lane", "default")
    try:
        lane(its_lane)
    except ValidationError as error:
        raise ImproperlyConfigured(f"{variable}: lane: {error}") from error
    try:
        window(limit)
    except ValidationError as error:
        raise ImproperlyConfigured(f"{variable}: limit={limit} is not written like 20/day.") from error
    return {"BACKEND": backend, "OPTIONS": own, "LANE": its_lane, "LIMIT": limit, "FALLBACK": fallback}
