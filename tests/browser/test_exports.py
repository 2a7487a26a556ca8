"""A track in another format, asked for and fetched on its page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from jobs.worker import attempt
from tests.browser.conftest import Visitor
from tests.making import made, take

pytestmark = pytest.mark.browser


def test_a_file_is_asked_for_followed_and_fetched(mina_at: Visitor, order: Callable[..., Job]) -> None:
    track = made(order("calm piano", title="Night Train"))
    page = mina_at.page(f"/tracks/{track.pk}/")
    line = page.locator(".download", has_text="WAV")
    page.evaluate("scrollTo(0, 400)")
    line.get_by_role("button", name="Prepare").dblclick()
    expect(line.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("[data-rows] .row-title")).to_have_text("Night Train · WAV")
    assert Job.objects.exclude(export_of=None).count() == 1
    assert page.evaluate("scrollY") > 0, "the page stays where it is"

    export = take()
    export.beat("rendering", 42)
    expect(line.get_by_role("progressbar")).to_have_js_property("value", 42)
    export.fail("engine_failed", "No.")
    expect(line).to_contain_text("The engine failed to make this piece.")
    expect(line.get_by_role("progressbar")).to_have_count(0)
    line.get_by_role("button", name="Try again").click()
    expect(line.get_by_role("progressbar")).to_be_visible()

    Job.objects.filter(pk=track.pk).update(facts={})  # the dummy makes no such piece
    attempt.run(take())
    expect(line.get_by_role("link", name="Download")).to_be_visible()
    with page.expect_download() as fetched:
        line.get_by_role("link", name="Download").click()
    assert fetched.value.suggested_filename == "Night Train.wav"
    assert Path(fetched.value.path()).read_bytes()[:4] == b"RIFF"
    expect(page.locator("[data-notice]")).to_have_count(0)  # the page shows it

    line.get_by_role("button", name="Remove this file").click()
    expect(line.get_by_role("button", name="Prepare")).to_be_visible()
    assert mina_at.problems == []


def test_elsewhere_a_notice_has_the_file_and_the_library_no_card(mina_at: Visitor, order: Callable[..., Job]) -> None:
    track = made(order("calm piano", title="Night Train"))
    Job.objects.filter(pk=track.pk).update(facts={})
    page = mina_at.page(f"/tracks/{track.pk}/")
    page.locator(".download", has_text="WAV").get_by_role("button", name="Prepare").click()
    page.get_by_role("link", name="Library").first.click()
    page.wait_for_url("**/library/")
    page.locator(".card").wait_for()
    expect(page.locator("[data-rows] .row-title")).to_have_text("Night Train · WAV")
    attempt.run(take())
    notice = page.locator("[data-notice]", has_text="WAV")
    expect(notice.get_by_role("link", name="Download")).to_have_attribute("href", f"/tracks/{track.pk}/wav?download=1")
    expect(page.locator(".card")).to_have_count(1)
    with page.expect_download() as fetched:
        notice.get_by_role("link", name="Download").click()
    assert fetched.value.suggested_filename == "Night Train.wav"
