"""Everything works without JavaScript: by forms, links, and pages that load themselves again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, take

pytestmark = pytest.mark.browser


def test_a_track_is_ordered_followed_and_kept_without_scripts(
    visitor: Callable[..., Visitor], dummy: Callable[..., None]
) -> None:
    dummy()
    page = visitor(java_script_enabled=False).page("/")
    page.get_by_role("link", name="Study beats").click()
    page.get_by_role("link", name="Sign up").last.click()
    page.fill("[name=username]", "mina")
    page.fill("[name=password1]", "correct horse 9")
    page.fill("[name=password2]", "correct horse 9")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.locator("[name=prompt]")).to_have_value("calm lo-fi piano, 80 bpm, A minor, 60 seconds")
    page.get_by_role("button", name="Create music").dblclick()
    expect(page.locator("main .card.live")).to_have_count(1)
    expect(page.locator("[data-indicator] .row")).to_contain_text("next in line")
    job = take()
    job.beat("rendering", 42)
    with page.expect_navigation():
        pass
    assert page.locator("main .card progress").get_attribute("value") == "42"
    # A page that loads itself again would lose what somebody is writing.
    page.get_by_role("link", name="Write the next one").click()
    assert "http-equiv" not in page.content()
    assert page.get_by_role("link", name="Keep this page up to date").count() == 1

    page.get_by_role("main").get_by_role("button", name="Cancel").click()
    expect(page.locator("main .card")).to_contain_text("You cancelled this piece.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("main .card.live")).to_have_count(1)
    finish(take())
    page.reload()
    expect(page.locator("main .card audio")).to_have_count(1)
    expect(page.locator("[data-notice] audio")).to_have_count(1)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("[data-notice]")).to_have_count(0)
    page.get_by_role("button", name="Favourite").click()
    assert Job.objects.get().favourite
    page.get_by_role("link", name="Library").first.click()
    page.fill("[name=q]", "lo-fi")
    page.get_by_role("button", name="Search").click()
    page.locator("main .card h3 a").click()
    expect(page.locator("main h1")).to_have_text(Job.objects.get().title)
    title = Job.objects.get().title
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("main")).to_contain_text("Your library is empty.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text(title)
    assert Job.objects.get().deleted_at is None
    page.locator(".site-header .menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_have_count(1)
