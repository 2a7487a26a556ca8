"""What calls cost at a million jobs, beside the same calls at a thousand: ``make bench-growth``.

Each size has a database and a process of its own; both make the same calls in turn, kind after kind, so that what else
the machine has to do is the same for both. The thousand belong to ten people, the million to ten thousand, so that one
person has about as many jobs in both.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests import postgres
from tests.bench import people, seed
from tests.bench.table import Figure, publish

SIZES = {"small": (910, 90, 10), "large": (1_000_000, 100_000, 10_000)}  # finished and waiting jobs, people
GOAL = 1.5
REPEATS = 15  # calls of each kind in a round
PAGE = 100  # of the library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--share", type=float, default=1.0, help="of the large size, to try this out")
    parser.add_argument("--json", type=Path, default=Path("var/bench-growth.json"))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(json.loads(options.child))
        return
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="musicsite-growth-"))
        children = {}
        for name, numbers in SIZES.items():
            share = options.share if name == "large" else 1
            env = {"MUSICSITE_DATA_DIR": f"{folder}/{name}", "MUSICSITE_LOCAL": "1", "MUSICSITE_LIMIT_REQUESTS": ""}
            if options.postgres:
                env["DATABASE_URL"] = stack.enter_context(postgres.server(postgres.needed())).url
            children[name] = stack.enter_context(_child([round(number * share) for number in numbers], env))
        ready = {name: _ask(one, "ready") for name, one in children.items()}
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in ready["large"]["kinds"]}
        for _ in range(options.rounds):
            for kind, pairs in found.items():
                pairs.append((_ask(children["small"], kind), _ask(children["large"], kind)))
    figures = [Figure("seeding of the large one, s", [ready["large"]["seconds"]], 120, digits=0)]
    for kind, pairs in found.items():
        ratio = [large / small for small, large in pairs]
        figures.append(Figure(f"{kind}, ms", [large for _small, large in pairs]))
        figures.append(Figure("× what it costs at a thousand jobs", ratio, GOAL))
    publish(figures, options.json, database="PostgreSQL" if options.postgres else "SQLite")


@contextlib.contextmanager
def _child(numbers: list[int], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.growth", "--child", json.dumps(numbers)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env={**os.environ, **env}, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.communicate()


def _ask(process: subprocess.Popen[str], what: str) -> Any:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{what}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def child(numbers: list[int]) -> None:
    """Seed; then for every line that comes, a kind of call, its milliseconds."""
    people.use_site()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    started = time.perf_counter()
    seed.seed(*numbers)
    seconds = time.perf_counter() - started
    kinds = calls()
    for call in kinds.values():
        call()
    for line in sys.stdin:
        call = kinds.get(line.strip())
        answer = _milliseconds(call) if call else {"kinds": list(kinds), "seconds": seconds}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _milliseconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


def calls() -> dict[str, Callable[[], object]]:
    """What is measured: of a person with some finished and some waiting jobs, of one with thousands, and of staff."""
    from django.contrib.auth.models import User
    from django.test import Client

    from jobs.models import Holder, Job
    from jobs.pages import library
    from jobs.progress import status
    from jobs.queue import orders

    user = User.objects.exclude(username=seed.HEAVY).first()
    heavy = User.objects.get(username=seed.HEAVY)
    mine = Job.objects.owned_by(user)
    theirs = Job.objects.owned_by(heavy).tracks().order_by("-created_at", "-id")
    last_before = theirs[min((PAGE - 1) * library.PER_PAGE, theirs.count() // 2)]
    cursor = library._write(last_before, "created_at")
    last = Job.objects.claimable("default").last()
    waiting, done = mine.unfinished().first(), mine.finished().first()
    assert user
    assert last
    assert waiting
    assert done

    def get(who: Any, path: str) -> Callable[[], object]:
        client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
        client.force_login(who)

        def call() -> None:
            response = client.get(path)
            assert response.status_code == 200, (path, response.status_code)
            b"".join(response)

        return call

    staff = User.objects.create_superuser("operator")
    return {
        "claim": _undone(lambda: Job.objects.claim("default", Holder("bench", 1))),
        "submit": _undone(lambda: orders.submit(user, people.PROMPTS[0])),
        "place of the last in the queue": lambda: status.place(last),
        "status of a waiting job": get(user, f"/api/music/{waiting.pk}/status"),
        "status of a finished job": get(user, f"/api/music/{done.pk}/status"),
        "the indicator's call": get(user, "/api/music/active"),
        "library, first page": get(user, "/library/"),
        f"library, page {PAGE}": get(heavy, f"/library/?after={cursor}"),
        "library, search": get(user, "/library/?q=number+77"),
        "admin, list of jobs": get(staff, "/admin/jobs/job/"),
        "operators' dashboard": get(staff, "/admin/dashboard/"),
        "operators' dashboard, nothing remembered": _forgetful(get(staff, "/admin/dashboard/")),
    }


def _forgetful(call: Callable[[], object]) -> Callable[[], None]:
    from django.core.cache import cache

    def forget_and_call() -> None:
        cache.clear()
        call()

    return forget_and_call


def _undone(work: Callable[[], object]) -> Callable[[], None]:
    from django.db import transaction

    def call() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return call


if __name__ == "__main__":
    main()
