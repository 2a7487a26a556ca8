"""Closed-loop load: so many clients, each of which asks again when it has its answer.

By wrk where it is installed (Debian: wrk), which costs little beside the server; else by threads of this process, whose
figures are lower, for the limit as for the site.
"""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Call:
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None


@dataclass(frozen=True)
class Load:
    """What came of it. Times are milliseconds; failed are answers of 400 and more, and calls without one."""

    seconds: float
    calls: int
    failed: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.calls / self.seconds


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "Python threads"


def load(port: int, calls: Sequence[Call], *, clients: int, seconds: float) -> Load:
    """Make the calls in turn, over and over, for about so many seconds."""
    by = _by_wrk if shutil.which("wrk") else _by_threads
    return by(port, calls, clients, seconds)


def _by_wrk(port: int, calls: Sequence[Call], clients: int, seconds: float) -> Load:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"calls = {{\n{''.join(map(_lua_call, calls))}}}\n{_SCRIPT.read_text()}")
        script.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "-s", script.name, f"http://127.0.0.1:{port}"],
            check=True,
            capture_output=True,
            text=True,
        )
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def _lua_call(call: Call) -> str:
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in call.headers.items())
    body = "nil" if call.body is None else f"[==[{call.body}]==]"
    return f"  {{{json.dumps(call.method)}, {json.dumps(call.path)}, {{{headers}}}, {body}}},\n"


def _by_threads(port: int, calls: Sequence[Call], clients: int, seconds: float) -> Load:
    turn = itertools.cycle(calls)
    times: list[float] = []
    failed: list[int] = []
    started = time.perf_counter()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (asked := time.perf_counter()) < started + seconds:
            call = next(turn)
            body = None if call.body is None else call.body.encode()
            try:
                connection.request(call.method, call.path, body, dict(call.headers))
                answer = connection.getresponse()
                answer.read()
                if answer.status >= 400:
                    failed.append(answer.status)
            except (OSError, http.client.HTTPException):
                connection.close()
                failed.append(0)
            times.append(1000 * (time.perf_counter() - asked))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times, n=100)
    return Load(time.perf_counter() - started, len(times), len(failed), cuts[49], cuts[98])
