"""Log lines that cannot be forged."""

from __future__ import annotations

import logging
import re

# Line ends and what moves a terminal's cursor; whatever somebody wrote, a new line of the log begins with its time.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class OneRecord(logging.Formatter):
    """Control characters are escaped; further lines of a record, such as a traceback, are indented."""

    def format(self, record: logging.LogRecord) -> str:
        text = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], super().format(record))
        return text.replace("\n", "\n    ")
