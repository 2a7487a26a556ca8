"""One of the many who use the site all day: orders, polls, looks at pages, listens in ranges, cancels, deletes."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.site import Axios

STYLES = ("lo-fi", "slow blues", "calm piano", "ambient", "bossa nova", "신나는 록", "waltz", "techno")


@dataclass
class Tally:
    """What all people saw, together."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by what was done
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, what: str, status: int, seconds: float) -> None:
        with self.lock:
            self.seconds[what].append(seconds)
            self.statuses[status] += 1


class Person(threading.Thread):
    def __init__(self, url: str, number: int, tally: Tally, ended: threading.Event) -> None:
        super().__init__(name=f"person{number}")
        self._tally, self._ended, self._random = tally, ended, Random(number)
        self._client = Axios(url).sign_up(self.name)
        self.accepted: set[str] = set()
        self.deleted: set[str] = set()
        self.cancelled: set[str] = set()  # while the answer said so
        self._unfinished: set[str] = set()
        self._done: list[str] = []

    def run(self) -> None:
        try:
            while not self._ended.wait(self._random.uniform(0.2, 1.2)):
                self._poll()
                if not self._unfinished and self._random.random() < 0.3:
                    self._order()
                self._random.choices([self._look, self._listen, self._cancel, self._delete], [20, 16, 1, 4])[0]()
        except Exception as error:
            self._tally.wrong.append(f"{self.name}: {error!r}")

    def _call(
        self, what: str, method: str, path: str, expected: tuple[int, ...], data: Any = None, **headers: str
    ) -> tuple[int, bytes]:
        body = None if data is None else json.dumps(data).encode()
        began = time.monotonic()
        status, content = self._client.send(method, path, body, "application/json", **headers)
        self._tally.count(what, status, time.monotonic() - began)
        if status not in expected:
            self._tally.wrong.append(f"{method} {path} answered {status}: {content[:200]!r}")
        return status, content

    def _order(self) -> None:
        prompt = f"{self._random.choice(STYLES)}, 10 seconds"
        status, content = self._call("order", "POST", "/api/music", (202,), {"prompt": prompt})
        if status == 202:
            job = json.loads(content)["jobId"]
            self.accepted.add(job)
            self._unfinished.add(job)

    def _poll(self) -> None:
        status, content = self._call("poll", "GET", "/api/music/active", (200,))
        if status == 200:
            now = {job["jobId"] for job in json.loads(content)["jobs"]}
            for job in self._unfinished - now:
                state = self._state(job)
                self._done += [job] if state == "done" else []
                if state not in ("done", "error"):
                    self._tally.wrong.append(f"job {job} is {state} and not among the active ones")
            self._unfinished &= now

    def _state(self, job: str) -> str:
        status, content = self._call("status", "GET", f"/api/music/{job}/status", (200,))
        return str(json.loads(content)["state"]) if status == 200 else ""

    def _look(self) -> None:
        paths = ["/", "/music/", "/library/", "/api/music"] + [f"/tracks/{job}/" for job in self._done[-3:]]
        self._call("page", "GET", self._random.choice(paths), (200,))

    def _listen(self) -> None:
        """As a player does: the beginning, somewhere, and the end of a track, in ranges."""
        if not self._done:
            return
        path = f"/tracks/{self._random.choice(self._done)}/audio"
        start = self._random.randrange(50_000)
        for wanted in ("bytes=0-65535", f"bytes={start}-{start + 65535}", "bytes=-20000"):
            status, content = self._call("range", "GET", path, (206,), Range=wanted)
            if status == 206 and not content:
                self._tally.wrong.append(f"{path} {wanted} is empty")

    def _cancel(self) -> None:
        for job in self._unfinished:
            status, content = self._call("cancel", "POST", f"/api/music/{job}/cancel", (200, 409), {})
            if status == 200 and json.loads(content)["state"] == "error":
                self.cancelled.add(job)

    def _delete(self) -> None:
        if len(self._done) > 3:
            job = self._done.pop(0)
            self._call("delete", "DELETE", f"/api/music/{job}", (204,))
            self.deleted.add(job)
