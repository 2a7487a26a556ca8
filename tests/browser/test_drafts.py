"""What somebody has typed survives whatever takes the page away, until it was ordered or cleared."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.models.session import end_sessions_of
from tests.browser.conftest import Visitor
from tests.browser.test_session_over import log_in
from tests.making import made

pytestmark = pytest.mark.browser

WORDS = "잔잔한 피아노, half a thought\nand a second line"


@pytest.fixture
def page(mina_at: Visitor, dummy: Callable[..., None]) -> Any:
    """The studio with an order in progress: words and settings of every kind."""
    dummy()
    page = mina_at.page("/music/")
    page.locator(".tuning > summary").click()
    page.fill("[name=prompt]", WORDS)
    page.fill("[name=tempo]", "77")
    page.select_option("[name=style]", "jazz")
    page.locator("details.picks summary", has_text="Mood").click()
    page.locator("label:has([name=moods][value=calm])").click()
    page.locator("label:has([name=count][value='3'])").click()
    return page


def is_there(page: Any) -> None:
    expect(page.locator("[name=prompt]")).to_have_value(WORDS)
    expect(page.locator("[name=tempo]")).to_have_value("77")
    expect(page.locator("[name=tempo]")).to_be_visible()
    expect(page.locator("[name=style]")).to_have_value("jazz")
    expect(page.locator("[name=moods][value=calm]")).to_be_checked()
    expect(page.locator("[name=moods]:checked")).to_have_count(1)
    expect(page.locator("[name=count][value='3']")).to_be_checked()


def is_gone(page: Any) -> None:
    expect(page.locator("[name=prompt]")).to_have_value("")
    page.wait_for_function("() => !('musicsite-drafts' in sessionStorage)")


def to_library(page: Any) -> None:
    page.get_by_role("link", name="Library").first.click()
    expect(page.locator("h1")).to_have_text("Library")


def test_it_survives_other_pages_and_back(page: Any) -> None:
    to_library(page)
    page.go_back()
    is_there(page)
    to_library(page)
    page.get_by_role("link", name="Create", exact=True).click()
    is_there(page)
    page.locator("a.brand").click()
    expect(page.locator("h2#latest")).to_have_text("Latest tracks")
    expect(page.locator("[name=prompt]")).to_have_value(WORDS)
    page.get_by_role("link", name="Create", exact=True).click()
    is_there(page)


def test_it_survives_a_reload_and_a_page_that_is_loaded_whole(page: Any, mina_at: Visitor) -> None:
    page.reload()
    is_there(page)
    page.goto(f"{mina_at.url}/library/")
    page.goto(f"{mina_at.url}/music/")
    is_there(page)


@pytest.mark.parametrize("sent", [True, False], ids=["sent", "link"])
def test_it_survives_a_log_in(page: Any, user: User, sent: bool) -> None:
    end_sessions_of(user)
    if sent:
        page.get_by_role("button", name="Create music").click()
    else:
        page.get_by_role("link", name="Library").first.click()
    log_in(page)
    if not sent:
        expect(page.locator("h1")).to_have_text("Library")
        page.get_by_role("link", name="Create", exact=True).click()
    is_there(page)
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("[data-indicator] .row")).to_have_count(3)
    is_gone(page)


def test_it_survives_an_outdated_token(page: Any, mina_at: Visitor) -> None:
    cookies = mina_at.context.cookies()
    mina_at.context.add_cookies([{**one, "value": "x" * 32} for one in cookies if one["name"] == "XSRF-TOKEN"])
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("main .errors")).to_contain_text("This page was too old, and nothing was ordered.")
    is_there(page)
    page.reload()
    is_there(page)
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("[data-indicator] .row")).to_have_count(3)
    is_gone(page)


def test_what_was_refused_survives_too(page: Any) -> None:
    page.fill("[name=tempo]", "7")
    page.locator("form[data-order]").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Create music").click()
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.fill("[name=tempo]", "77")
    to_library(page)
    page.get_by_role("link", name="Create", exact=True).click()
    is_there(page)


def test_it_is_this_tabs(page: Any, mina_at: Visitor) -> None:
    expect(mina_at.page("/music/").locator("[name=prompt]")).to_have_value("")
    page.reload()
    is_there(page)


def test_a_link_goes_before_it(page: Any, mina_at: Visitor) -> None:
    page.goto(f"{mina_at.url}/music/?prompt=wild+drums")
    expect(page.locator("[name=prompt]")).to_have_value("wild drums")
    page.fill("[name=prompt]", "wilder drums")
    page.reload()
    expect(page.locator("[name=prompt]")).to_have_value("wilder drums")


def test_what_is_cleared_stays_cleared(page: Any) -> None:
    page.get_by_role("button", name="Clear the settings").click()
    page.fill("[name=prompt]", "")
    page.locator("label:has([name=count][value='1'])").click()
    to_library(page)
    page.get_by_role("link", name="Create", exact=True).click()
    expect(page.locator("[name=tempo]")).to_have_value("")
    is_gone(page)


def test_a_log_out_in_any_tab_leaves_nothing(page: Any, mina_at: Visitor) -> None:
    other = mina_at.page("/library/")
    other.locator(".site-header .menu summary").click()
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("link", name="Log in").first).to_be_visible()
    page.wait_for_function("() => !sessionStorage.getItem('musicsite-drafts')")


def test_whoever_comes_next_finds_nothing(page: Any, mina_at: Visitor, user: User, other: User) -> None:
    end_sessions_of(user)
    page.goto(f"{mina_at.url}/accounts/login/")
    page.fill("[name=username]", "omar")
    page.fill("[name=password]", "correct horse 9")
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(page.locator("h2#latest")).to_have_text("Latest tracks")
    is_gone(page)


def test_the_settings_of_a_variation_survive_too(mina_at: Visitor, order: Callable[..., Job]) -> None:
    job = made(order("calm piano"))
    page = mina_at.page(f"/tracks/{job.pk}/")
    page.locator(".variations .tuning > summary").click()
    page.fill(".variations [name=tempo]", "66")
    page.reload()
    expect(page.locator(".variations [name=tempo]")).to_have_value("66")
    page.get_by_role("button", name="Change and make again").click()
    expect(page.locator("[data-indicator] .row")).to_have_count(1)
    page.wait_for_function("() => !('musicsite-drafts' in sessionStorage)")
