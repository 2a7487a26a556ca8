"""Several tabs of one person: one asks for all of them, and what one hears, all show."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.progress import status
from tests.browser.conftest import POLL, Visitor
from tests.faults.conftest import workers  # noqa: F401
from tests.making import finish, made, take

pytestmark = pytest.mark.browser

Come = Callable[..., Visitor]
Order = Callable[..., Job]

REAL_PACE = status.poll_after
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
NOTIFIED = """
    globalThis.told = [];
    globalThis.Notification = class extends EventTarget {
        static permission = sessionStorage.getItem("may") ?? "default";
        static async requestPermission() { told.push("asked"); return this.permission = "granted"; }
        constructor(title, options) { super(); told.push([title, options.tag]); globalThis.latest = this; }
        close() {}
    };
"""


@pytest.fixture
def own_pace(monkeypatch: pytest.MonkeyPatch, visitor: Come) -> None:
    """The server's own hint, not the quick one of the other tests."""
    monkeypatch.setattr("jobs.progress.status.poll_after", REAL_PACE)


def row(job: Job) -> str:
    return f'[data-indicator] .row[data-job="{job.pk}"]'


def notice(job: Job) -> str:
    return f'[data-indicator] [data-notice^="{job.pk}:"]'


def askers(pages: list[Any]) -> Counter[int]:
    """Which of the tabs ask from now on."""
    asking: Counter[int] = Counter()
    for n, page in enumerate(pages):

        def count(request: Any, n: int = n) -> None:
            if "/api/music/active" in request.url:
                asking[n] += 1

        page.on("request", count)
    return asking


def test_one_tab_asks_and_all_show(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    pages = [mina_at.page(path) for path in ("/library/", "/music/", "/")]
    mina_at.wait_in_line(pages[2], 2)
    asking = askers(pages)
    job = take()
    job.beat("mixing", 70)
    for page in pages:
        expect(page.locator(row(job))).to_contain_text("70%")
    finish(job)
    for page in pages:
        expect(page.locator(notice(job))).to_have_count(1)
    assert set(asking) == {2}, "the tab that was opened last is the one that is looked at"
    assert mina_at.problems == []


def test_another_tab_follows_at_once_when_the_leader_closes(timed: Visitor, order: Order) -> None:
    job = order("calm piano")
    pages = [timed.page(path) for path in ("/library/", "/music/")]
    timed.wait_in_line(pages[1], 1)
    asking = askers(pages)
    pages[1].close()
    timed.wait_in_line(pages[0], 0)
    timed.pass_time(1)
    assert asking[0] > 0
    made(job)
    timed.pass_time(POLL)
    expect(pages[0].locator(notice(job))).to_have_count(1)


def test_what_another_tab_has_heard_before_undoes_nothing(mina_at: Visitor, user: User, order: Order) -> None:
    """It took away the notice for good, where there are no locks and every tab asks: without HTTPS, for instance."""
    job = order("calm piano")
    page = mina_at.page("/library/")
    old = page.evaluate("fetch('/api/music/active').then(answer => answer.json())")
    made(job)
    expect(page.locator(notice(job))).to_have_count(1)
    page.evaluate("([name, state]) => new BroadcastChannel(name).postMessage({state})", [f"musicsite-{user.pk}", old])
    page.wait_for_timeout(300)
    assert page.locator(notice(job)).count() == 1


def test_the_tab_that_is_looked_at_leads(timed: Visitor, order: Order) -> None:
    order("calm piano")
    pages = [timed.page(path) for path in ("/library/", "/music/")]
    timed.wait_in_line(pages[1], 1)
    for page in pages:
        page.evaluate(HIDE, True)
    asking = askers(pages)
    timed.pass_time(4)
    assert asking.total() == 0, "hidden tabs ask rarely"
    pages[0].evaluate(HIDE, False)
    timed.wait_for(lambda: asking)
    timed.pass_time(1)
    assert set(asking) == {0}
    assert asking[0] > 2


@pytest.mark.parametrize("missing", ["BroadcastChannel", "navigator.locks"])
def test_each_tab_asks_for_itself_where_tabs_cannot_talk(mina_at: Visitor, order: Order, missing: str) -> None:
    job = order("calm piano")
    gone = "delete globalThis.BroadcastChannel"
    if missing == "navigator.locks":
        gone = "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})"
    mina_at.first = gone
    pages = [mina_at.page(path) for path in ("/library/", "/music/")]
    asking = askers(pages)
    for n, page in enumerate(pages):
        if not asking[n]:
            page.wait_for_event("request", lambda request: "/api/music/active" in request.url)
    made(job)
    for page in pages:
        expect(page.locator(notice(job))).to_have_count(1)
    assert set(asking) == {0, 1}
    assert mina_at.problems == []


@pytest.mark.usefixtures("own_pace")
def test_a_job_appears_on_another_device_within_three_seconds(visitor: Come, user: User, order: Order) -> None:
    elsewhere = visitor(user, clock=True)
    page = elsewhere.page("/library/")
    elsewhere.pass_time(1)
    job = order("calm piano")
    elsewhere.pass_time(3)
    expect(page.locator(row(job))).to_have_count(1)
    expect(page.locator(f'main .card.live[data-job="{job.pk}"]')).to_have_count(1)


@pytest.mark.usefixtures("own_pace")
def test_idle_pages_ask_ever_more_rarely(timed: Visitor) -> None:
    page = timed.page("/library/")

    def asked(seconds: int) -> int:
        before = timed.polls()
        timed.pass_time(seconds, step=0.5)
        return timed.polls() - before

    busy, idle = asked(20), asked(120)
    assert 4 <= busy <= 8
    assert 4 <= idle <= 25
    later = asked(120)
    assert later <= idle / 2
    before = timed.polls()
    page.mouse.click(5, 400)
    timed.pass_time(1)
    assert timed.polls() == before + 1, "somebody is back"


@pytest.mark.slow
@pytest.mark.usefixtures("own_pace")
def test_following_a_job_costs_little_and_its_end_shows_at_once(
    mina_at: Visitor,
    workers: Callable[..., Any],  # noqa: F811
) -> None:
    """``make bench-polling`` measures it; here nothing is said of seconds, for the machine may be busy."""
    workers(size=1, options="seconds=6")
    pages = [mina_at.page(path) for path in ("/library/", "/", "/music/")]
    asked_at: list[float] = []

    def note(request: Any) -> None:
        if "/api/music/active" in request.url:
            asked_at.append(request.timing["startTime"] / 1000)

    for page in pages:
        page.on("requestfinished", note)
    began = time.monotonic()
    pages[2].fill("[name=prompt]", "calm piano")
    pages[2].get_by_role("button", name="Create music").click()
    for page in pages:
        page.locator("[data-indicator] .row").wait_for()
    for page in pages:
        page.locator("[data-notice]").wait_for()
    took = time.monotonic() - began
    finished = Job.objects.get().finished_at
    assert finished is not None
    assert len(asked_at) <= 5 + took, f"{len(asked_at)} questions in three tabs for a job of {took:.1f} seconds"
    assert sum(at > finished.timestamp() for at in asked_at) <= 3, "whoever asks after its end is told of it"


def test_what_ends_in_the_background_is_told_by_title_and_system(mina_at: Visitor, order: Order) -> None:
    mina_at.first = NOTIFIED
    first = order("calm piano")
    page, other = mina_at.page("/library/"), mina_at.page("/music/")
    assert page.evaluate("told") == [], "nobody is asked unasked"
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_role("button", name="Notify me")).to_be_hidden()
    expect(page.locator("[data-announce]")).to_have_text("You will be notified when your music is ready.")
    other.evaluate("Notification.permission = 'granted'")
    page.evaluate(HIDE, False)
    for tab in (other, page):
        tab.evaluate("document.title = 'A page'")
        tab.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    job = made(first)
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    for tab in (page, other):
        expect(tab).to_have_title("(1) A page")
    told = [*page.evaluate("told"), *other.evaluate("told")]
    assert told == ["asked", [f"“{job.title}” is ready.", f"{job.pk}:1"]], "one of the tabs tells it"
    speaker = page if len(page.evaluate("told")) == 2 else other
    for tab in (page, other):
        tab.evaluate(HIDE, False)
        expect(tab).to_have_title("A page")
    speaker.evaluate("latest.dispatchEvent(new Event('click'))")
    expect(speaker.locator("main h1")).to_have_text(job.title)
    assert speaker.evaluate("told").count("asked") <= 1


def test_jobs_are_cancelled_from_the_header(mina_at: Visitor, order: Order) -> None:
    jobs = [order(f"calm piano {n}") for n in range(4)]
    page = mina_at.page("/accounts/password_change/")
    page.locator(row(jobs[0])).get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("[data-indicator] .row")).to_have_count(3)
    page.locator(row(jobs[2])).get_by_role("button", name="Cancel all but this").click()
    expect(page.locator("[data-indicator] .row")).to_have_count(1)
    expect(page.locator(row(jobs[2]))).to_have_count(1)
    expect(page.get_by_role("button", name="Cancel all")).to_have_count(0)
    order("another")
    page.reload()
    page.get_by_role("button", name="Cancel all", exact=True).click()
    expect(page.locator("[data-indicator]")).to_be_hidden()
    assert Job.objects.unfinished().count() == 0
    assert mina_at.problems == []


def test_time_and_bar_go_on_between_two_answers(timed: Visitor, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.progress.status.poll_after", lambda jobs: 8)
    order("calm piano")
    job = take()
    Job.objects.filter(pk=job.pk).update(started_at=job.created_at, stage="rendering", progress=20)
    monkeypatch.setattr("jobs.progress.eta.remaining_run", lambda job: 40)
    page = timed.page("/library/")
    line = page.locator(row(job))
    expect(line).to_contain_text("0:40 left")
    timed.pass_time(2)
    expect(line).to_contain_text("0:38 left")
    bar = line.locator("progress")
    value = bar.evaluate("bar => bar.value")
    assert 20 < value < 40
    timed.pass_time(2)
    expect(line).to_contain_text("0:36 left")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(line).to_contain_text("0:40 left")
    assert bar.evaluate("bar => bar.value") >= value, "a bar never goes back"
