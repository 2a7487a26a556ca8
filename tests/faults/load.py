"""People who go on ordering, looking, listening and cancelling whatever happens to the site."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.site import Axios

AWAY = (OSError, http.client.HTTPException, ValueError)  # what a client sees of a site that is not there
ENGINES = {"steady": 16, "forks": 1, "stumbles": 1, "composer": 1}  # how often each is asked for
AT_ONCE = 2  # unfinished jobs of one person
PROMPT = "calm piano, 10 seconds"


@dataclass(slots=True)
class Accepted:
    """An order that the site has answered with 202."""

    job: str
    key: str
    engine: str
    person: Person
    cancelled: bool = False  # somebody has tried to


class Person:
    """Signed in; an order is repeated under its key until the site has answered it."""

    def __init__(self, url: str, name: str) -> None:
        self.name, self.client = name, Axios(url).sign_up(name)
        self.accepted: dict[str, Accepted] = {}
        self.twice: list[str] = []  # keys that came back with another job
        self.refusals: Counter[int] = Counter()  # by status

    def order(self, engine: str, seed: int, *, patience: float = 60) -> Accepted:
        """Raises TimeoutError when the site does not accept it within ``patience`` seconds."""
        key = f"{self.name}-{seed}-{time.monotonic_ns()}"
        body = {"prompt": PROMPT, "generator": engine, "seed": seed}
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            try:
                status, answer = self.client.post("/api/music", body, Idempotency_Key=key)
            except AWAY:
                time.sleep(0.05)
                continue
            if status == 202:
                if known := self.accepted.get(key):
                    self.twice += [key] if known.job != answer["jobId"] else []
                self.accepted[key] = accepted = Accepted(answer["jobId"], key, engine, self)
                return accepted
            self.refusals[status] += 1
            time.sleep(0.1)
        raise TimeoutError(f"an order of {engine} was not accepted within {patience} s: {dict(self.refusals)}")

    def call(self, method: str, path: str) -> tuple[int, bytes]:
        """(0, b"") when the site is away."""
        try:
            status, body = self.client.send(method, path, b"{}" if method == "POST" else None, "application/json")
        except AWAY:
            return 0, b""
        return status, body

    def status(self, job: str) -> dict[str, Any]:
        """Empty when the site is away."""
        try:
            status, body = self.client.get(f"/api/music/{job}/status")
        except AWAY:
            return {}
        return body if status == 200 else {}


class Crowd:
    """A thread for each person; what each does comes from the seed, when comes from the site."""

    def __init__(self, people: list[Person], seed: int) -> None:
        self.people = people
        self._going = threading.Event()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(person, Random(f"{seed} {person.name}"))) for person in people
        ]
        self.failures: list[str] = []

    def __enter__(self) -> Crowd:
        self.resume()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._going.set()
        for thread in self._threads:
            thread.join()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def _live(self, person: Person, random: Random) -> None:
        unfinished: list[Accepted] = []
        while not self._ended.wait(random.uniform(0.3, 1.5)):
            self._going.wait()
            try:
                unfinished = [one for one in unfinished if not self._has_ended(person, one, random)]
                if len(unfinished) < AT_ONCE and not self._ended.is_set():
                    engine = random.choices(list(ENGINES), list(ENGINES.values()))[0]
                    unfinished.append(person.order(engine, random.randrange(10**5) * 10**4 + random.randrange(600)))
                    if random.random() < 0.05:
                        self._cancel(person, unfinished[-1])
            except Exception as error:
                self.failures.append(f"{person.name}: {error!r}")

    def _has_ended(self, person: Person, one: Accepted, random: Random) -> bool:
        status = person.status(one.job)
        if status.get("state") == "done" and random.random() < 0.5:
            person.call("GET", status["resultUrl"])
        return status.get("state") in ("done", "error")

    def _cancel(self, person: Person, one: Accepted) -> None:
        one.cancelled = True
        person.call("POST", f"/api/music/{one.job}/cancel")
