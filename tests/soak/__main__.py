"""``python -m tests.soak --minutes 10``: 32 people at once on the real site, with the real composer, on SQLite.

Prints what was done, how fast, and the memory of every process; ends with 1 when anything was wrong: a server error, a
lock error in the log, memory that grows, a queue that does not drain, counts that do not add up.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tests.site import Site
    from tests.soak.people import Person, Tally

SAMPLE = 2.0  # seconds between looks at the memory
GROWTH, SLACK = 0.05, 4.0  # of a process from its second fifth to its last; MiB on top
IN_LOG = re.compile(r"database is locked|Traceback| ERROR | CRITICAL ")
ROLES = ("worker", "monitor", "pusher")  # in the order in which a sentinel starts them


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=32)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="musicsite-soak-"))
    try:
        wrong = soak(folder, options.people, options.minutes * 60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for text in wrong[:50]:
        print(f"WRONG: {text}")
    print("\nnothing was wrong" if not wrong else f"\n{len(wrong)} things were wrong")
    return 1 if wrong else 0


def soak(folder: Path, people: int, seconds: float) -> list[str]:
    data = folder / "data"
    os.environ |= {"DJANGO_SETTINGS_MODULE": "musicsite.settings", "MUSICSITE_LOCAL": "1"}
    os.environ |= {"MUSICSITE_DATA_DIR": str(data), "MUSICSITE_LOG_LEVEL": "WARNING"}
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from tests.site import Site
    from tests.soak.people import Person, Tally

    soundfonts = Path(__file__).parents[2] / "var" / "soundfonts"
    if soundfonts.is_dir():  # what `make up` has fetched
        shutil.copytree(soundfonts, data / "soundfonts")
    site = Site(folder, MUSICSITE_LOG_LEVEL="WARNING", MUSICSITE_LIMIT_SIGNUP="", MUSICSITE_LIMIT_JOBS="")
    tally, ended = Tally(), threading.Event()
    try:
        crowd = [Person(site.url, number, tally, ended) for number in range(people)]
        for person in crowd:
            person.start()
        memory = watch(site, seconds)
        ended.set()
        for person in crowd:
            person.join()
        wrong = [*tally.wrong, *drained(), *add_up(crowd), *flat(memory)]
        report(tally, seconds)
        if (code := site.stop(signal.SIGTERM)) != 0:
            wrong.append(f"the site ended with code {code}")
    finally:
        if site.process.poll() is None:
            site.stop(signal.SIGTERM)
    wrong += [f"status {status}, {times} times" for status, times in tally.statuses.items() if status >= 500]
    return wrong + [f"in the log: {line}" for line in site.log.read_text().splitlines() if IN_LOG.search(line)]


def roles(site: Site) -> dict[int, str]:
    """What each process does."""
    found = {site.process.pid: "up"}
    for child in psutil.Process(site.process.pid).children():
        web = "musicsite.granian" in child.cmdline()
        found[child.pid] = "web server" if web else "supervisor"
        for number, below in enumerate(sorted(child.children(), key=lambda process: process.pid), 1):
            found[below.pid] = f"web process {number}" if web else f"sentinel {number}"
            members = sorted(below.children(), key=lambda process: process.pid)
            found |= {member.pid: f"{role} {number}" for member, role in zip(members, ROLES, strict=False) if not web}
    return found


def watch(site: Site, seconds: float) -> dict[tuple[int, str], list[float]]:
    """Proportional set size in MiB, of every process, over the time."""
    ends = time.monotonic() + seconds
    memory: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
    while time.monotonic() < ends:
        for pid, role in roles(site).items():
            memory[pid, role].append(psutil.Process(pid).memory_full_info().pss / 2**20)
        time.sleep(SAMPLE)
    return memory


def flat(memory: dict[tuple[int, str], list[float]]) -> list[str]:
    """Print the memory; complain about processes that grow, and about such as were replaced."""
    print("\n| process | memory after warming up | at the end | most |\n| --- | ---: | ---: | ---: |")
    wrong = []
    looks = max(len(samples) for samples in memory.values())
    for (pid, role), samples in sorted(memory.items(), key=lambda item: item[0][1]):
        fifth = max(1, len(samples) // 5)
        before, after = median(samples[fifth : 2 * fifth] or samples), median(samples[-fifth:])
        print(f"| {role} | {before:.0f} MiB | {after:.0f} MiB | {max(samples):.0f} MiB |")
        if len(samples) < looks:
            wrong.append(f"{role}, process {pid}, was there for {len(samples)} of {looks} looks only")
        elif after > before * (1 + GROWTH) + SLACK:
            wrong.append(f"{role} grew from {before:.1f} to {after:.1f} MiB")
    return wrong


def drained() -> list[str]:
    from jobs.models import Job

    ends = time.monotonic() + 120
    while left := Job.objects.unfinished().count():
        if time.monotonic() > ends:
            return [f"{left} jobs do not end"]
        time.sleep(0.2)
    return []


def add_up(crowd: list[Person]) -> list[str]:
    """Everything that was accepted is there, and ended as its owner was told; nothing ran twice."""
    from jobs.models import Attempt, Job, State

    states = {str(pk): (state, code) for pk, state, code in Job.objects.values_list("pk", "state", "error_code")}
    binned = {str(pk) for pk in Job.objects.filter(deleted_at__isnull=False).values_list("pk", flat=True)}
    accepted, cancelled, deleted = (
        set().union(*(getattr(person, name) for person in crowd)) for name in ("accepted", "cancelled", "deleted")
    )
    wrong = [f"job {job} is not there" for job in accepted - set(states)]
    wrong += [f"job {job} was never accepted" for job in set(states) - accepted]
    wrong += [f"job {job} is in the bin, or should be" for job in binned ^ deleted]
    for job, (state, code) in states.items():
        if (state, code) != (("error", "cancelled") if job in cancelled else ("done", "")):
            wrong.append(f"job {job} ended as {state} {code}")
    again = (
        Job.objects.filter(attempt__gt=1).count() + Attempt.objects.exclude(outcome__in=["done", "cancelled"]).count()
    )
    if again:
        wrong.append(f"{again} attempts were lost, failed or repeated")
    done = sum(state == State.DONE for state, _ in states.values())
    print(f"\n{len(accepted)} orders: {done} done (of which {len(deleted)} deleted), {len(cancelled)} cancelled")
    return wrong


def report(tally: Tally, seconds: float) -> None:
    times = sum(tally.statuses.values())
    print(f"\n{times} requests, {times / seconds:.0f} a second; by status: {dict(sorted(tally.statuses.items()))}")
    print("\n| request | times | median | 95 % | 99 % | worst |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for what, taken in sorted(tally.seconds.items()):
        cuts = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        figures = " | ".join(f"{1000 * value:.0f} ms" for value in (cuts[49], cuts[94], cuts[98], max(taken)))
        print(f"| {what} | {len(taken)} | {figures} |")


if __name__ == "__main__":
    sys.exit(main())
