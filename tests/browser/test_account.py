"""The walk through the settings of an account, with and without scripts: another e-mail address, and the end."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from playwright.sync_api import expect

from jobs.models import Job, Session
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser
PASSWORD = "correct horse 9"


@pytest.mark.parametrize("scripts", [True, False])
def test_an_address_is_changed_and_the_account_closed(
    visitor: Callable[..., Visitor], user: User, order: Callable[..., Job], tmp_path: Path, scripts: bool
) -> None:
    made(order("calm piano", title="Night Train"))
    phone = Client()
    phone.force_login(user)
    mina = visitor(user, **({} if scripts else {"java_script_enabled": False}))
    page = mina.page("/library/")
    page.locator(".site-header .menu summary").click()
    page.get_by_role("link", name="Account settings").click()
    expect(page.locator("h1")).to_have_text("Account settings")

    page.get_by_role("link", name="Change email").click()
    page.fill("[name=email]", "mina@new.example")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("#id_password_error")).to_have_text("That is not your password.")
    expect(page.locator("[name=email]")).to_have_value("mina@new.example")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator(".message.success")).to_contain_text("Until then nothing changes")
    expect(page.locator("main")).to_contain_text("mina@example.org")
    (link,) = [re.search(r"http\S+/accounts/email/\S+", str(sent.body)) for sent in mail.outbox if "new" in sent.to[0]]
    assert link
    page.goto(link[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".message.success")).to_have_text("Your email address was changed.")
    expect(page.locator("main")).to_contain_text("mina@new.example")

    expect(page.locator("li.setting")).to_have_count(2)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("li.setting")).to_have_count(1)
    assert phone.get("/library/").status_code == 302

    with page.expect_download() as coming:
        page.get_by_role("button", name="Download everything").click()
    coming.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as everything:
        assert everything.testzip() is None
        assert json.loads(everything.read("jobs.json"))[0]["title"] == "Night Train"

    page.get_by_role("link", name="Close account").click()
    expect(page.locator("main")).to_contain_text("1 track with its files")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Close my account for good").click()
    expect(page.locator("#id_password_error")).to_be_visible()
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Close my account for good").click()
    expect(page.locator(".message.success")).to_contain_text("Your account is closed")
    expect(page.locator(".site-header").get_by_role("link", name="Log in")).to_be_visible()
    assert not User.objects.exists()
    assert not Job.objects.exists()
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert mina.problems == []


def test_language_and_colours_are_chosen(mina_at: Visitor) -> None:
    page = mina_at.page("/accounts/settings/")
    page.get_by_role("button", name="Always dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="As the system").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    page.locator("main").get_by_role("button", name="한국어").click()
    expect(page.locator("h1")).to_have_text("계정 설정")
    assert page.url.endswith("/accounts/settings/")
