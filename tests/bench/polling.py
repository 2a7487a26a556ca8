"""What following a job costs a browser with three tabs, and how soon each tab shows its end: ``make bench-polling``."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench import people
from tests.bench.servers import Running, site
from tests.bench.table import Figure, publish
from tests.chromium import chromium

TABS = 3
# When a tab first shows that there is nothing being made any more, as the time of day in milliseconds.
WATCH = """() => {
    globalThis.ended = 0;
    new MutationObserver(() => {
        if (!document.querySelector("[data-indicator] .row")) ended ||= Date.now();
    }).observe(document.querySelector("[data-indicator]"), {childList: true, subtree: true});
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="that a job takes (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("var/bench-polling.json"))
    options = parser.parse_args()
    with (
        people.own_site(ALLOW_DUMMY="1") as folder,
        site(folder, GENERATOR="dummy", DUMMY=f"seconds={options.seconds}") as running,
        chromium() as browser,
    ):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread
        rounds = [follow(running, browser, options.seconds) for _ in range(options.rounds)]
    questions = [float(asked) for asked, _delays in rounds]
    delays = [delay for _asked, delays in rounds for delay in delays]
    most, soon = ("status requests of all tabs", questions), ("from a job's end until a tab shows it, ms", delays)
    publish(
        [Figure(*most, goal=12, digits=0), Figure(*soon, goal=500, digits=0)],
        options.json,
        job_seconds=options.seconds,
        tabs=TABS,
    )


def follow(running: Running, browser: Any, seconds: float) -> tuple[int, list[float]]:
    """Order in one tab, look on in all: the number of questions, and how late each tab was, in milliseconds."""
    from jobs.models import Job

    url = f"http://127.0.0.1:{running.port}"
    context = browser.new_context()
    cookies = people.log_in(people.users(1)[0]).split("; ")
    context.add_cookies([dict(zip(("name", "value"), one.split("="), strict=True), url=url) for one in cookies])
    asked: list[float] = []
    pages = [context.new_page() for _ in range(TABS)]
    for page, path in zip(pages, ("/library/", "/", "/music/"), strict=True):
        page.goto(url + path)
    context.on("request", lambda request: asked.append(time.time()) if "/api/music/" in request.url else None)
    ordered = time.time()
    pages[-1].fill("[name=prompt]", "calm piano")
    pages[-1].locator("[data-order] button.primary").click()
    for page in pages:
        page.locator("[data-indicator] .row").wait_for()
        page.evaluate(WATCH)
    for page in pages:
        page.wait_for_function("() => globalThis.ended", timeout=1000 * (seconds + 30))
    job = Job.objects.latest("created_at")
    assert isinstance(job.finished_at, datetime)
    done = job.finished_at.timestamp()
    delays = [page.evaluate("ended") - 1000 * done for page in pages]
    context.close()
    questions = [when for when in asked if ordered <= when <= done + 5]
    steps = " ".join(f"{when - ordered:.1f}" for when in questions)
    told = ", ".join(f"{delay:.0f}" for delay in delays)
    print(f"asked at {steps} s; ended at {done - ordered:.1f} s, shown after {told} ms")  # noqa: T201
    assert statistics.fmean(delays) > 0
    return len(questions), delays


if __name__ == "__main__":
    main()
