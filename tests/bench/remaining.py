"""How right the time left is, from a job's first second on: ``make bench-remaining``. Composed one after the other."""

from __future__ import annotations

import argparse
import statistics
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tests.bench import people
from tests.bench.servers import site
from tests.bench.table import Figure, publish

ORDERS = (  # dense and sparse ones, short and long ones
    ("heavy metal", 180), ("solo piano", 240), ("lo-fi", 120), ("epic orchestra", 300), ("house", 240),
    ("jazz trio", 150), ("ambient", 300), ("waltz", 180), ("chiptune", 200), ("bossa nova", 270),
)  # fmt: skip
LOOK = 0.1  # seconds between two looks
FIRST = 1.0  # seconds of the run after which it is to be right
ROUNDING = 0.5  # seconds: what is shown are whole ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=int, default=5, help="jobs to learn from (default: %(default)s)")
    parser.add_argument("--count", type=int, default=10, help="jobs to measure (default: %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("var/bench-remaining.json"))
    options = parser.parse_args()
    with people.own_site() as folder:
        folder.mkdir(exist_ok=True)
        (folder / "soundfonts").symlink_to(Path("var/soundfonts").resolve())
        with site(folder):
            user = people.users(1)[0]
            for order in islice(cycle(reversed(ORDERS)), options.before):
                follow(user, *order)
            jobs = [follow(user, *order) for order in islice(cycle(ORDERS), options.count)]
    looks = [look for job in jobs for look in job]
    firsts = [job[0] for job in jobs if job]
    right = [100.0 * statistics.fmean(off <= 25 for off in job) for job in jobs if job]
    publish(
        [
            Figure("looks within 25 %, in % of a job's", right, goal=100, more=True, digits=0),
            Figure("off at the first second, %", firsts, goal=25, digits=0),
            Figure("off at any time after it, %", looks, goal=25, digits=0),
        ],
        options.json,
        jobs=len(jobs),
    )


def follow(user: Any, prompt: str, duration: int) -> list[float]:
    """Make it: by how much, in percent of what was left, the time left was off at each look from FIRST on."""
    from jobs.models import Job
    from jobs.progress import eta
    from jobs.queue import orders

    job = Job.objects.filter(pk=orders.submit(user, prompt, {"duration": duration}).pk)
    looks: list[tuple[float, float | None]] = []
    while (now := job.get()).state in ("pending", "processing"):
        if now.started_at:
            looks.append((time.time(), eta.remaining_seconds(now, None)))
        time.sleep(LOOK)
    assert now.state == "done", now.error_message
    assert now.started_at
    assert now.finished_at
    began, ended = now.started_at.timestamp(), now.finished_at.timestamp()
    offs = [
        100.0 * max(abs((shown or 0) - (ended - when)) - ROUNDING, 0) / (ended - when)
        for when, shown in looks
        if began + FIRST <= when < ended - ROUNDING
    ]
    off = f"off by {statistics.median(offs):.0f} % (median)" if offs else "too short to measure"
    print(f"{prompt}, {duration} s of music: {ended - began:.1f} s; {off}")  # noqa: T201
    return offs


if __name__ == "__main__":
    main()
