"""The music never stops: what plays goes on from page to page, and what a person does to it is done."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.models.session import end_sessions_of
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

Come = Callable[..., Visitor]
Order = Callable[..., Job]

WATCH = """() => {
    const audio = document.querySelector("#audio");
    globalThis.heard = {times: [], broken: []};
    // Not "waiting": a loaded machine may decode late, whatever the page does.
    for (const type of ["pause", "seeking", "loadstart", "emptied", "error"])
        audio.addEventListener(type, () => heard.broken.push(type));
    setInterval(() => heard.times.push(audio.currentTime), 20);
}"""
PLAYS = "() => { const audio = document.querySelector('#audio'); return !audio.paused && audio.currentTime > .1; }"
TIME = "document.querySelector('#audio').currentTime"
PAUSED = "document.querySelector('#audio').paused"


@pytest.fixture
def tracks(order: Order) -> list[Job]:
    """The newest comes first in the library. They last longer than any test, on a machine that is busy too."""
    return [made(order(f"calm piano {n}", title=f"Piece {n}"), seconds=300) for n in (1, 2, 3)]


def play(page: Any, job: Job) -> None:
    page.locator(f"main [data-track='{job.pk}'] [data-play]").click()
    page.wait_for_function(PLAYS)


def bar(page: Any, name: str) -> Any:
    return page.locator(f"[data-bar-{name}]")


def test_it_plays_on_over_page_changes(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    assert page.evaluate(PAUSED)
    expect(page.locator("#player")).to_be_hidden()
    play(page, tracks[0])
    page.evaluate(WATCH)
    page.evaluate("globalThis.samePage = true")
    page.get_by_role("link", name="Create", exact=True).click()
    expect(page.locator("h1")).to_have_text("What would you like to hear?")
    page.locator("a.brand").click()
    expect(page.locator("h2#latest")).to_have_text("Latest tracks")
    page.get_by_role("link", name="Piece 2").first.click()
    expect(page.locator("main h1")).to_have_text("Piece 2")
    page.get_by_role("link", name="Library").click()
    page.fill("[name=q]", "piano 3")
    expect(page.locator("main .card")).to_have_count(1)
    page.go_back()
    expect(page.locator("main .card")).to_have_count(3)
    page.go_back()
    expect(page.locator("main h1")).to_have_text("Piece 2")
    assert page.title() == "Piece 2 · Musicsite"
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.wait_for_function("() => heard.times.at(-1) - heard.times[0] > 1")
    heard = page.evaluate("heard")
    assert page.evaluate("globalThis.samePage"), "a page was loaded whole"
    assert heard["broken"] == []
    times = heard["times"]
    assert times == sorted(times)
    expect(bar(page, "title")).to_have_text("Piece 1")
    expect(bar(page, "toggle")).to_have_attribute("aria-label", "일시정지")
    assert mina_at.problems == []


def test_a_page_that_is_loaded_whole_offers_to_go_on(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[0])
    page.evaluate("document.querySelector('#audio').currentTime = 42.3")
    page.wait_for_function(f"() => {TIME} > 42.3")
    page.reload()
    expect(bar(page, "note")).to_have_text(re.compile("Resume at (0:4[2-9]|0:5|[1-4]:)"))
    assert page.evaluate(PAUSED)
    bar(page, "toggle").click()
    page.wait_for_function(f"() => {TIME} > 42.3")
    expect(bar(page, "note")).to_have_text("")


def test_the_tracks_of_a_list_follow_one_another(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[2])
    expect(bar(page, "count")).to_have_text("3")
    bar(page, "next").click()
    expect(bar(page, "title")).to_have_text("Piece 2")
    page.wait_for_function(PLAYS)
    page.evaluate("document.querySelector('#audio').currentTime = 299.8")
    expect(bar(page, "title")).to_have_text("Piece 1")
    expect(bar(page, "next")).to_be_disabled()
    page.wait_for_function(PLAYS)
    # In one go: three seconds into a track it would mean the beginning of that.
    bar(page, "previous").evaluate("button => { document.querySelector('#audio').currentTime = 0; button.click(); }")
    expect(bar(page, "title")).to_have_text("Piece 2")
    bar(page, "queue").locator("summary").click()
    expect(bar(page, "list").locator("[aria-current]")).to_have_text("Piece 2")
    bar(page, "list").get_by_role("button", name="Piece 3", exact=True).click()
    expect(bar(page, "title")).to_have_text("Piece 3")
    bar(page, "list").get_by_role("button", name="Take “Piece 2” out").click()
    expect(bar(page, "count")).to_have_text("2")
    bar(page, "next").click()
    expect(bar(page, "title")).to_have_text("Piece 1")
    assert mina_at.problems == []


def test_buttons_show_what_plays(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[1])
    card = page.locator(f"main [data-track='{tracks[1].pk}'] [data-play]")
    expect(card).to_have_attribute("aria-label", "Pause “Piece 2”")
    page.locator("main").get_by_role("link", name="Piece 2").click()
    expect(page.locator("main h1")).to_have_text("Piece 2")
    panel = page.locator("main [data-play]")
    expect(panel).to_have_attribute("aria-label", "Pause “Piece 2”")
    panel.click()
    page.wait_for_function(f"() => {PAUSED}")
    expect(panel).to_have_attribute("aria-label", "Play “Piece 2”")
    at = page.evaluate(TIME)
    panel.click()
    page.wait_for_function(f"() => {TIME} > {at}")


def test_the_wave_and_the_keys_seek(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[0])
    expect(bar(page, "wave").locator("svg")).to_have_count(2)
    box = bar(page, "wave").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(f"() => {TIME} > 149")
    assert page.evaluate(TIME) < 280
    seek = bar(page, "seek")
    expect(seek).to_have_attribute("aria-valuetext", re.compile(r"^\d:\d\d of 5:00$"))
    seek.focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {PAUSED}")
    before = page.evaluate(TIME)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(TIME) == pytest.approx(before + 5, abs=0.1)
    page.keyboard.press("PageDown")
    assert page.evaluate(TIME) == pytest.approx(before - 10, abs=0.1)
    page.keyboard.press("n")
    assert page.evaluate(PAUSED), "the last of the list has none after it"
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.wait_for_function(f"() => {TIME} === 0")


def test_the_volume_is_remembered(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[0])
    bar(page, "volume").fill("30")
    assert page.evaluate("document.querySelector('#audio').volume") == 0.3
    bar(page, "mute").click()
    page.reload()
    assert page.evaluate("document.querySelector('#audio').muted")
    expect(bar(page, "mute")).to_have_attribute("aria-label", "Unmute")
    bar(page, "mute").click()
    assert page.evaluate("document.querySelector('#audio').volume") == 0.3
    expect(bar(page, "volume")).to_have_value("30")


def test_the_lock_screen_knows_and_steers(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page()
    page.add_init_script("""
        globalThis.keys = {};
        const real = MediaSession.prototype.setActionHandler;
        MediaSession.prototype.setActionHandler = function (name, act) {
            keys[name] = act;
            return real.call(this, name, act);
        };
    """)
    page.goto(f"{mina_at.url}/library/")
    play(page, tracks[2])
    assert page.evaluate("navigator.mediaSession.metadata.title") == "Piece 3"
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"
    page.evaluate("keys.nexttrack({})")
    expect(bar(page, "title")).to_have_text("Piece 2")
    page.evaluate("keys.seekto({seekTime: 20})")
    page.wait_for_function(f"() => {TIME} >= 20")
    page.evaluate("keys.pause({})")
    page.wait_for_function(f"() => {PAUSED} && navigator.mediaSession.playbackState === 'paused'")


def test_one_tab_plays_at_a_time(mina_at: Visitor, tracks: list[Job]) -> None:
    first, second = mina_at.page("/library/"), mina_at.page("/library/")
    play(first, tracks[0])
    play(second, tracks[1])
    first.wait_for_function(f"() => {PAUSED}")
    expect(bar(first, "note")).to_have_text("Playing in another tab")
    bar(first, "toggle").click()
    second.wait_for_function(f"() => {PAUSED}")
    first.wait_for_function(PLAYS)
    expect(bar(first, "title")).to_have_text("Piece 1")


def test_logging_out_ends_it_in_every_tab(mina_at: Visitor, tracks: list[Job]) -> None:
    page, other = mina_at.page("/library/"), mina_at.page("/library/")
    play(other, tracks[0])
    play(page, tracks[0])
    page.locator(".site-header .menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    expect(other.locator("#player")).to_be_hidden()
    for tab in (page, other):
        tab.wait_for_function("() => !('musicsite-playing' in sessionStorage)")


def test_nobody_finds_the_queue_of_somebody_else(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[0])
    kept = json.loads(page.evaluate("sessionStorage.getItem('musicsite-playing')"))
    kept["owner"] = "0"
    page.add_init_script(f"sessionStorage.setItem('musicsite-playing', {json.dumps(json.dumps(kept))})")
    page.goto(f"{mina_at.url}/music/")
    expect(page.locator("#player")).to_be_hidden()


def test_a_ready_notice_hands_its_track_over(mina_at: Visitor, tracks: list[Job], order: Order) -> None:
    page = mina_at.page("/accounts/password_change/")
    job = order("calm piano")
    page.evaluate("dispatchEvent(new Event('online'))")
    made(job, seconds=5)
    notice = page.locator(f'[data-notice^="{job.pk}:"]')
    notice.get_by_role("button", name=f"Play “{job.title}”").click()
    page.wait_for_function(PLAYS)
    expect(bar(page, "title")).to_have_text(job.title)


def test_a_lost_network_is_waited_for(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    page.route("**/audio", lambda route: route.abort())
    page.locator(f"main [data-track='{tracks[0].pk}'] [data-play]").click()
    expect(bar(page, "note")).to_have_text("Waiting for the network…")
    page.unroute("**/audio")
    page.wait_for_function(PLAYS)
    expect(bar(page, "note")).to_have_text("")


def test_a_track_that_is_gone_is_said_to_be(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    Job.objects.filter(pk=tracks[0].pk).delete()
    page.locator(f"main [data-track='{tracks[0].pk}'] [data-play]").click()
    expect(bar(page, "note")).to_have_text("This track is no longer there.")
    assert page.evaluate(PAUSED)


def test_the_queue_goes_on_behind_a_track_that_is_gone(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[2])
    Job.objects.filter(pk=tracks[1].pk).delete()
    page.evaluate("document.querySelector('#audio').currentTime = 299.8")
    expect(bar(page, "title")).to_have_text("Piece 1")
    page.wait_for_function(PLAYS)
    expect(bar(page, "count")).to_have_text("2")
    expect(page.locator("[data-hint]")).to_have_text("This track is no longer there.")


def test_a_queue_does_not_vanish_with_the_session(mina_at: Visitor, user: User, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    page.route("**/api/music/active*", lambda route: route.abort())
    play(page, tracks[2])
    end_sessions_of(user)
    bar(page, "next").click()
    expect(bar(page, "note")).to_have_text("Waiting for the network…")
    with page.expect_response(lambda answer: answer.url.endswith("/status")) as asked:
        pass
    assert asked.value.status == 401
    expect(bar(page, "count")).to_have_text("3")


def test_a_new_title_reaches_the_queue_in_every_tab(mina_at: Visitor, tracks: list[Job]) -> None:
    page, other = mina_at.page("/library/"), mina_at.page(f"/tracks/{tracks[2].pk}/")
    play(page, tracks[2])
    for job, title in ((tracks[2], "Night Train"), (tracks[1], "Day Break")):
        other.goto(f"{mina_at.url}/tracks/{job.pk}/")
        other.fill(".rename [name=title]", title)
        other.get_by_role("button", name="Rename").click()
        expect(other.locator("main h1")).to_have_text(title)
    expect(bar(page, "title")).to_have_text("Night Train")
    bar(page, "queue").locator("summary").click()
    expect(bar(page, "list").locator("[data-jump]")).to_have_text(["Night Train", "Day Break", "Piece 1"])
    expect(page.locator(f"main [data-track='{tracks[1].pk}'] h3")).to_have_text("Day Break")
    page.wait_for_function("() => navigator.mediaSession.metadata.title === 'Night Train'")
    page.reload()
    expect(bar(page, "title")).to_have_text("Night Train")


def test_a_page_that_is_not_to_be_had_leaves_this_one(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    play(page, tracks[0])
    page.route("**/music/", lambda route: route.abort())
    page.get_by_role("link", name="Create", exact=True).click()
    expect(page.locator("[data-hint]")).to_have_text("The server cannot be reached. Please try again in a moment.")
    assert page.url.endswith("/library/")
    page.wait_for_function(PLAYS)
    page.unroute("**/music/")
    page.get_by_role("link", name="Create", exact=True).click()
    expect(page.locator("h1")).to_have_text("What would you like to hear?")
    expect(page.locator("[data-hint]")).to_be_hidden()


def test_a_page_of_another_release_is_loaded_whole(mina_at: Visitor, tracks: list[Job]) -> None:
    page = mina_at.page("/library/")
    page.evaluate("globalThis.samePage = true")
    page.evaluate("document.querySelector('[data-release]').src")
    page.route(
        "**/music/",
        lambda route: route.fulfill(
            response=(answer := route.fetch()), body=answer.text().replace("signed_in.js", "signed_in.js?v=2")
        ),
    )
    page.get_by_role("link", name="Create", exact=True).click()
    page.wait_for_function("() => !globalThis.samePage && document.querySelector('h1')")
    assert page.url.endswith("/music/")


def test_the_player_and_its_queue_are_usable_on_a_phone(visitor: Come, user: User, tracks: list[Job]) -> None:
    page = visitor(user, viewport={"width": 360, "height": 740}).page("/library/")
    play(page, tracks[2])
    bar(page, "queue").locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    for name in ("toggle", "next", "previous", "seek", "close"):
        box = bar(page, name).bounding_box()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 360, name
    box = bar(page, "queue").locator(".menu-items").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    bar(page, "close").click()
    expect(page.locator("#player")).to_be_hidden()
    assert page.evaluate(PAUSED)
