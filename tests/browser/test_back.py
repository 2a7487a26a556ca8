"""Back after a log-out shows nothing that is somebody's, although browsers keep whole pages in their memory."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

TITLE = "Secret Waltz"
NOTE = """addEventListener("pageshow", ({ persisted }) => persisted && sessionStorage.setItem("restored", "yes"))"""
RESTORED = "sessionStorage.getItem('restored')"


def log_out(page: Any) -> None:
    page.locator(".site-header .menu summary").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("link", name="Log in").first.wait_for()


def shows_nothing(page: Any) -> None:
    """Now, and when everything has come."""
    for _ in range(2):
        words = page.locator("body").inner_text()
        assert TITLE not in words
        assert "mina" not in words
        page.wait_for_load_state("networkidle")
    expect(page.locator("html:not([data-covered])")).to_have_count(1)
    assert TITLE not in page.content()


@pytest.mark.parametrize(
    ("path", "elsewhere"),
    [
        ("/tracks/{pk}/", True),
        pytest.param("/library/", True, marks=pytest.mark.sweep),
        pytest.param("/library/", False, marks=pytest.mark.sweep),
        pytest.param("/tracks/{pk}/", False, marks=pytest.mark.sweep),
    ],
)
def test_back_after_a_log_out(remembering: Visitor, order: Callable[..., Job], path: str, elsewhere: bool) -> None:
    job = made(order("a secret prompt", title=TITLE))
    page = remembering.page(path.format(pk=job.pk))
    expect(page.locator("body")).to_contain_text(TITLE)
    if elsewhere:
        page.goto(f"{remembering.url}/robots.txt")
        log_out(remembering.page("/accounts/password_change/"))
    else:
        log_out(page)
    page.go_back(wait_until="commit")
    shows_nothing(page)


def test_back_after_a_log_out_in_a_browser_that_clears_nothing(
    remembering: Visitor, order: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicsite.headers._ends_session", lambda response: False)
    made(order("a secret prompt", title=TITLE))
    page = remembering.page("/library/")
    page.evaluate(NOTE)
    page.goto(f"{remembering.url}/robots.txt")
    log_out(remembering.page("/accounts/password_change/"))
    page.go_back(wait_until="commit")
    shows_nothing(page)
    assert page.evaluate(RESTORED) == "yes"


def test_the_next_person_sees_nothing_of_the_one_before(
    remembering: Visitor, order: Callable[..., Job], other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicsite.headers._ends_session", lambda response: False)
    made(order("a secret prompt", title=TITLE))
    page = remembering.page("/library/")
    page.evaluate(NOTE)
    page.goto(f"{remembering.url}/robots.txt")
    omar = Client()
    omar.force_login(other)
    cookies = [{**cookie, "value": omar.cookies["sessionid"].value} for cookie in remembering.context.cookies()
               if cookie["name"] == "sessionid"]  # fmt: skip
    remembering.context.add_cookies(cookies)
    page.go_back(wait_until="commit")
    shows_nothing(page)
    assert page.evaluate(RESTORED) == "yes"
    expect(page.locator(".menu-name")).to_have_text("omar")


def test_back_while_one_is_signed_in(remembering: Visitor, order: Callable[..., Job]) -> None:
    made(order("a secret prompt", title=TITLE))
    page = remembering.page("/library/")
    page.evaluate(NOTE)
    page.goto(f"{remembering.url}/robots.txt")
    page.go_back(wait_until="commit")
    expect(page.locator("html:not([data-covered]) main .card")).to_contain_text(TITLE)
    assert page.evaluate(RESTORED) == "yes"
