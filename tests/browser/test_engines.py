"""The choice of an engine: what it ignores is greyed out and not sent; without scripts all can still be ordered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs import generators
from jobs.models import Job
from tests.browser.axe import LOOKS, problems, too_wide
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


@pytest.fixture
def engines(settings: Any) -> None:
    remote = {"BACKEND": "tests.pages.test_engines.Remote", "LANE": "gpu"}
    settings.GENERATORS = {**settings.GENERATORS, "remote": remote}
    generators.get.cache_clear()


def open_settings(page: Any) -> None:
    page.get_by_text("All optional").click()


def test_what_an_engine_ignores_is_greyed_out_and_not_sent(visitor: Visit, user: User, engines: None) -> None:
    mina = visitor(user)
    page = mina.page("/music/")
    open_settings(page)
    page.fill("[name=prompt]", "calm piano")
    page.select_option("[name=metre]", "3/4")
    page.fill("[name=tempo]", "90")
    page.select_option("[name=generator]", "remote")
    expect(page.locator("[name=metre]")).to_be_disabled()
    expect(page.locator("[name=seed]")).to_be_disabled()
    expect(page.locator("[name=tempo]")).to_be_enabled()
    expect(page.locator("[name=formats][value=stems]")).to_be_disabled()
    expect(page.locator("[name=formats][value=flac]")).to_be_enabled()
    assert page.locator("[name=duration]").get_attribute("max") == "30"
    expect(page.locator(".engines .chosen")).to_contain_text("Nobody works this engine at the moment")
    assert too_wide(page) is None
    page.select_option("[name=generator]", "composer")
    expect(page.locator("[name=metre]")).to_be_enabled()
    assert page.locator("[name=metre]").input_value() == "3/4"
    page.select_option("[name=generator]", "remote")
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("main .card.live")).to_have_count(1)
    job = Job.objects.get()
    assert (job.generator, job.lane, job.options) == ("remote", "gpu", {"tempo": 90, "generator": "remote"})
    assert mina.problems == []


def test_it_goes_on_when_the_page_changes_without_leaving(visitor: Visit, user: User, engines: None) -> None:
    page = visitor(user).page("/library/")
    page.locator("header a[href='/music/']").first.click()
    open_settings(page)
    page.select_option("[name=generator]", "remote")
    expect(page.locator("[name=metre]")).to_be_disabled()


def test_the_engines_can_be_read_on_a_phone(visitor: Visit, user: User, engines: None) -> None:
    phone = LOOKS[1]
    page = visitor(user, **{**phone.options, "locale": "en-US"}).page("/music/")
    open_settings(page)
    assert too_wide(page) is None
    assert problems(page, phone) == {}


def test_without_scripts_the_track_says_what_was_not_heeded(visitor: Visit, user: User, engines: None) -> None:
    page = visitor(user, java_script_enabled=False).page("/music/")
    page.fill("[name=prompt]", "calm piano")
    open_settings(page)
    expect(page.locator("[data-engine=remote]")).to_contain_text("Takes no notice of: Style, Key")
    page.select_option("[name=metre]", "3/4")
    page.select_option("[name=generator]", "remote")
    page.get_by_role("button", name="Create music").click()
    page.goto(page.url.partition("/music")[0] + f"/tracks/{Job.objects.get().pk}/")
    expect(page.locator("main")).to_contain_text("Remote takes no notice of: Metre.")


@pytest.mark.parametrize("scripts", [True, False])
def test_lyrics_are_asked_for_where_the_engine_sings(visitor: Visit, user: User, engines: None, scripts: bool) -> None:
    page = visitor(user, java_script_enabled=scripts).page("/music/")
    lyrics = page.get_by_label("Lyrics")
    expect(lyrics).to_be_hidden()
    page.fill("[name=prompt]", "slow pop")
    open_settings(page)
    page.select_option("[name=generator]", "remote")
    lyrics.fill("[verse]\nRain")
    page.select_option("[name=generator]", "composer")
    expect(lyrics).to_be_hidden()
    page.select_option("[name=generator]", "remote")
    if scripts:  # a draft comes back with the engine that it is for
        page.reload()
    expect(lyrics).to_have_value("[verse]\nRain")
    page.get_by_role("button", name="Create music").click()
    page.wait_for_url("**/music/?watch=1")
    assert Job.objects.get().brief["lyrics"] == "[verse]\nRain"
    expect(lyrics).to_have_value("")
