"""Every page as a browser shows it: narrow and wide, dark and light, in both languages, with nothing gone wrong."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs import queue
from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.making import finish, made, take

pytestmark = pytest.mark.browser

# Text whose colour is not 4.5 : 1 (large text 3 : 1) against what lies behind it; WCAG 2.2, 1.4.3.
FAINT = """() => {
    const parts = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parts(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
        if (!text || !element.checkVisibility() || element.closest("[aria-hidden=true], .unseen, script")) continue;
        const style = getComputedStyle(element), size = parseFloat(style.fontSize);
        const [dark, bright] = [light(parts(style.color)), light(behind(element))].sort((a, b) => a - b);
        const needed = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
        const ratio = (bright + .05) / (dark + .05);
        if (ratio < needed) faint.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return faint;
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNLABELLED = """() => [...document.querySelectorAll("button, a[href], input, select, textarea, audio, progress")]
    .filter(one => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
    .filter(one => !(one.ariaLabel || one.labels?.length || one.textContent.trim() || one.title))
    .map(one => one.outerHTML.slice(0, 120))"""

PUBLIC = ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password_reset/", "/nowhere")


@pytest.fixture
def jobs(order: Callable[..., Job]) -> dict[str, Job]:
    """One of each kind, with words that are hard to lay out."""
    long = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 4
    queue.cancel(order("cancelled"))
    made(order(long, title="Donaudampfschifffahrtsgesellschaftskapitän", duration=60))
    done = made(
        order(
            "비 오는 날 카페에서 듣는 잔잔한 재즈 피아노, 드럼 없이 2분 200bpm",
            moods=["calm", "sad"],
            excluded=["drums"],
        )
    )
    order("failed")
    failed = take()
    failed.fail("disk_full", "")
    order(long)
    live = take()
    live.beat("rendering", 42)
    order("waiting")
    return {"done": done, "failed": failed, "live": live}


def addresses(jobs: dict[str, Job]) -> list[str]:
    tuned = "/music/?prompt=calm&style=lofi&moods=calm&instruments=piano&excluded=drums"
    library = ("/library/", "/library/?show=failed", "/library/?q=nothing")
    tracks = (f"/tracks/{job.pk}/" for job in jobs.values())
    return ["/", "/music/", tuned, *library, *tracks, "/accounts/password_change/"]


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "dark"), ("ko-KR", "light")])
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_page_is_readable_on_a_narrow_screen(
    visitor: Callable[..., Visitor], user: User, jobs: dict[str, Job], locale: str, scheme: str, signed_in: bool
) -> None:
    narrow = {"width": 360, "height": 740}
    guest = visitor(user if signed_in else None, locale=locale, color_scheme=scheme, viewport=narrow)
    page = guest.page()
    for path in addresses(jobs) if signed_in else PUBLIC:
        page.goto(guest.url + path)
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert page.evaluate(WIDER) <= 0, path
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate(UNLABELLED) == [], path
        assert page.locator("h1").count() == 1, path
        page.set_viewport_size({"width": 1280, "height": 800})
        assert page.evaluate(WIDER) <= 0, path
        page.set_viewport_size(narrow)
    assert [problem for problem in guest.problems if "404" not in problem] == []


def test_the_first_view_is_light(mina_at: Visitor, jobs: dict[str, Job]) -> None:
    page = mina_at.page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())) if response.ok else None)
    page.goto(f"{mina_at.url}/library/")
    page.wait_for_timeout(300)
    assert 20_000 < sum(sizes) < 300_000  # uncompressed; about a quarter of it goes over the wire


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
    visitor: Callable[..., Visitor], user: User, jobs: dict[str, Job]
) -> None:
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
    at = page.locator("#audio").evaluate("audio => audio.currentTime")
    assert 1 <= at <= 2
    assert math.isclose(
        page.locator("main .wave-played").evaluate("one => parseFloat(one.style.getPropertyValue('--played'))"),
        100 * at / 2,
        abs_tol=30,
    )


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
