"""Delivers webhooks: a process of its own, which the supervisor starts when there is something to tell.

A receiver that is dead or slow costs nobody else anything: it, and its owner, have so many tries at a time, and a host
that could not be reached rests. Nothing is read of an answer but its status; redirects are not followed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError, connections
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Signer

from jobs.models import Delivery
from jobs.progress import news
from jobs.queue.webhooks import is_allowed, next_try
from jobs.worker.processes import SIGNALS

logger = logging.getLogger(__name__)

AT_ONCE = 64  # tries at a time
OF_HOST, OF_OWNER = 4, 16  # of one host, and of one person
TRY_SECONDS = 15.0  # for a receiver to be reached and to answer
CLAIM = timedelta(seconds=60)  # after which a try that nobody has ended is made again
REST_SECONDS = 30.0  # that a host is left alone which could not be reached
LOOK = 0.5  # seconds between two looks for what is due
IDLE_SECONDS = 60.0  # without anything to do; then the process ends
KEPT = timedelta(days=30)  # since it was written, that a delivery is kept which has ended
PRUNE_SECONDS = 600.0  # between two looks for older ones
LONGEST_LINE = 1000  # bytes of the status of an answer


class Refused(Exception):
    """The address of a receiver is not one that webhooks may go to."""


def is_needed() -> bool:
    """Whether there is something to tell or to deliver."""
    return Delivery.objects.due().exists() or news.has_news()


def run() -> None:
    """Deliver until there has been nothing to do for IDLE_SECONDS: what the process does that the supervisor forks."""
    signal.set_wakeup_fd(-1)
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    asyncio.run(Courier().run())


class Courier:
    def __init__(self) -> None:
        self._database = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._hosts: Counter[str] = Counter()  # tries that run
        self._owners: Counter[int] = Counter()
        self._resting: dict[str, float] = {}  # host → until when (monotonic)
        self._pruned = 0.0  # monotonic
        self._tls = ssl.create_default_context()

    async def run(self, idle_seconds: float = IDLE_SECONDS) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE, thread_name_prefix="names"))
        running: set[asyncio.Task[None]] = set()
        busy = time.monotonic()
        while running or time.monotonic() - busy < idle_seconds:
            for delivery in await self._stored(self._taken, []):
                running.add(asyncio.create_task(self._try(delivery)))
            if running:
                busy = time.monotonic()
                _done, running = await asyncio.wait(running, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(LOOK)
        await self._stored(connections.close_all, None)

    async def _stored(self, function: Any, without: Any, *args: Any) -> Any:
        """What ``function`` returns in the thread that speaks to the database; ``without`` one."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)
        except DatabaseError as error:
            logger.warning("webhooks wait, the database is away: %s", error)
            await asyncio.get_running_loop().run_in_executor(self._database, connections.close_all)
            return without

    def _taken(self) -> list[Delivery]:
        """Deliveries that are tried now, by this process: at most so many of a host and of an owner."""
        news.write_news()
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            Delivery.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()
        self._resting = {host: until for host, until in self._resting.items() if until > time.monotonic()}
        busy = {host for host, count in self._hosts.items() if count >= OF_HOST} | set(self._resting)
        occupied = [owner for owner, count in self._owners.items() if count >= OF_OWNER]
        due = Delivery.objects.due().exclude(host__in=busy).exclude(owner__in=occupied).select_related("token")
        taken: list[Delivery] = []
        for delivery in due[:AT_ONCE]:
            if self._has_room_for(delivery) and self._claim(delivery):
                self._hosts[delivery.host] += 1
                self._owners[delivery.owner_id] += 1
                taken.append(delivery)
        return taken

    def _has_room_for(self, delivery: Delivery) -> bool:
        of_host, of_owner = self._hosts[delivery.host], self._owners[delivery.owner_id]
        return of_host < OF_HOST and of_owner < OF_OWNER and self._hosts.total() < AT_ONCE

    def _claim(self, delivery: Delivery) -> bool:
        """Take the delivery for one try, which counts whatever becomes of this process."""
        mine = Delivery.objects.filter(pk=delivery.pk, due_at=delivery.due_at)
        delivery.tries += 1
        delivery.due_at = timezone.now() + CLAIM
        return bool(mine.update(due_at=delivery.due_at, tries=delivery.tries))

    async def _try(self, delivery: Delivery) -> None:
        status, problem = 0, ""
        try:
            if delivery.token.revoked_at:
                raise Refused("the token is revoked")
            async with asyncio.timeout(TRY_SECONDS):
                status = await self._post(delivery)
        except TimeoutError:
            problem = f"no answer within {TRY_SECONDS:g} seconds"
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError, Refused) as error:
            problem = _in_words(error)
        finally:
            self._hosts[delivery.host] -= 1
            self._owners[delivery.owner_id] -= 1
        if not status and not problem.startswith("the token"):
            self._resting[delivery.host] = time.monotonic() + REST_SECONDS
        await self._stored(_note, None, delivery, status, problem)

    async def _post(self, delivery: Delivery) -> int:
        """Send it; returns the status of the answer. Raise Refused, OSError, or ValueError for what is no HTTP."""
        parts = urlsplit(delivery.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await _address_of(str(parts.hostname), port, parts.scheme)
        tls = {"ssl": self._tls, "server_hostname": parts.hostname} if parts.scheme == "https" else {}
        reader, writer = await asyncio.open_connection(address, port, limit=LONGEST_LINE, **tls)  # type: ignore[arg-type]
        try:
            writer.write(_request(delivery, parts))
            await writer.drain()
            version, code, *_reason = (await reader.readuntil(b"\n")).split()
            if not version.startswith(b"HTTP/1.") or len(code) != 3 or not code.isdigit():
                raise ValueError("the answer is no HTTP")
            return int(code)
        finally:
            writer.close()


def _in_words(error: Exception) -> str:
    """Why a try failed, as its owner reads it: "Connection refused", without numbers and addresses."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return str(error.strerror or error)
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__


async def _address_of(host: str, port: int, scheme: str) -> str:
    """The address that is connected to: the first of the host's that webhooks may go to. Raise Refused for none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)  # SOCK_STREAM
    for *_kind, (address, *_port) in found:
        if is_allowed(ip_address(str(address).partition("%")[0]), scheme):
            return str(address)
    raise Refused("the address is in a network that webhooks do not go to")


def _request(delivery: Delivery, parts: Any) -> bytes:
    """The request as it is written, signed by the Standard Webhooks."""
    message_id, now = f"msg_{delivery.pk.hex}", datetime.now(UTC)
    body = delivery.body.encode()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Host": parts.netloc,
        "User-Agent": "Musicsite-Webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(delivery.token.webhook_secret).sign(message_id, now, delivery.body),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _note(delivery: Delivery, status: int, problem: str) -> None:
    """Write how the try ended; nothing where it was ordered again meanwhile, or is another process's by now."""
    now = timezone.now()
    done = 200 <= status < 300
    again = None if done or status == 410 or delivery.token.revoked_at else next_try(delivery, now)
    state = Delivery.State.DELIVERED if done else Delivery.State.WAITING if again else Delivery.State.FAILED
    Delivery.objects.filter(pk=delivery.pk, due_at=delivery.due_at).update(
        state=state,
        due_at=again,
        ended_at=None if again else now,
        status=status or None,
        problem=problem[:200],
    )
    if not done:
        logger.info("webhook %s: try %d failed (%s)", delivery.pk, delivery.tries, status or problem)
