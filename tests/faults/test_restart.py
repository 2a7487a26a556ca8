"""The whole site is killed in the middle of its jobs and started again."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.test_client import follow
from tests.site import Axios, Site

pytestmark = pytest.mark.slow

DOWN = 6  # seconds: longer than the longest pause between two tries
DUMMY = {"MUSICSITE_ALLOW_DUMMY": "1", "MUSICSITE_GENERATOR": "dummy"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start sites with settings of their own."""
    started: list[Site] = []

    def start(**env: str) -> Site:
        started.append(Site(tmp_path, **env))
        return started[-1]

    yield start
    for one in started:
        one.leave()


def kill(running: Site) -> None:
    """All at once, as when the machine loses its power."""
    processes = running.processes()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    running.process.wait(60)
    _gone, alive = psutil.wait_procs(processes, timeout=60)
    assert not alive


@pytest.mark.browser
def test_an_open_page_lives_through_a_restart(browser: Any, site: Callable[..., Site]) -> None:
    running = site(
        MUSICSITE_GENERATOR="dummy",
        MUSICSITE_ALLOW_DUMMY="1",
        MUSICSITE_DUMMY="seconds=4",
        MUSICSITE_WEB_PROCESSES="1",
        MUSICSITE_LEASE_SECONDS="3",
        MUSICSITE_RETRY_DELAY="0.2",
    )
    mina = Axios(running.url).sign_up("mina")
    context = browser.new_context(locale="en-US")
    context.add_cookies([{"name": "sessionid", "value": mina.cookie("sessionid"), "url": running.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{running.url}/library/")
    _status, job = mina.post("/api/music", {"prompt": "calm piano"})
    row = page.locator(f'[data-indicator] .row[data-job="{job["jobId"]}"]')
    row.wait_for()
    page.locator('[data-indicator] .row[data-state="processing"]').wait_for()

    kill(running)
    connection = page.locator("[data-connection]")
    expect(connection).to_have_text("Connection lost. Reconnecting…", timeout=60_000)
    expect(row).to_have_count(1)
    page.wait_for_timeout(1000 * DOWN)
    running.start()
    back = time.monotonic()
    expect(connection).to_be_hidden(timeout=60_000)
    took = time.monotonic() - back
    assert took < 15, f"it took {took:.1f} s to notice that the server is back"
    page.locator(f'[data-notice="{job["jobId"]}:2"]').wait_for()
    expect(page.locator(f'main [data-track="{job["jobId"]}"] [data-play]')).to_have_count(1)
    expect(page.locator("[data-indicator] .row")).to_have_count(0)
    context.close()


def test_jobs_outlive_the_whole_site(site: Callable[..., Site]) -> None:
    here = site(MUSICSITE_DUMMY="seconds=1", MUSICSITE_WEB_PROCESSES="1", **DUMMY)
    client = Axios(here.url).sign_up("mina")
    jobs = [client.post("/api/music", {"prompt": f"piano {number}"})[1]["jobId"] for number in range(4)]
    kill(here)
    here.start()
    assert [follow(client, job, 0.2)["state"] for job in jobs] == ["done"] * 4
