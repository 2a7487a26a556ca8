"""Without a network: a page of ours instead of the browser's, and tracks that somebody wanted to keep."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

Come = Callable[..., Visitor]
READY = "() => navigator.serviceWorker.ready.then(({ active }) => Boolean(active))"
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
OURS = "caches.keys().then((names) => names.filter((name) => name.startsWith('musicsite-tracks')))"
# Whole: a page that is left while it writes takes along what it has not written yet.
KEPT = """(size) => caches.keys().then(async (names) => {
    const of = names.find((name) => name.startsWith("musicsite-tracks"));
    const cache = of && (await caches.open(of));
    const [key] = cache ? await cache.keys() : [];
    return key !== undefined && (await (await cache.match(key))?.blob())?.size === size;
})"""
IN_PART = """async (range) => {
    const answer = await fetch(document.querySelector("audio").src, { headers: { Range: range } });
    return [answer.status, answer.headers.get("Content-Range"), (await answer.arrayBuffer()).byteLength];
}"""


@pytest.fixture
def installed(visitor: Come, user: User) -> Any:
    """Mina's page on a browser that has taken up the site's service worker, and the browser."""
    here = visitor(user, service_workers="allow")
    page = here.page("/")
    page.wait_for_function(READY)
    page.reload()
    page.wait_for_function(CONTROLLED)
    return here, page


def test_a_page_of_ours_is_there_without_a_network(installed: Any, order: Callable[..., Job]) -> None:
    here, page = installed
    made(order("a secret prompt", title="Secret Waltz"))
    page.goto(f"{here.url}/library/")
    expect(page.locator("main")).to_contain_text("Secret Waltz")
    here.context.set_offline(True)
    page.goto(f"{here.url}/library/")
    expect(page.locator("h1")).to_have_text("No connection")
    expect(page.locator("[data-kept-tracks]")).to_be_hidden()
    assert "Secret" not in page.content()
    assert page.evaluate("getComputedStyle(document.querySelector('.brand')).display") == "flex", "its styles are kept"
    here.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("main")).to_contain_text("Secret Waltz")


def test_tracks_are_kept_where_somebody_wants_it_until_they_log_out(installed: Any, order: Callable[..., Job]) -> None:
    here, page = installed
    job = made(order("a secret prompt", title="Secret Waltz"), seconds=20)
    play = page.locator(f"main [data-track='{job.pk}'] [data-play]").first
    page.goto(f"{here.url}/library/")
    play.click()
    page.wait_for_function("() => document.querySelector('#audio').currentTime > 0")
    assert page.evaluate(OURS) == [], "nobody has asked for it"

    page.goto(f"{here.url}/accounts/settings/")
    page.get_by_role("switch").check()
    page.wait_for_function(f"() => {OURS}.then((names) => names.length === 1)")
    page.goto(f"{here.url}/library/")
    play.click()
    size = job.files["audio"]["size"]
    page.wait_for_function(KEPT, arg=size)

    here.context.set_offline(True)
    page.goto(f"{here.url}/")
    expect(page.locator(".kept-tracks strong")).to_have_text("Secret Waltz")
    page.locator("audio").evaluate("audio => { audio.currentTime = 12; return audio.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 12")
    assert page.evaluate(IN_PART, "bytes=10-19") == [206, f"bytes 10-19/{size}", 10]
    assert page.evaluate(IN_PART, "bytes=-7") == [206, f"bytes {size - 7}-{size - 1}/{size}", 7]
    assert page.evaluate(IN_PART, f"bytes={size}-")[0] == 416

    here.context.set_offline(False)
    page.goto(f"{here.url}/")
    page.locator(".site-header .menu summary").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("link", name="Log in").first.wait_for()
    page.wait_for_function(f"() => {OURS}.then((names) => names.length === 0)")
    here.context.set_offline(True)
    page.go_back()
    assert "Secret" not in page.content()
    page.goto(f"{here.url}/")
    expect(page.locator("h1")).to_have_text("No connection")
    assert "Secret" not in page.content()
