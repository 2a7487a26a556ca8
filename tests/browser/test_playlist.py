"""A playlist in a browser: put in order with a mouse, and played through over pages, deletions and ends of tracks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job, Playlist
from jobs.queue import transitions
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

PLAYING = "() => [...document.querySelectorAll('body > audio')].filter((audio) => !audio.paused)"


@pytest.fixture
def quiet(order: Callable[..., Job], user: User) -> Playlist:
    """Of four tracks that last longer than any test."""
    playlist = Playlist.objects.create(owner=user, name="Quiet hours")
    for title in ("One", "Two", "Three", "Four"):
        playlist.add(made(order("calm piano", title=title), seconds=120))
    return playlist


def titles(playlist: Playlist) -> list[str]:
    return [job.title for job in playlist.tracks()]


def go_near_its_end(page: Any, seconds: float) -> None:
    """In what plays, once it is known how long that is."""
    page.wait_for_function(
        f"""() => {{ const [audio] = ({PLAYING})();
            if (!(audio?.duration > {seconds})) return false;
            audio.currentTime = audio.duration - {seconds};
            return true; }}"""
    )


def handle(page: Any, row: int) -> dict[str, float]:
    place = page.locator("#tracks li [data-drag]").nth(row)
    place.wait_for()  # it comes with the script that moves rows
    box = place.bounding_box()
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def test_rows_are_dragged_to_their_places(mina_at: Visitor, quiet: Playlist) -> None:
    page = mina_at.page(f"/playlists/{quiet.pk}/")
    start, end = handle(page, 0), handle(page, 2)
    page.mouse.move(**start)
    page.mouse.down()
    for share in (0.3, 0.6, 1):
        page.mouse.move(start["x"], start["y"] + share * (end["y"] - start["y"]) + 4)
    with page.expect_response(lambda response: response.url.endswith("/move")) as moved:
        page.mouse.up()
    assert moved.value.status == 204
    expect(page.locator("#tracks li a")).to_have_text(["Two", "Three", "One", "Four"])
    assert titles(quiet) == ["Two", "Three", "One", "Four"]
    # Buttons count from where the row is now.
    up = page.get_by_role("button", name="Up: One")
    up.press("Enter")
    expect(page.locator("#tracks li a")).to_have_text(["Two", "One", "Three", "Four"])
    expect(up).to_be_focused()  # so that the next press moves it on
    assert mina_at.problems == []


def test_it_plays_on_over_pages_and_a_deleted_track(mina_at: Visitor, quiet: Playlist) -> None:
    page = mina_at.page(f"/playlists/{quiet.pk}/")
    title = page.locator("[data-bar-title]")
    page.locator("#tracks [data-play]").first.click()
    page.wait_for_function(f"() => ({PLAYING})().length === 1")
    page.locator("a.brand").click()
    expect(page.locator("h2#latest")).to_have_text("Latest tracks")
    transitions.delete(Job.objects.get(title="Two"))
    go_near_its_end(page, 0.3)
    expect(title).to_have_text("Three")
    expect(page.locator("[data-hint]")).not_to_be_empty()
    page.wait_for_function(f"() => ({PLAYING})().length === 1")
    go_near_its_end(page, 0.3)
    expect(title).to_have_text("Four")


def test_a_track_goes_over_into_the_next_one(mina_at: Visitor, quiet: Playlist) -> None:
    page = mina_at.page(f"/playlists/{quiet.pk}/")
    page.locator("#tracks [data-play]").first.click()
    page.wait_for_function(f"() => ({PLAYING})().length === 1")
    page.locator("[data-bar-queue] summary").click()
    fade = page.get_by_role("slider", name="Cross-fade")
    expect(fade).to_have_attribute("aria-valuetext", "off")
    fade.fill("4")
    expect(fade).to_have_attribute("aria-valuetext", "4 s")
    go_near_its_end(page, 3)
    both = page.wait_for_function(
        f"""() => {{ const playing = ({PLAYING})();
            return playing.length === 2 && playing.map((audio) => audio.volume ** 2).reduce((a, b) => a + b); }}"""
    )
    assert both.json_value() == pytest.approx(1, abs=0.05), "as loud as ever"
    expect(page.locator("[data-bar-title]")).to_have_text("Two")
    page.wait_for_function(f"() => {{ const on = ({PLAYING})(); return on.length === 1 && on[0].volume === 1; }}")
    # Whoever goes elsewhere meanwhile hears one track alone.
    go_near_its_end(page, 3)
    page.wait_for_function(f"() => ({PLAYING})().length === 2")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_function(f"() => ({PLAYING})().length === 0")
    page.reload()
    expect(page.locator("[data-bar-title]")).to_have_text("Three")
    assert mina_at.problems == []
