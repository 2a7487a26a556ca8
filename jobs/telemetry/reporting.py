"""Errors go to Sentry where ``MUSICSITE_SENTRY_DSN`` names one, with the traceback and nothing of anybody's.

What is sent: the exception, the lines of code, the pattern of the address, and the ids of request, user, job and
attempt. What never is: prompts, form fields, cookies, headers, names, mail and network addresses, values of variables.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from jobs.telemetry import logs

# What databases quote of a row: PostgreSQL's DETAIL names its values.
_ROW = re.compile(r"\s*(DETAIL|CONTEXT|PARAMETERS):.*", re.DOTALL | re.IGNORECASE)


def installed() -> bool:
    """Whether the package sentry-sdk is there."""
    return importlib.util.find_spec("sentry_sdk") is not None


@register
def sentry_settings(**kwargs: Any) -> list[CheckMessage]:
    if not settings.SENTRY_DSN:
        return []
    if not installed():
        text = "MUSICSITE_SENTRY_DSN is set, but the package sentry-sdk is not installed."
        return [Error(text, hint="pip install 'sentry-sdk>=2.30,<3', or clear the variable.", id="musicsite.E001")]
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(settings.SENTRY_DSN)
    except BadDsn as error:
        return [Error(f"MUSICSITE_SENTRY_DSN is no DSN of Sentry: {error}", id="musicsite.E002")]
    return []


def start() -> None:
    """Called once in each process, when Django has loaded; a wrong setting is left to the check."""
    if not settings.SENTRY_DSN or not installed() or sentry_settings():
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        traces_sample_rate=None,
        before_send=_nothing_of_anybodys,  # type: ignore[arg-type]  # events are dictionaries
    )


def _nothing_of_anybodys(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    request = logs.current_request()
    match = request and request.resolver_match
    event["request"] = {"method": request.method, "url": f"/{match.route if match else ''}"} if request else {}
    event.pop("extra", None)
    event.pop("breadcrumbs", None)
    about = logs.known()
    event["user"] = {"id": str(about["user_id"])} if "user_id" in about else {}
    event["tags"] = {**event.get("tags", {}), **{name: str(value) for name, value in about.items()}}
    for error in event.get("exception", {}).get("values", []):
        error["value"] = _ROW.sub("", error.get("value") or "")
    entry = event.get("logentry", {})
    for name in ("params", "formatted"):  # what was put into the message
        entry.pop(name, None)
    return event
