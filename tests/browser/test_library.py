"""The library in a browser: found while one types, thrown away and taken back."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser


@pytest.fixture
def tracks(order: Callable[..., Job]) -> None:
    for prompt, title in (("calm jazz piano", "Night Train"), ("loud rock", "Day Break"), ("rock ballad", "Slow Sun")):
        made(order(prompt, title=title))


@pytest.mark.usefixtures("tracks")
def test_tracks_are_found_while_somebody_types(mina_at: Visitor) -> None:
    page = mina_at.page("/library/")
    page.evaluate("window.same = true")
    titles = page.locator(".card h3")
    expect(page.locator(".filters button")).to_be_hidden()
    page.locator("#q").press_sequentially("rock", delay=60)
    expect(titles).to_have_text(["Slow Sun", "Day Break"])
    assert page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["q", "rock"]
    page.locator("#q").press_sequentially(" loud", delay=60)
    expect(titles).to_have_text(["Day Break"])
    expect(page).to_have_url(re.compile(r"/library/\?q=rock(\+|%20)loud$"))
    expect(page.locator("[data-announce-page]")).to_have_text("1 track on this page")
    page.select_option("#by-style", "jazz")
    expect(page.locator(".empty")).to_be_visible()
    expect(page).to_have_url(re.compile("style=jazz"))
    expect(page.get_by_role("link", name="Favourites")).to_have_attribute("href", re.compile("q=rock"))
    assert page.evaluate("window.same"), "nothing was loaded whole"

    page.go_back()
    expect(titles).to_have_text(["Day Break"])
    expect(page.locator("#by-style")).to_have_value("")
    page.go_back()  # past all letters
    expect(titles).to_have_text(["Slow Sun", "Day Break", "Night Train"])
    expect(page.locator("#q")).to_have_value("")
    page.go_forward()
    expect(titles).to_have_text(["Day Break"])
    expect(page.locator("#q")).to_have_value("rock loud")
    page.reload()
    expect(titles).to_have_text(["Day Break"])
    assert mina_at.problems == []


@pytest.mark.usefixtures("tracks")
def test_without_scripts_a_button_searches(visitor: Callable[..., Visitor], user: User) -> None:
    page = visitor(user, java_script_enabled=False).page("/library/")
    page.fill("#q", "rock")
    page.select_option("#sort", "title")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".card h3")).to_have_text(["Day Break", "Slow Sun"])
    expect(page.locator("#q")).to_have_value("rock")


@pytest.mark.usefixtures("tracks")
def test_whoever_is_signed_out_meanwhile_is_sent_to_the_log_in(mina_at: Visitor) -> None:
    page = mina_at.page("/library/")
    mina_at.context.clear_cookies()
    page.fill("#q", "rock")
    expect(page).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.usefixtures("tracks")
def test_a_deleted_track_is_taken_back_at_once(mina_at: Visitor) -> None:
    page = mina_at.page("/library/")
    page.evaluate("window.same = true")
    card = page.locator(".card", has_text="Day Break")
    card.locator(".menu summary").click()
    card.get_by_role("button", name="Delete").click()
    expect(page.locator(".message")).to_contain_text("“Day Break” was deleted.")
    expect(card).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".message")).to_contain_text("“Day Break” is back in your library.")
    expect(page.locator(".card h3")).to_have_text(["Slow Sun", "Day Break", "Night Train"])
    assert page.evaluate("window.same")
    assert not Job.objects.exclude(deleted_at=None).exists()


def test_several_are_chosen_by_keys_and_fetched_without_leaving_the_page(
    mina_at: Visitor, order: Callable[..., Job]
) -> None:
    for title in ("One", "Two", "Three"):
        made(order("calm piano", title=title))
    page = mina_at.page("/library/")
    bar = page.locator("#chosen")
    expect(bar).to_be_hidden()
    page.get_by_label("Choose: Two").focus()
    page.keyboard.press("Space")
    expect(bar.get_by_role("status")).to_have_text("1 track chosen")
    bar.get_by_role("button", name="All on this page").click()
    expect(bar.get_by_role("status")).to_have_text("3 tracks chosen")
    page.evaluate("globalThis.samePage = true")
    with page.expect_download() as download:
        bar.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "Tracks.zip"
    page.get_by_label("Choose: Two").uncheck()
    bar.get_by_role("button", name="Delete").click()
    expect(page.locator(".message")).to_contain_text("2 tracks were deleted.")
    expect(page.locator("main .card")).to_have_count(1)
    assert page.evaluate("globalThis.samePage"), "the page was loaded whole"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main .card")).to_have_count(3)
    assert mina_at.problems == []
