"""What a new user does and sees: the real site, the real composer, a real browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.site import PASSWORD, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PLAYABLE = """place => new Promise((resolve, reject) => {
    const audio = new Audio(place.dataset.src);
    audio.addEventListener("canplay", () => resolve(audio.duration), {once: true});
    audio.addEventListener("error", () => reject(audio.error.message), {once: true});
    audio.preload = "auto"; audio.load();
})"""


IDS = "all => all.map(one => one.dataset.job)"


def submit(page: Any, url: str, prompt: str) -> str:
    """Order on the make-music page; returns the job's id as the page shows it at once."""
    page.goto(f"{url}/music/")
    earlier = page.locator("main [data-job]").evaluate_all(IDS)
    page.fill("[name=prompt]", prompt)
    page.click("form:has([name=prompt]) button.primary")
    while not (new := [job for job in page.locator("main [data-job]").evaluate_all(IDS) if job not in earlier]):
        page.wait_for_timeout(50)
    return str(new[0])


@pytest.mark.parametrize(
    ("language", "name", "prompt", "understood", "seconds", "making", "ready"),
    [
        (
            "en",
            "mina",
            "calm lo-fi piano, 80 bpm, A minor, 60 seconds",
            ("Lo-fi", "80", "A minor"),
            60,
            "Making music",
            "Ready",
        ),
        ("ko", "minji", "신나는 록, 140bpm, 마장조, 30초", ("록", "140"), 30, "음악 생성 중", "완성"),
    ],
)
def test_words_become_a_track_on_every_page(
    composing: Site,
    browser: Any,
    language: str,
    name: str,
    prompt: str,
    understood: tuple[str, ...],
    seconds: float,
    making: str,
    ready: str,
) -> None:
    url = composing.url
    context = browser.new_context(locale=language)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{url}/accounts/signup/")
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.press("[name=password2]", "Enter")
    page.wait_for_url(f"{url}/")

    # Two jobs and one worker: the second stays unfinished long enough to be looked at everywhere.
    submit(page, url, "ambient, 90 seconds")
    job = submit(page, url, prompt)
    row = f'[data-indicator] [data-job="{job}"]'
    for path in ("/library/", "/", "/music/", "/accounts/password_change/"):
        page.goto(url + path)
        assert page.locator(row).get_attribute("data-state") in ("pending", "processing"), path
        assert making in page.locator("[data-indicator]").inner_text()
    page.reload()
    page.locator(row).wait_for()
    second_tab = context.new_page()
    second_tab.goto(f"{url}/library/")
    second_tab.locator(row).wait_for()
    other_device = browser.new_context(locale=language)
    elsewhere = other_device.new_page()
    elsewhere.goto(f"{url}/accounts/login/")
    elsewhere.fill("[name=username]", name)
    elsewhere.fill("[name=password]", PASSWORD)
    elsewhere.press("[name=password]", "Enter")
    elsewhere.locator(row).wait_for()

    # The bar moves, and never back.
    bar = page.locator(f"{row} progress")
    seen: list[float] = []
    notice = page.locator(f'[data-indicator] [data-notice^="{job}"]')
    while not notice.count():
        seen += bar.evaluate_all("bars => bars.filter(bar => bar.hasAttribute('value')).map(bar => bar.value)")
        page.wait_for_timeout(100)
    assert seen == sorted(seen)
    for tab in (second_tab, elsewhere):
        tab.locator(f'[data-indicator] [data-notice^="{job}"]').wait_for()
    assert ready in notice.inner_text()

    # The header's player, the library and the track page play it; nothing plays by itself.
    assert abs(notice.evaluate(PLAYABLE) - seconds) <= 0.5
    page.goto(f"{url}/library/")
    card = page.locator(f'main [data-job="{job}"]')
    text = card.inner_text()
    assert prompt in text
    assert all(word in text for word in understood), text
    page.goto(f"{url}/tracks/{job}/")
    assert abs(page.locator("main [data-track]").evaluate(PLAYABLE) - seconds) <= 0.5
    for tab in (page, second_tab, elsewhere):
        assert tab.locator("audio").evaluate_all("all => all.every(audio => audio.paused && !audio.autoplay)")
    with page.expect_download() as download:
        page.locator("main a[download]").first.click()
    assert re.search(r"\.(mp3|mid)$", download.value.suggested_filename)
    assert problems == []
    other_device.close()
    context.close()


def test_an_error_is_told_in_words_and_retried(site: Callable[..., Site], browser: Any) -> None:
    url = site(
        MUSICSITE_ALLOW_DUMMY="1",
        MUSICSITE_GENERATOR="dummy",
        MUSICSITE_DUMMY="fail=transient",
        MUSICSITE_MAX_ATTEMPTS="1",
        MUSICSITE_WEB_PROCESSES="1",
    ).url
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{url}/accounts/signup/")
    page.fill("[name=username]", "mina")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.press("[name=password2]", "Enter")
    page.wait_for_url(f"{url}/")
    job = submit(page, url, "calm piano")
    failed = page.locator(f'main [data-job="{job}"][data-state="error"]')
    failed.wait_for()
    assert "overloaded" in failed.inner_text()
    page.goto(f"{url}/tracks/{job}/")
    page.locator("main").get_by_role("button", name="Try again").click()
    page.get_by_text("Attempt 2").wait_for()
    context.close()
