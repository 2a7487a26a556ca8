"""What a new user does and sees: the real site, the real composer, a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site import PASSWORD, Axios, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PLAYABLE = """place => new Promise((resolve, reject) => {
    const audio = new Audio(place.dataset.src);
    audio.addEventListener("canplay", () => resolve(audio.duration), {once: true});
    audio.addEventListener("error", () => reject(audio.error.message), {once: true});
    audio.preload = "auto"; audio.load();
})"""


IDS = "all => all.map(one => one.dataset.job)"


def sign_up(page: Any, url: str, name: str) -> None:
    page.goto(f"{url}/accounts/signup/")
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.press("[name=password2]", "Enter")
    page.wait_for_url(f"{url}/")


def submit(page: Any, url: str, prompt: str, engine: str = "composer", seed: int | None = None) -> str:
    """Order on the make-music page; returns the job's id as the page shows it at once."""
    page.goto(f"{url}/music/")
    earlier = page.locator("main [data-job]").evaluate_all(IDS)
    page.fill("[name=prompt]", prompt)
    for name, value in {"generator": engine, "seed": "" if seed is None else str(seed)}.items():
        page.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value; }", value)
    page.click("form:has([name=prompt]) button.primary")
    while not (new := [job for job in page.locator("main [data-job]").evaluate_all(IDS) if job not in earlier]):
        page.wait_for_timeout(50)
    return str(new[0])


def notice(page: Any, job: str) -> Any:
    """The header's word that it is done."""
    return page.locator(f'[data-indicator] [data-notice^="{job}"]')


def found(page: Any, url: str, job: str) -> str:
    """The text of its card in the library."""
    page.goto(f"{url}/library/")
    return str(page.locator(f'main [data-job="{job}"]').inner_text())


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What goes wrong in the pages that are watched."""
    problems: list[str] = []
    yield problems
    assert problems == []


def watched(page: Any, problems: list[str]) -> Any:
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    return page


def test_words_become_a_track_on_every_page(composing: Site, browser: Any, problems: list[str]) -> None:
    url = composing.url
    context = browser.new_context(locale="en", reduced_motion="reduce")
    page = watched(context.new_page(), problems)
    sign_up(page, url, "mina")

    # The only worker has a quarter of an hour to wait first: time to look at the job everywhere.
    submit(page, url, "ambient, 5 minutes", engine="dummy")
    submit(page, url, "ambient, 5 minutes")
    prompt = "calm lo-fi piano, 80 bpm, A minor, 15 seconds"
    job = submit(page, url, prompt)
    row = f'[data-indicator] [data-job="{job}"]'
    for path in ("/library/", "/", "/music/", "/accounts/password_change/"):
        page.goto(url + path)
        assert page.locator(row).get_attribute("data-state") in ("pending", "processing"), path
        assert "Making music" in page.locator("[data-indicator]").inner_text()
    page.reload()
    page.locator(row).wait_for()
    second_tab = watched(context.new_page(), problems)
    second_tab.goto(f"{url}/library/")
    second_tab.locator(row).wait_for()
    other_device = browser.new_context(locale="en", reduced_motion="reduce")
    elsewhere = watched(other_device.new_page(), problems)
    elsewhere.goto(f"{url}/accounts/login/")
    elsewhere.fill("[name=username]", "mina")
    elsewhere.fill("[name=password]", PASSWORD)
    elsewhere.press("[name=password]", "Enter")
    elsewhere.locator(row).wait_for()

    # The bar moves, and never back.
    page.locator(row).get_by_role("button", name="Cancel all but this").click()
    bar = page.locator(f"{row} progress")
    seen: list[float] = []
    while not notice(page, job).count():
        seen += bar.evaluate_all("bars => bars.filter(bar => bar.hasAttribute('value')).map(bar => bar.value)")
        page.wait_for_timeout(100)
    assert seen == sorted(seen)
    for tab in (second_tab, elsewhere):
        notice(tab, job).wait_for()
    assert "Ready" in notice(page, job).inner_text()

    # The header's player, the library and the track page play it; nothing plays by itself.
    assert abs(notice(page, job).evaluate(PLAYABLE) - 15) <= 0.5
    text = found(page, url, job)
    assert all(word in text for word in (prompt, "Lo-fi", "80", "A minor")), text
    page.goto(f"{url}/tracks/{job}/")
    assert abs(page.locator("main [data-track]").evaluate(PLAYABLE) - 15) <= 0.5
    for tab in (page, second_tab, elsewhere):
        assert tab.locator("audio").evaluate_all("all => all.every(audio => audio.paused && !audio.autoplay)")
    with page.expect_download() as download:
        page.locator("main a[download]").first.click()
    assert re.search(r"\.(mp3|mid)$", download.value.suggested_filename)
    other_device.close()
    context.close()


def test_it_understands_korean(composing: Site, browser: Any, problems: list[str]) -> None:
    context = browser.new_context(locale="ko", reduced_motion="reduce")
    page = watched(context.new_page(), problems)
    sign_up(page, composing.url, "minji")
    prompt = "신나는 록, 140bpm, 마장조, 15초"
    job = submit(page, composing.url, prompt)
    assert re.search("음악 생성 중|완성", page.locator("[data-indicator]").inner_text())
    notice(page, job).wait_for()
    assert "완성" in notice(page, job).inner_text()
    assert abs(notice(page, job).evaluate(PLAYABLE) - 15) <= 0.5
    text = found(page, composing.url, job)
    assert all(word in text for word in (prompt, "록", "140", "마장조")), text
    context.close()


def test_an_error_is_told_in_words_and_retried(quick: Site, browser: Any) -> None:
    mina = Axios(quick.url).sign_up("unlucky")
    job = mina.post("/api/music", {"prompt": "calm piano", "generator": "dummy"})[1]["jobId"]
    context = browser.new_context(locale="en", reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": mina.cookie("sessionid"), "url": quick.url}])
    page = context.new_page()
    page.goto(f"{quick.url}/music/")
    failed = page.locator(f'main [data-job="{job}"][data-state="error"]')
    failed.wait_for()
    assert "overloaded" in failed.inner_text()
    page.goto(f"{quick.url}/tracks/{job}/")
    page.locator("main").get_by_role("button", name="Try again").click()
    page.get_by_text("Attempt 2").wait_for()
    context.close()
