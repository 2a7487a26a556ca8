"""Everything works without JavaScript: by forms, links, and pages that load themselves again."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, take

pytestmark = pytest.mark.browser


@pytest.mark.slow
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
    expect(page.locator("main .card progress")).to_have_attribute("value", "42")
    # A page that loads itself again would lose what somebody is writing.
    page.get_by_role("link", name="Write the next one").click()
    expect(page.get_by_role("link", name="Keep this page up to date")).to_have_count(1)
    assert "http-equiv" not in page.content()

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


@pytest.mark.parametrize(
    ("language", "prompt", "look", "drop", "make", "dropped"),
    [
        ("en-US", "sad jazz piano", "How is this understood?", "Do not listen to “sad”", "Create music", "sad"),
        pytest.param(
            "ko-KR",
            "슬픈 재즈 피아노",
            "어떻게 이해했는지 보기",
            "‘슬픈’ 듣지 않기",
            "생성 시작",
            "슬픈",
            marks=pytest.mark.sweep,
        ),
    ],
)
def test_a_word_that_was_heard_wrongly_is_dropped_by_one_click(
    visitor: Callable[..., Visitor], user: User, dummy: Callable[..., None],
    language: str, prompt: str, look: str, drop: str, make: str, dropped: str,
) -> None:  # fmt: skip
    dummy()
    page = visitor(user, java_script_enabled=False, locale=language).page("/music/")
    page.fill("[name=prompt]", prompt)
    page.get_by_role("button", name=look).click()
    page.get_by_role("button", name=drop).click()
    expect(page.locator(".chip.unheard")).to_contain_text(dropped)
    expect(page.locator("[name=prompt]")).to_have_value(prompt)
    page.locator(".chip.unheard").click()
    expect(page.locator(".chip.unheard")).to_have_count(0)
    page.get_by_role("button", name=drop).click()
    metre = page.locator(".chip", has_text="4/4")
    metre.click()
    expect(metre).to_have_attribute("aria-pressed", "true")
    metre.click()
    expect(metre).to_have_attribute("aria-pressed", "false")
    metre.click()
    page.get_by_role("button", name=make).click()
    expect(page.locator("main .card.live")).to_have_count(1)
    job = Job.objects.get()
    assert (job.options["unheard"], job.options["metre"]) == ([dropped], "4/4")
    assert job.brief["moods"] == []
