"""A browser that lets pages keep nothing: everything works, and nothing is remembered."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, made, take

pytestmark = pytest.mark.browser

THROWS = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }});"
FULL = "Storage.prototype.setItem = () => {{ throw new DOMException('full', 'QuotaExceededError'); }}; // {}"


@pytest.mark.parametrize(
    ("how", "names"),
    [
        pytest.param(THROWS, ["localStorage"], marks=pytest.mark.sweep),
        pytest.param(THROWS, ["sessionStorage"], marks=pytest.mark.sweep),
        (THROWS, ["localStorage", "sessionStorage"]),
        (FULL, [""]),
    ],
    ids=["local", "session", "both", "full"],
)
def test_everything_works_where_nothing_can_be_kept(
    mina_at: Visitor, order: Callable[..., Job], how: str, names: list[str]
) -> None:
    track, job = made(order("calm piano", title="Night Train"), seconds=300), order("another")
    mina_at.first = "".join(how.format(name) for name in names)
    page = mina_at.page("/library/")
    page.locator(f"main [data-track='{track.pk}'] [data-play]").click()
    page.wait_for_function("() => document.querySelector('#audio').currentTime > 0")
    page.locator("[data-bar-mute]").click()
    assert page.evaluate("document.querySelector('#audio').muted")
    page.get_by_role("link", name="Create", exact=True).click()
    page.locator("main [name=prompt]").fill("half a thought")
    expect(page.locator("[data-understood] .chip").first).to_be_visible()
    page.get_by_role("link", name="Library").first.click()
    expect(page.locator("h1")).to_have_text("Library")
    page.get_by_role("link", name="Create", exact=True).click()
    expect(page.locator("main [name=prompt]")).to_have_value("half a thought")
    job = take()
    job.beat("mixing", 70)
    expect(page.locator("[data-indicator] .row")).to_contain_text("70%")
    finish(job)
    expect(page.locator("[data-notice]")).to_have_count(2)
    expect(page.locator("[data-bar-title]")).to_have_text("Night Train")
    heart = page.locator(f"main [data-job='{track.pk}'] .heart")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.locator("[data-bar-close]").click()
    page.locator(".site-header .menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
    assert [problem for problem in mina_at.problems if "401" not in problem] == []  # a question was on its way
