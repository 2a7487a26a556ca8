"""What moves by itself: the header, the lists and the track page follow the jobs, whatever happens on the way."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.progress import status
from jobs.queue import transitions
from tests.browser.conftest import POLL, Visitor
from tests.making import finish, made, take

pytestmark = pytest.mark.browser

Come = Callable[..., Visitor]
Order = Callable[..., Job]


def row(job: Job) -> str:
    return f'[data-indicator] .row[data-job="{job.pk}"]'


def notice(job: Job) -> str:
    return f'[data-indicator] [data-notice^="{job.pk}:"]'


def card(job: Job) -> str:
    return f'main [data-job="{job.pk}"]'


def test_it_follows_a_job_from_the_queue_to_the_player(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/music/")
    expect(page.locator(row(job))).to_contain_text("next in line")
    page.fill("[name=prompt]", "half a thought")
    job = take()
    job.beat("composing", None)
    expect(page.locator(row(job))).to_contain_text("Composing")
    expect(page.locator(card(job))).to_contain_text("Creating in the background…")
    expect(page.locator(f"{row(job)} progress:not([value])")).to_have_count(1)
    job.beat("rendering", 42)
    expect(page.locator(row(job))).to_contain_text("42%")
    expect(page.locator(f"{card(job)} progress")).to_have_attribute("value", "42")
    finish(job)
    for place in (notice(job), card(job)):
        expect(page.locator(f"{place}[data-track='{job.pk}']")).to_have_attribute("data-src", f"/tracks/{job.pk}/audio")
        expect(page.locator(f"{place} [data-play]")).to_have_count(1)
    expect(page.locator(row(job))).to_have_count(0)
    assert page.input_value("[name=prompt]") == "half a thought"
    assert page.locator("audio").evaluate_all("all => all.every(one => one.paused && !one.autoplay)")
    assert mina_at.problems == []


def test_whoever_waits_on_a_tracks_page_gets_all_of_it(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page(f"/tracks/{job.pk}/")
    page.fill("[name=note]", "for the picnic")
    finish(take())
    expect(page.locator("#downloads")).to_be_visible()
    expect(page.get_by_role("button", name="Make a link")).to_have_count(0)  # nothing moves under whoever writes
    page.locator("[name=note]").blur()
    for name in ("Make a link", "Add to the playlist", "Another like it", "Delete"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("for the picnic")
    assert mina_at.problems == []


def test_the_first_state_is_in_the_page(mina_at: Visitor, order: Order) -> None:
    order("calm piano")
    take().beat("rendering", 42)
    page = mina_at.page()
    page.route("**/api/**", lambda route: route.abort())
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{mina_at.url}/library/")
    assert page.locator("[data-indicator] progress").get_attribute("value") == "42"
    assert "Playing the instruments" in page.locator("[data-indicator]").inner_text()


def test_polling_goes_on_after_a_change_of_page_and_a_reload(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/music/")
    for path in ("/library/", "/", f"/tracks/{job.pk}/", "/accounts/password_change/"):
        page.goto(mina_at.url + path)
        before = mina_at.polls()
        expect(page.locator(row(job))).to_have_count(1)
        with page.expect_response("**/api/music/active*"):
            pass
        assert mina_at.polls() > before
    with page.expect_response("**/api/music/active*"):
        page.reload()
    expect(page.locator(row(job))).to_have_count(1)


def test_a_second_tab_and_a_second_device_show_the_same(visitor: Come, user: User, order: Order) -> None:
    job = order("calm piano")
    here, elsewhere = visitor(user), visitor(user)
    pages = [here.page("/library/"), here.page("/music/"), elsewhere.page("/")]
    job = take()
    job.beat("mixing", 70)
    for page in pages:
        expect(page.locator(row(job))).to_contain_text("70%")
    finish(job)
    for page in pages:
        expect(page.locator(f"{notice(job)} [data-play]")).to_have_count(1)


def test_it_keeps_nothing_that_clearing_the_browser_could_lose(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/library/")
    page.evaluate("localStorage.clear(); sessionStorage.clear(); indexedDB.databases?.()")
    page.reload()
    expect(page.locator(row(job))).to_have_count(1)
    kept = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert kept == ["htmx-current-path-for-history"]


def test_a_failed_poll_is_no_error_and_it_recovers(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/music/")
    page.route("**/api/music/active*", lambda route: route.abort())
    expect(page.locator("[data-connection]")).to_be_visible()
    expect(page.locator(row(job))).to_have_count(1)
    page.unroute("**/api/music/active*")
    made(job)
    expect(page.locator(notice(job))).to_have_count(1)
    expect(page.locator("[data-connection]")).to_be_hidden()


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_it_asks_at_once_when_it_is_back(mina_at: Visitor, order: Order, event: str) -> None:
    order("calm piano")
    page = mina_at.page("/music/")
    refusal = {"status": 429, "headers": {"Retry-After": "60"}, "body": ""}
    page.route("**/api/music/active*", lambda route: route.fulfill(**refusal))
    expect(page.locator("[data-connection]")).to_contain_text("The server is busy or starting.")
    page.unroute("**/api/music/active*")
    before = mina_at.polls()
    page.wait_for_timeout(1300)
    assert mina_at.polls() == before, "Retry-After was not respected"
    page.evaluate(
        f"(globalThis.{'document' if event == 'visibilitychange' else 'window'}).dispatchEvent(new Event('{event}'))"
    )
    expect(page.locator("[data-connection]")).to_be_hidden()
    expect(page.locator("[data-announce]")).to_have_text("Connected again.")
    assert mina_at.polls() > before


def test_a_503_is_asked_again_soon_whatever_it_says(timed: Visitor, order: Order) -> None:
    order("calm piano")
    page = timed.page("/music/")
    refusal = {"status": 503, "headers": {"Retry-After": "3600"}, "body": ""}
    page.route("**/api/music/active*", lambda route: route.fulfill(**refusal))
    begins, asked = timed.polls(), []  # how often, after each quarter of a second
    while timed.polls() < begins + 5:
        timed.pass_time(0.25)
        asked.append(timed.polls())
    waits = [len(list(same)) / 4 for _, same in itertools.groupby(asked)][1:-1]
    assert max(waits) < 5
    assert waits[-1] > waits[0], "it goes on as fast as it began"
    page.unroute("**/api/music/active*")
    timed.pass_time(5)
    expect(page.locator("[data-connection]")).to_be_hidden()


def test_it_says_when_somebody_is_signed_out(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/library/?q=calm")
    cookies = mina_at.context.cookies()
    mina_at.context.clear_cookies()
    expect(page.locator("[data-signed-out]")).to_be_visible()
    link = page.locator("[data-login]")
    assert link.get_attribute("href") == "/accounts/login/?next=%2Flibrary%2F%3Fq%3Dcalm"
    before = mina_at.polls()
    page.wait_for_timeout(600)
    assert mina_at.polls() == before
    mina_at.context.add_cookies(cookies)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-signed-out]")).to_be_hidden()
    expect(page.locator(row(job))).to_have_count(1)


def test_it_stops_when_nothing_is_active(timed: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = timed.page("/music/")
    made(job)
    timed.pass_time(POLL)
    expect(page.locator(notice(job))).to_have_count(1)
    before = timed.polls()
    timed.pass_time(2)
    assert timed.polls() == before
    timed.page("/library/")
    timed.pass_time(2)
    assert timed.polls() == before


def test_an_idle_tab_hears_of_a_job_ordered_in_another(mina_at: Visitor, order: Order) -> None:
    order()  # makes the dummy the engine
    transitions.cancel(Job.objects.get())
    idle = mina_at.page("/library/")
    busy = mina_at.page("/music/")
    busy.fill("[name=prompt]", "calm piano")
    busy.get_by_role("button", name="Create music").click()
    expect(idle.locator("[data-indicator] .row")).to_have_count(1)
    expect(idle.locator("[data-count]")).to_have_text("1")
    expect(idle.locator("main .card.live")).to_have_count(1)
    expect(idle.locator("main [data-empty]")).to_have_count(0)


def test_a_hidden_tab_asks_rarely(timed: Visitor, order: Order) -> None:
    order("calm piano")
    timed.first = "Object.defineProperty(document, 'hidden', {get: () => true})"
    timed.page("/library/")
    timed.pass_time(4)
    assert timed.polls() == 0
    timed.pass_time(12)
    assert timed.polls() in (1, 2)


def test_a_failure_is_told_in_words_and_retried_from_the_header(mina_at: Visitor, order: Order) -> None:
    order("calm piano")
    page = mina_at.page("/library/")
    job = take()
    job.fail("disk_full", "")
    expect(page.locator(notice(job))).to_contain_text("Something went wrong.")
    expect(page.locator(notice(job))).to_contain_text("The server has no room left")
    page.locator(notice(job)).get_by_role("button", name="Try again").click()
    expect(page.locator(row(job))).to_have_count(1)
    expect(page.locator(notice(job))).to_have_count(0)
    expect(page.locator(f"{card(job)}.live")).to_have_count(1)
    made(job)
    expect(page.locator(f"{notice(job)} [data-play]")).to_have_count(1)
    assert mina_at.problems == []


def test_a_job_is_cancelled_in_place(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/music/")
    page.locator(card(job)).get_by_role("button", name="Cancel").click()
    expect(page.locator(card(job))).to_contain_text("You cancelled this piece.")
    expect(page.locator(row(job))).to_have_count(0)
    assert page.locator(notice(job)).count() == 0
    job.refresh_from_db()
    assert job.is_cancelled


def test_a_dismissed_notice_stays_away(visitor: Come, user: User, order: Order) -> None:
    mina_at = visitor(user)
    page, second = mina_at.page("/library/"), mina_at.page("/")
    job = made(order("calm piano"))
    page.reload()
    second.reload()
    page.locator(notice(job)).get_by_role("button", name="Dismiss").click()
    expect(page.locator("[data-indicator]")).to_be_hidden()
    expect(second.locator(notice(job))).to_have_count(0)
    order("another")
    page.reload()
    with page.expect_response("**/api/music/active*"):
        pass
    page.wait_for_timeout(200)
    assert page.locator(notice(job)).count() == 0


def test_a_double_click_makes_one_job(mina_at: Visitor, order: Order) -> None:
    transitions.cancel(order("earlier"))
    page = mina_at.page("/music/")
    page.fill("[name=prompt]", "calm piano")
    page.get_by_role("button", name="Create music").dblclick()
    expect(page.locator("[data-indicator] .row")).to_have_count(1)
    page.wait_for_load_state()
    assert Job.objects.unfinished().count() == 1


def test_only_changes_of_state_are_announced(mina_at: Visitor, order: Order) -> None:
    order("calm piano")
    page = mina_at.page("/library/")
    page.evaluate("""() => {
        globalThis.said = [];
        const place = document.querySelector("[data-announce]");
        new MutationObserver(() => said.push(place.textContent)).observe(place, {childList: true});
    }""")
    job = take()
    for percent in (10, 50, 90):
        job.beat("rendering", percent)
        expect(page.locator(row(job))).to_contain_text(f"{percent}%")
    finish(job)
    expect(page.locator(notice(job))).to_have_count(1)
    page.wait_for_function("() => said.length")
    assert page.evaluate("said") == [f"“{job.title}” is ready."]


def test_the_track_page_becomes_the_player(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page(f"/tracks/{job.pk}/")
    made(job)
    expect(page.locator("main [data-play]")).to_have_count(1)
    assert page.locator(notice(job)).count() == 0, "the page itself shows it"
    page.locator("[data-seek='1.0']").click()
    page.wait_for_function("() => document.querySelector('#audio').currentTime >= 1")
    assert mina_at.problems == []


def test_a_heart_is_turned_without_leaving_the_page(mina_at: Visitor, order: Order) -> None:
    job = made(order("calm piano"))
    page = mina_at.page("/library/")
    heart = page.locator(card(job)).get_by_role("button", name="Favourite")
    for pressed in (True, False, True):
        heart.click()
        expect(heart).to_have_attribute("aria-pressed", json.dumps(pressed))
        job.refresh_from_db()
        assert job.favourite is pressed


def test_a_deleted_job_leaves_the_page(mina_at: Visitor, order: Order) -> None:
    job, other = order("calm piano"), order("something else")
    page = mina_at.page("/music/")
    expect(page.locator(card(job))).to_have_count(1)
    Job.objects.filter(pk=job.pk).delete()
    expect(page.locator(card(job))).to_have_count(0)
    expect(page.locator(row(job))).to_have_count(0)
    expect(page.locator(card(other))).to_have_count(1)


def test_a_part_that_was_not_to_be_had_is_fetched_again(mina_at: Visitor, order: Order) -> None:
    job = order("calm piano")
    page = mina_at.page("/music/")
    page.route("**/parts/card", lambda route: route.abort())
    made(job)
    expect(page.locator(notice(job))).to_have_count(1)
    page.unroute("**/parts/card")
    expect(page.locator(f"{card(job)} [data-play]")).to_have_count(1)


def test_a_job_that_ends_while_the_server_looks_is_told_of(
    mina_at: Visitor, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unfinished jobs are read before the ended ones, so such a job is in both lists of one answer."""
    job = order("calm piano")
    page = mina_at.page("/music/")
    real = status.active_body

    def between(owner: int, rows: Any, since: str | None) -> dict[str, Any]:
        before = real(owner, rows, since)
        if before["jobs"]:
            made(job)
            monkeypatch.setattr(status, "active_body", real)
            return {**status.active_json(User(pk=owner), since), "jobs": before["jobs"]}
        return before

    monkeypatch.setattr(status, "active_body", between)
    expect(page.locator(notice(job))).to_have_count(1)
    expect(page.locator(f"{card(job)} [data-play]")).to_have_count(1)
    expect(page.locator(row(job))).to_have_count(0)


def test_a_page_restored_from_memory_asks_at_once(remembering: Visitor, order: Order) -> None:
    order("calm piano")
    page = remembering.page("/library/")
    page.evaluate("addEventListener('pageshow', event => { globalThis.restored = event.persisted; })")
    page.goto(f"{remembering.url}/accounts/password_change/")
    job = take()
    job.beat("mixing", 77)
    page.go_back(wait_until="commit")
    expect(page.locator(row(job))).to_contain_text("77%")
    assert page.evaluate("globalThis.restored") is True
