"""The session is over, and somebody goes on: what was not done shows as not done, and comes again after the log-in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.models.session import end_sessions_of
from tests.browser.conftest import Visitor
from tests.making import made, take

pytestmark = pytest.mark.browser

NOT_DONE = "You are signed out, so nothing was changed. Log in and try again."
QUIET = "() => [...document.querySelectorAll('form[data-quiet]')].map(form => new URL(form.action).pathname)"


def log_in(page: Any) -> None:
    page.fill("[name=username]", "mina")
    page.fill("[name=password]", "correct horse 9")
    page.locator("main").get_by_role("button", name="Log in").click()


@pytest.fixture
def job(order: Callable[..., Job]) -> Job:
    return made(order("calm piano", title="Night Train"))


@pytest.mark.parametrize("answer", ["signed out", "elsewhere", "no network"])
def test_a_heart_is_pressed_only_where_it_was_saved(mina_at: Visitor, user: User, job: Job, answer: str) -> None:
    page = mina_at.page("/library/")
    heart = page.locator("main").get_by_role("button", name="Favourite")
    if answer == "signed out":
        end_sessions_of(user)
    elif answer == "elsewhere":
        page.route("**/favourite", lambda route: route.fulfill(status=302, headers={"Location": "/accounts/login/"}))
    else:
        page.route("**/favourite", lambda route: route.abort())
    heart.click()
    if answer == "elsewhere":  # it is sent as any form, to see why
        expect(page).not_to_have_url(f"{mina_at.url}/library/")
        page.goto(f"{mina_at.url}/library/")
    else:
        expect(page.locator("[data-hint]")).to_be_visible()
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(heart).to_be_enabled()
    job.refresh_from_db()
    assert not job.favourite


def shown(page: Any) -> list[str]:
    """The words on the page but those on the lost connection, which come when they come."""
    return str(page.locator("#page").inner_text()).replace("Connection lost. Reconnecting…", "").split()


def test_no_quiet_form_says_done_when_it_was_not(mina_at: Visitor, user: User, order: Callable[..., Job]) -> None:
    made(order("calm piano"))
    order("failed")
    take().fail("overloaded", "Too much to do.")
    order("one")
    order("two")
    page = mina_at.page("/library/")
    page.route("**/api/music/active*", lambda route: route.abort())
    actions = page.evaluate(QUIET)
    assert {path.rpartition("/")[2] for path in actions} >= {"cancel", "dismiss", "favourite", "retry"}
    before = shown(page)
    end_sessions_of(user)
    for n in range(len(actions)):
        page.evaluate("document.querySelector('[data-hint]').hidden = true")
        page.evaluate("n => document.querySelectorAll('form[data-quiet]')[n].requestSubmit()", n)
        expect(page.locator("[data-hint]")).to_have_text(NOT_DONE)
        expect(page.locator("form[aria-busy]")).to_have_count(0)
    assert shown(page) == before


def test_what_was_not_done_is_offered_after_the_log_in(mina_at: Visitor, user: User, job: Job) -> None:
    page = mina_at.page(f"/tracks/{job.pk}/")
    end_sessions_of(user)
    page.fill("[name=title]", "Day Break")
    page.get_by_role("button", name="Rename").click()
    log_in(page)
    expect(page.locator(".message")).to_contain_text("You had been signed out, so “Night Train” was left as it was.")
    expect(page.locator("main h1")).to_have_text("Night Train")
    expect(page.locator("[name=title]").last).to_have_value("Day Break")
    page.locator(".message").get_by_role("button", name="Rename").click()
    expect(page.locator("main h1")).to_have_text("Day Break")
    assert page.url == f"{mina_at.url}/tracks/{job.pk}/"


def test_a_heart_is_offered_after_the_log_in_too(mina_at: Visitor, user: User, job: Job) -> None:
    page = mina_at.page("/library/")
    end_sessions_of(user)
    page.locator("main").get_by_role("button", name="Favourite").click()
    page.locator("[data-login]").click()
    log_in(page)
    page.locator(".message").get_by_role("button", name="Favourite").click()
    expect(page.locator("main .heart")).to_have_attribute("aria-pressed", "true")
    assert page.url == f"{mina_at.url}/library/"
