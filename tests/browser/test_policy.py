"""The admin in a real browser under the policy: whatever is refused is an error of the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.worker import attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(visitor: Callable[..., Any]) -> Any:
    return visitor(User.objects.create_superuser("olga", "olga@example.org", "correct horse 9"))


@pytest.mark.sweep
def test_the_admin_works_under_the_policy(operator: Any, user: User, order: Any, claim: Any) -> None:
    job = order("<b>piano</b>")
    attempt.run(claim())
    page = operator.page()
    for path in (
        "", "jobs/job/", f"jobs/job/{job.pk}/change/", f"jobs/job/{job.pk}/delete/", "jobs/workerhost/", "auth/user/",
        "auth/user/add/", f"auth/user/{user.pk}/change/", f"auth/user/{user.pk}/delete/",
        f"auth/user/{user.pk}/password/", "auth/group/add/", "jobs/invitation/add/", "password_change/",
    ):  # fmt: skip
        page.goto(f"{operator.url}/admin/{path}", wait_until="networkidle")
    assert [said for said in operator.problems if "Content Security Policy" in said] == []
    page.goto(f"{operator.url}/admin/auth/group/add/", wait_until="networkidle")
    assert page.locator(".selector-chosen").count() == 1, "the admin's own scripts ran"


def test_the_policy_is_in_force(operator: Any) -> None:
    page = operator.page("/admin/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.evil = 1\">')")
    operator.wait_for(lambda: any("Content Security Policy" in said for said in operator.problems))
    assert page.evaluate("window.evil") is None
