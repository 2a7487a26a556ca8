"""The operators' dashboard keeps itself up to date and disturbs nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.telemetry import counting
from jobs.worker import attempt
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def operator(visitor: Callable[..., Visitor], db: None, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Looks at a dashboard that asks again every second."""
    monkeypatch.setattr("jobs.queue.lanes.REMEMBER", 0)
    from jobs.operators import dashboard

    hour = dashboard.RANGES["hour"]
    quick = dashboard.Range(hour.name, hour.label, hour.span, 1, hour.column, hour.format)
    monkeypatch.setitem(dashboard.RANGES, "hour", quick)
    return visitor(User.objects.create_superuser("op", "op@example.org", "correct horse 9"))


def test_new_figures_come_by_themselves(operator: Visitor, order: Any, claim: Callable[[], Job]) -> None:
    page = operator.page("/admin/dashboard/")
    done = page.locator("#tiles div").filter(has_text="Done").locator("b")
    expect(done).to_have_text("0")
    order()
    attempt.run(claim())
    counting.count_ended()
    expect(done).to_have_text("1")
    expect(page.get_by_role("img", name="Attempts that ended: 1 done")).to_be_visible()
    assert operator.problems == []


def test_it_leaves_focus_and_what_is_open_alone(operator: Visitor, order: Any, claim: Callable[[], Job]) -> None:
    order("the one that stays")
    stays = claim()
    page = operator.page("/admin/dashboard/")
    page.locator("summary").click()
    expect(page.locator("#figures details")).to_have_attribute("open", "")
    link = page.locator("#running a")
    link.focus()
    order("one more")
    claim()
    expect(page.locator("#running tbody tr")).to_have_count(2)
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/admin/jobs/job/{stays.pk}/change/"
    counting.sample_depth()
    expect(page.locator("#figures tbody tr")).to_have_count(1)
    expect(page.locator("#figures details")).to_have_attribute("open", "")
    stays.fail("overloaded", "")
    expect(page.locator("#running tbody tr")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "running", "the focus stays where the link was"
    assert operator.problems == []


def test_it_can_be_stopped_and_goes_on(operator: Visitor, order: Any) -> None:
    page = operator.page("/admin/dashboard/")
    box = page.get_by_label("Keep up to date")
    box.uncheck()
    order()
    asked = len(operator.asked)
    page.wait_for_timeout(1500)
    assert len(operator.asked) == asked
    box.check()
    expect(page.locator("#tiles div").filter(has_text="Waiting").locator("b")).to_have_text("1")


def test_it_says_that_its_figures_are_old(operator: Visitor) -> None:
    page = operator.page("/admin/dashboard/")
    status = page.locator("#updating [role=status]")
    expect(status).to_have_text("")
    page.route("**/dashboard/?*part=live", lambda route: route.abort())
    expect(status).to_have_text("The site does not answer; these figures are old.")
    page.unroute("**/dashboard/?*part=live")
    expect(status).to_have_text("")
    operator.context.clear_cookies()
    expect(status).to_have_text("You are not signed in any more; these figures are old.")


@pytest.mark.parametrize("width", [360, 1360])
def test_it_fits_the_screen(visitor: Callable[..., Visitor], db: None, order: Any, claim: Any, width: int) -> None:
    order("a title that is rather long and goes on, and on, and on")
    claim()
    user = User.objects.create_superuser("op", "op@example.org", "correct horse 9")
    page = visitor(user, viewport={"width": width, "height": 800}).page("/admin/dashboard/?range=week")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
