"""What people do on pages, with the keyboard and the mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, made, take

pytestmark = pytest.mark.browser


def test_the_keyboard_reaches_everything(mina_at: Visitor, order: Callable[..., Job]) -> None:
    made(order("calm piano"))
    page = mina_at.page("/library/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    assert page.evaluate("document.activeElement.id") == "q"
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_a_menu_closes_when_it_is_not_wanted(mina_at: Visitor) -> None:
    page = mina_at.page("/library/")
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.locator("h1").click()):
        page.locator(".site-header .menu summary").click()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        leave()
        expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_the_language_is_switched_where_one_is(mina_at: Visitor, order: Callable[..., Job]) -> None:
    made(order("calm piano"))
    page = mina_at.page("/library/?q=calm")
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("h1")).to_have_text("보관함")
    assert page.url.endswith("/library/?q=calm")
    assert page.input_value("#q") == "calm"
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Library")


def test_examples_fill_the_form_in(mina_at: Visitor, order: Callable[..., Job]) -> None:
    page = mina_at.page("/music/")
    page.locator(".tuning > summary").click()
    page.select_option("[name=style]", "jazz")
    page.get_by_role("link", name="Chiptune").click()
    assert page.input_value("[name=prompt]") == "bright chiptune adventure, 150 bpm, 45 seconds"
    assert page.input_value("[name=style]") == "jazz"
    assert page.url == f"{mina_at.url}/music/"


def test_nothing_moves_for_those_who_ask_for_that(
    visitor: Callable[..., Visitor], user: User, order: Callable[..., Job]
) -> None:
    made(order("calm piano"))
    order("in the making")
    take().beat("rendering", 42)
    page = visitor(user, reduced_motion="reduce").page("/library/")
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_waveform_leads_to_its_place_in_the_sound(mina_at: Visitor, order: Callable[..., Job]) -> None:
    order("calm piano")
    job = finish(take())
    page = mina_at.page(f"/tracks/{job.pk}/")
    box: dict[str, Any] = page.locator("[data-seek-wave]").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.querySelector('#audio').currentTime >= 1")
    page.locator("#audio").evaluate("audio => audio.pause()")
    assert 1 <= page.locator("#audio").evaluate("audio => audio.currentTime") <= 2
    page.wait_for_function("""() => {
        const played = parseFloat(document.querySelector("main .wave-played").style.getPropertyValue("--played"));
        return Math.abs(played - 100 * document.querySelector("#audio").currentTime / 2) < 10;
    }""")


def test_what_was_understood_is_kept_by_a_click(mina_at: Visitor, user: User) -> None:
    page = mina_at.page("/music/")
    page.fill("[name=prompt]", "calm jazz, 90 bpm")
    tempo = page.locator("[data-understood] .chip", has_text="90 BPM")
    expect(tempo).to_have_attribute("aria-pressed", "false")
    tempo.click()
    expect(tempo).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[name=tempo]")).to_have_value("90")
    assert tempo.evaluate("chip => chip === document.activeElement"), "the keyboard stays where it was"
    page.fill("[name=prompt]", "wild metal, 180 bpm")
    expect(page.locator("[data-understood] .chip", has_text="Metal")).to_be_visible()
    expect(tempo).to_be_visible()  # what was kept goes over the words
    tempo.click()
    expect(page.locator("[data-understood] .chip", has_text="180 BPM")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[name=tempo]")).to_have_value("")
    page.locator("[data-understood] .chip", has_text="Metal").click()
    expect(page.locator("[name=style]")).to_have_value("metal")
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("[data-rows] .row")).to_have_count(1)
    assert Job.objects.get(owner=user).options["style"] == "metal"
    assert "tempo" not in Job.objects.get(owner=user).options
