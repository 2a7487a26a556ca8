"""Orders by a token that has a webhook of its own."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from jobs.models import Job, Token
from jobs.models.errors import Gone
from jobs.queue import webhooks


def told(request: HttpRequest, submit: Callable[[], Job]) -> Job:
    """The job that ``submit`` returns, of which the calling token's webhook is told, where it has one.

    Both are kept or none; raises what ``submit`` does. A job that has a webhook keeps it.
    """
    token: Token | None = getattr(request, "token", None)
    if token is None or not token.webhook_url:
        return submit()
    try:
        with transaction.atomic():
            job = submit()
            webhooks.subscribe_by_token(job, token)
    except IntegrityError:  # of the commit: what the job refers to was deleted meanwhile
        raise Gone("order") from None
    return job
