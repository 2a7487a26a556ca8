"""What open streams of events cost the site, and how soon each of them tells of an end: ``make bench-streams``."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from pathlib import Path

from tests.bench import people
from tests.bench.load import Call, Load, load
from tests.bench.servers import Running, site
from tests.bench.table import Figure, publish
from tests.bench.web import LONG, SECONDS, USERS, WITHOUT_LIMITS

WATCHED = 10.0  # seconds in which nothing happens but that jobs go on


class Reader:
    """One who reads a stream."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._port = port
        self._head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        self.opened = asyncio.Event()
        self.told = 0.0  # of an end, as the time of day

    async def read(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._head)
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self.opened.set()
            if b'"code": "cancelled"' in line:
                self.told = time.time()
                break
        writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500, help="(default: %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("var/bench-streams.json"))
    options = parser.parse_args()
    with people.own_site(ALLOW_DUMMY="1", **WITHOUT_LIMITS) as folder, site(folder, **LONG) as running:
        users = people.users(USERS)
        jobs = [people.order(user) for user in users]
        people.wait_until_running(2, SECONDS)
        tokens = [people.token(user) for user in users]
        polls = [
            Call(f"/api/music/{job}/status", {"Authorization": f"Bearer {token}"})
            for job, token in zip(jobs, tokens, strict=True)
        ]
        alone = load(running.port, polls, clients=8, seconds=5)
        paths = [f"/api/music/{job}/events" for job in jobs]
        readers = [Reader(running.port, paths[n % USERS], tokens[n % USERS]) for n in range(options.streams)]
        cpu, beside, delays = asyncio.run(follow(running, readers, polls))
    figures = [
        Figure("open streams", [float(len(readers))], digits=0),
        Figure("cores that they take of the web server", [cpu], 0.5),
        Figure("polls beside them, share of those without", [beside.rate / alone.rate], 0.5, more=True),
        Figure("failed requests", [float(alone.failed + beside.failed)], 0, digits=0),
        Figure("from an end until a stream tells of it, median, s", [statistics.median(delays)], 2.5),
        Figure("the same, the last one, s", [max(delays)], 6),
        Figure("streams that told of it", [float(len(delays))], float(len(readers)), more=True, digits=0),
    ]
    publish(figures, options.json)


async def follow(running: Running, readers: list[Reader], polls: list[Call]) -> tuple[float, Load, list[float]]:
    """Cores that the streams take, the load beside them, and how late each told of an end, in seconds."""
    reading = [asyncio.ensure_future(reader.read()) for reader in readers]
    await asyncio.wait_for(asyncio.gather(*(reader.opened.wait() for reader in readers)), SECONDS)
    before = running.web_cpu()
    await asyncio.sleep(WATCHED)
    cpu = (running.web_cpu() - before) / WATCHED
    beside = await asyncio.to_thread(load, running.port, polls, clients=8, seconds=5)
    await asyncio.to_thread(people.cancel_all)
    ended = time.time()
    await asyncio.wait(reading, timeout=30)
    return cpu, beside, [reader.told - ended for reader in readers if reader.told]


if __name__ == "__main__":
    main()
