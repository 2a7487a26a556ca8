"""How fast the site is, beside an empty Django view in the same web server: ``make bench``.

Ratios are taken within a round, in which the empty view and the site have the same machine at nearly the same time, so
that a noisy one matters little; the table shows the medians of all rounds and how far they lie apart.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench import people
from tests.bench.load import Call, Load, load
from tests.bench.servers import Running, empty_view, site
from tests.bench.table import Figure, publish

USERS = 50
CLIENTS = 32
BURST = 1000
SECONDS = 120  # for what has to end by itself
WITHOUT_LIMITS = {  # they are asked as ever, and never reached
    "LIMIT_ACTIVE": "1000000",
    "LIMIT_JOBS": "100000000/day",
    "LIMIT_REQUESTS": "100000000/10 second",
}
LONG = {"GENERATOR": "dummy", "DUMMY": "seconds=80000", "JOB_TIMEOUT": "86400", "GRACE_SECONDS": "0"}
SHORT = {"GENERATOR": "dummy", "DUMMY": "seconds=0"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each load in a round (default: %(default)s)")
    parser.add_argument("--only", choices=("memory", "requests", "jobs"), help="a part of it")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"))
    options = parser.parse_args()
    with people.own_site(ALLOW_DUMMY="1", **WITHOUT_LIMITS) as folder:
        parts = {
            "memory": lambda: memory(folder),
            "requests": lambda: requests(folder, options.rounds, options.seconds),
            "jobs": lambda: jobs(folder, options.rounds),
        }
        chosen = [options.only] if options.only else list(parts)
        figures = [figure for part in chosen for figure in parts[part]()]
        figures += trouble(figures, folder.parent)
    publish(figures, options.json)


def memory(folder: Path) -> Iterator[Figure]:
    """Of the site with the composer: the sound bank is what a first job brings in."""
    with site(folder) as running:
        time.sleep(3)  # the workers start after the web server
        before = running.memory()
        people.order_and_wait(people.users(1)[0], SECONDS, "composer")
        yield Figure("memory before the first job, MiB (PSS)", [before], 250, digits=0)
        yield Figure("memory after it, MiB (PSS)", [running.memory()], 450, digits=0)


def requests(folder: Path, rounds: int, seconds: float) -> Iterator[Figure]:
    """With one waiting or running job of each person; what is ordered meanwhile waits too."""
    with site(folder, **LONG) as running, empty_view(folder) as limit:
        users = people.users(USERS)
        cookies = [people.log_in(user) for user in users]
        ids = [people.order(user) for user in users]
        people.wait_until_running(2, SECONDS)
        paths = [f"/api/music/{pk}/status" for pk in ids]
        polls = [Call(path, {"Cookie": cookie}) for path, cookie in zip(paths, cookies, strict=True)]
        tokens = [people.token(user) for user in users]
        by_token = [Call(path, {"Authorization": f"Bearer {token}"}) for path, token in zip(paths, tokens, strict=True)]
        time.sleep(10)  # until every process knows of the workers, and advises to ask seldom
        waiting = people.waiting(ids)  # of a running job something is new every second
        looks = [
            known(running, Call("/api/music/active", {"Cookie": cookie}))
            for pk, cookie in zip(ids, cookies, strict=True)
            if pk in waiting
        ]
        orders = [people.order_call(cookie, prompt) for cookie, prompt in zip(cookies, itertools.cycle(people.PROMPTS))]
        cpu = {"empty": [], "status": []}
        kinds = {
            "empty": (limit, [Call("/")]),
            "status": (running, polls),
            "token": (running, by_token),
            "active": (running, looks),
        }
        found: dict[str, list[Load]] = {kind: [] for kind in (*kinds, "beside", "submit")}
        for number in range(rounds + 1):
            for kind, (server, calls) in kinds.items():
                spent = server.web_cpu()
                result = load(server.port, calls, clients=CLIENTS, seconds=seconds)
                if number:  # the first round warms up
                    found[kind].append(result)
                    cpu.setdefault(kind, []).append(1000 * (server.web_cpu() - spent) / result.calls)
            assert all(unchanged(running, look) for look in looks)
        for number in range(rounds + 1):  # by themselves: what waits after them is another site than before
            beside = load(limit.port, [Call("/")], clients=CLIENTS, seconds=seconds)
            result = load(running.port, orders, clients=CLIENTS, seconds=seconds)
            if number:
                found["beside"].append(beside)
                found["submit"].append(result)
        people.cancel_all()
    rates = {kind: [one.rate for one in loads] for kind, loads in found.items()}

    def share(kind: str, of: str = "empty") -> list[float]:
        return [rate / most for rate, most in zip(rates[kind], rates[of], strict=True)]

    yield Figure("empty view, calls a second", rates["empty"], digits=0)
    yield Figure("CPU seconds for 1,000 of them", cpu["empty"])
    yield Figure("status polls a second", rates["status"], digits=0)
    yield Figure("their share of the empty view's", share("status"), 0.45, more=True)
    yield Figure("CPU seconds for 1,000 of them", cpu["status"], 0.9)
    yield Figure("status polls by token, share of those by session", share("token", of="status"), 0.9, more=True)
    yield Figure("304 of the indicator's call, share of the empty view's", share("active"), 0.50, more=True)
    yield Figure("submits a second", rates["submit"], digits=0)
    yield Figure("their share of the empty view's calls", share("submit", of="beside"), 0.15, more=True)
    yield Figure(f"submit at {CLIENTS} clients, p99, ms", [one.p99 for one in found["submit"]], 120, digits=0)
    yield Figure("failed requests", [sum(one.failed for loads in found.values() for one in loads)], 0, digits=0)


def jobs(folder: Path, rounds: int) -> Iterator[Figure]:
    """With a generator that takes no time."""
    with site(folder, **SHORT):
        user = people.users(1)[0]
        people.order_and_wait(user, SECONDS)
        waits = []
        for _ in range(100):
            time.sleep(random.uniform(0.05, 0.15))
            waits.append(1000 * people.order_and_wait(user, SECONDS))
        cuts = statistics.quantiles(waits, n=100)
        yield Figure("pick-up of a job when idle, p50, ms", [cuts[49]], 30, digits=0)
        yield Figure("the same, p99, ms", [cuts[98]], 60, digits=0)
        rates = [BURST / people.burst(user, BURST, SECONDS) for _ in range(rounds)]
        yield Figure(f"empty jobs a second, burst of {BURST:,}", rates, 300, more=True, digits=0)


def trouble(figures: list[Figure], logs: Path) -> Iterator[Figure]:
    text = "".join(path.read_text() for path in logs.glob("*.log"))
    yield Figure("“database is locked” in the logs", [text.count("database is locked")], 0, digits=0)
    yield Figure("jobs run twice", [people.run_twice()], 0, digits=0)


def known(running: Running, call: Call) -> Call:
    """The same call by a client that has its answer already."""
    with urllib.request.urlopen(_request(running, call)) as answer:
        return Call(call.path, {**call.headers, "If-None-Match": answer.headers["ETag"]})


def unchanged(running: Running, call: Call) -> bool:
    try:
        urllib.request.urlopen(_request(running, call)).close()
    except urllib.error.HTTPError as answer:
        return answer.code == 304
    return False


def _request(running: Running, call: Call) -> urllib.request.Request:
    return urllib.request.Request(f"http://127.0.0.1:{running.port}{call.path}", headers=dict(call.headers))


if __name__ == "__main__":
    main()
