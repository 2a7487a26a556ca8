"""Two engines side by side: ordered by one click, followed where they are, heard in turn."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.api.test_tracks import HEARD
from tests.browser.axe import LOOKS, problems, too_wide
from tests.browser.conftest import Visitor
from tests.browser.test_engines import open_settings
from tests.making import finish, take

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("remote")]


def test_two_engines_are_ordered_followed_and_heard(visitor: Callable[..., Visitor], user: User) -> None:
    mina = visitor(user, bypass_csp=True)  # for axe
    page = mina.page("/music/")
    page.fill("[name=prompt]", "calm piano at 120 bpm in D minor")
    open_settings(page)
    page.select_option("[name=compare]", "dummy")
    page.get_by_role("button", name="Create music").click()
    expect(page.locator(".compare-side.live")).to_have_count(2)
    for facts in ({"loudness": -14.0, "heard": HEARD}, {}):
        finish(take(), 30, **facts)
    sides = page.locator(".compare-side.done")
    expect(sides).to_have_count(2)
    expect(sides.first).to_contain_text("120 BPM was asked for; about 98 BPM is heard.")
    for place in (0, 1):
        sides.nth(place).locator("[data-play]").click()
        expect(sides.nth(place).locator("[data-play]")).to_have_attribute("data-playing", "")
    expect(sides.first.locator("[data-playing]")).to_have_count(0)
    assert problems(page, LOOKS[0]) == {}
    assert too_wide(page, (1280, 800), (360, 800)) == {}
    assert mina.problems == []
