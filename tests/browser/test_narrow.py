"""Every page fits a screen of 320 px, which is also 400 % zoom of 1280: nothing makes anybody scroll sideways."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.browser.conftest import Visitor
from tests.browser.test_access import places, settle  # noqa: F401

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}  # 1280 × 1024 at 400 %
TOO_WIDE = """() => {
    const most = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - most;
    const scrolls = box => { for (let one = box.parentElement; one; one = one.parentElement)
        if (getComputedStyle(one).overflowX !== "visible" || getComputedStyle(one).clipPath !== "none") return true; };
    const out = [...document.querySelectorAll("body *")].filter(one => {
        const { left, right, width, height } = one.getBoundingClientRect();
        return width > 1 && height > 1 && (right > most + 1 || left < -1)
            && one.checkVisibility({ visibilityProperty: true }) && !scrolls(one)
            && getComputedStyle(one).clipPath === "none";
    });
    return wide > 0 || out.length ? [wide, ...out.slice(0, 4).map(one => one.outerHTML.slice(0, 90))] : null;
}"""


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("who", ["mine", "public"])
def test_no_page_is_wider_than_320_pixels(
    visitor: Callable[..., Visitor],
    user: User,
    places: dict[str, list[str]],  # noqa: F811
    who: str,
    locale: str,
) -> None:
    guest = visitor(user if who == "mine" else None, locale=locale, reduced_motion="reduce", **NARROW)
    page = guest.page()
    found: dict[str, Any] = {}
    for path in places[who]:
        page.goto(guest.url + path)
        settle(page)
        if problem := page.evaluate(TOO_WIDE):
            found[path] = problem
        for menu in page.locator(".site-header details.menu").all():
            menu.locator("summary").click()
            if problem := page.evaluate(TOO_WIDE):
                found[f"{path} menu"] = problem
    assert found == {}
