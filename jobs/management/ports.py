"""The port of a web server: whether it is free, and who may come to it."""

from __future__ import annotations

import socket
import time
from ipaddress import ip_address

from django.core.management.base import CommandError

PORT_SECONDS = 3  # that a site which is being stopped may still hold its port


def wait_for_port(host: str, port: int) -> None:
    """Return when the port is free; raise CommandError where it stays taken.

    Two web servers could share it, and each would answer for the other.
    """
    ends = time.monotonic() + PORT_SECONDS
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        try:
            socket.create_server((host, port), family=family).close()
            return
        except (OSError, UnicodeError) as error:  # the latter: of a name that is none
            if time.monotonic() > ends or not isinstance(error, OSError):
                reason = getattr(error, "strerror", "") or str(error)
                raise CommandError(f"Nothing can listen on {host}:{port}: {reason}. PORT chooses another.") from error
        time.sleep(0.1)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
