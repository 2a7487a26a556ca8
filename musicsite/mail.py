"""Mail that nobody waits for: how long an answer takes does not tell whether there was a mail to send."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

logger = logging.getLogger(__name__)
_posts = ThreadPoolExecutor(1, thread_name_prefix="mail")  # a process that ends in order sends what it has first


class BackgroundBackend(BaseEmailBackend):
    """Sends by SMTP from a thread; a failure is in the log."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        _posts.submit(_send, list(email_messages))
        return len(email_messages)


def _send(mails: list[EmailMessage], **options: Any) -> None:
    try:
        EmailBackend(**options).send_messages(mails)
    except Exception:
        logger.exception("%d mails were not sent", len(mails))
