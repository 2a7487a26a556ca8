"""A link that is copied, and the page behind it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, take

pytestmark = pytest.mark.browser

PLAYED = "parseFloat(document.querySelector('.wave-played').style.getPropertyValue('--played'))"  # percent


@pytest.fixture
def track(order: Callable[..., Job]) -> Job:
    order("calm piano", title="Night Train")
    return finish(take(), seconds=4)


def test_the_link_is_made_and_copied(mina_at: Visitor, track: Job) -> None:
    mina_at.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = mina_at.page(f"/tracks/{track.pk}/")
    page.get_by_role("button", name="Make a link").click()
    copy = page.get_by_role("button", name="Copy")
    copy.click()
    expect(page.locator("[data-copy]")).to_have_text("Copied")
    track.refresh_from_db()
    assert page.evaluate("navigator.clipboard.readText()") == f"{mina_at.url}/shared/{track.share_token}/"
    assert mina_at.problems == []


def test_where_copying_is_not_allowed_the_link_is_selected(mina_at: Visitor, track: Job) -> None:
    Job.objects.filter(pk=track.pk).update(share_token="a" * 32)
    page = mina_at.page()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(f"{mina_at.url}/tracks/{track.pk}/")
    page.get_by_role("button", name="Copy").click()
    page.wait_for_function("() => getSelection().toString().endsWith('/')")
    assert page.evaluate("getSelection().toString()") == f"{mina_at.url}/shared/{'a' * 32}/"


def test_a_guest_hears_the_track(visitor: Callable[..., Visitor], track: Job) -> None:
    Job.objects.filter(pk=track.pk).update(share_token="a" * 32)
    guest = visitor()
    page = guest.page(f"/shared/{'a' * 32}/")
    audio = page.locator("audio")
    assert audio.evaluate("audio => audio.paused"), "nothing plays by itself"
    page.get_by_role("button", name="Verse").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 1")
    assert not audio.evaluate("audio => audio.paused")
    audio.evaluate("audio => audio.pause()")
    box: dict[str, Any] = page.locator("[data-seek-wave]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 3 / 4, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 2.9")
    audio.evaluate("audio => audio.pause()")
    page.wait_for_function(f"() => {PLAYED} >= 70 && {PLAYED} <= 100")
    assert guest.problems == []
