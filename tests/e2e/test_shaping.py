"""Somebody shapes a piece, on the real site: each change is heard as it is made, and nothing of it is lost."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import soundfile
from playwright.sync_api import expect

from tests.chromium import PATIENCE
from tests.e2e.test_walk import notice, problems, sign_up, submit, watched
from tests.site import PASSWORD, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["problems"]

PROMPT = "uplifting pop with piano, bass and drums, 160 bpm, C major, 30 seconds"
SEED = 7  # another tune may already have one of the notes that are drawn
CHORUS = 1  # from the third second to the ninth; after it comes a verse
WATCH = """
globalThis.sounds = [];  // of each that was started: what it is, and whether it has ended
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
    const sound = { digest: 0, isOver: false };
    for (const sample of this.buffer.getChannelData(0)) sound.digest = (31 * sound.digest + 32768 * sample) | 0;
    this.addEventListener("ended", () => { sound.isOver = true; });
    sounds.push(sound);
    return start.apply(this, when);
};
"""
SOUNDING = "[...new Set(sounds.filter(({ isOver }) => !isOver).map(({ digest }) => digest))]"
ALONE = f"""expected => {{
    const [sounding, ...others] = {SOUNDING};
    const isWanted = expected.is === null ? sounding !== expected.other : sounding === expected.is;
    return sounding !== undefined && !others.length && isWanted;
}}"""


class Desk:
    """The page on which a piece is shaped, while a section of it sounds."""

    def __init__(self, page: Any, job: str) -> None:
        self.page, self.job = page, job
        self.heard: list[int] = []  # what the chorus sounded like, by the steps

    def goes_over(self, to: int | None = None) -> None:
        """Wait until nothing but that sounds; None: what has not been heard before, which is noted."""
        last = self.heard[-1] if self.heard else 0
        self.page.wait_for_function(ALONE, arg={"is": to, "other": last}, polling=100)
        expect(self.page.locator("[name=hear]").nth(CHORUS)).to_have_attribute("aria-pressed", "true")
        if to is None:
            (sounding,) = self.page.evaluate(SOUNDING)
            assert sounding not in self.heard
            self.heard.append(sounding)

    def keep(self) -> dict[str, Any]:
        """Keep what was heard as a step, which sounds the same; returns the document as the API has it."""
        self.page.get_by_role("button", name="Keep the change").click()
        step = len(self.heard) - 1
        expect(self.page.locator(".steps li")).to_have_count(step + 1)
        expect(self.page.locator(".steps li[aria-current]")).to_contain_text(f"Step {step}")
        self.goes_over(self.heard[-1])
        return self.document()

    def document(self) -> dict[str, Any]:
        address = f"/api/music/{self.job}/edit"
        found: dict[str, Any] = self.page.evaluate("async url => (await fetch(url)).json()", address)
        return found["document"]  # type: ignore[no-any-return]


def test_a_piece_is_shaped_and_heard_and_nothing_of_it_is_lost(
    composing: Site, browser: Any, problems: list[str]
) -> None:
    context = browser.new_context(locale="en", reduced_motion="reduce")
    page = watched(context.new_page(), problems)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    sign_up(page, composing.url, "shaper")
    job = submit(page, composing.url, PROMPT, seed=SEED)
    notice(page, job).wait_for()
    page.goto(f"{composing.url}/tracks/{job}/")
    title = page.locator("h1").inner_text()
    page.get_by_role("link", name="Change it in parts").click()
    desk = Desk(page, job)

    expect(page.get_by_label("Loop")).to_be_visible()  # the script is there
    page.locator("[name=hear]").nth(CHORUS).click()
    desk.goes_over()

    page.locator(".role-drums .cell").nth(CHORUS).locator("select").select_option("off")
    desk.goes_over()
    assert desk.keep()["sections"][CHORUS]["cells"] == {"drums": "off"}

    page.locator(".ruler").nth(CHORUS).click()
    chords = page.locator(f"[name=s{CHORUS}-chords]")
    said = page.locator("[data-chords-field]:visible [data-chords-heard]")
    chords.fill("Am F H")
    expect(said).to_have_text("“H” is not a chord.")
    chords.fill("Dm Am G E7")
    expect(said.locator(".chord")).to_have_text(["Dm", "Am", "G", "E7"])
    said.locator(".chord").first.click()  # which leaves the field
    desk.goes_over()
    assert desk.keep()["sections"][CHORUS]["chords"] == "Dm Am G E7"

    page.get_by_role("button", name="Notes of").first.click()
    expect(page.locator("[data-note-tools]")).to_be_visible()  # the script is there
    composed = page.locator("textarea[name$=-notes]").input_value().replace("\n", ", ").split(", ")
    roll = page.locator("[data-note-roll]")
    for key in ("PageUp", "Enter", "ArrowRight", "ArrowUp", "Enter", "ArrowRight", "ArrowUp", "Enter"):
        roll.press(key)
    desk.goes_over()
    tune = desk.keep()["sections"][CHORUS]["tune"]["melody"]
    assert len(tune) == len(composed) + 3

    page.locator(".role-melody .voice-name").first.click()  # the lead; who relieves it stands below
    instruments = page.get_by_label("Instrument", exact=True).locator("visible=true")
    other = instruments.locator("option").nth(1)
    name, instrument = other.inner_text(), other.get_attribute("value")
    instruments.select_option(instrument)
    desk.goes_over()
    assert desk.keep()["parts"] == {"melody": {"instrument": instrument}}
    shaped = desk.document()

    for step in (3, 2):
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".steps li[aria-current]")).to_contain_text(f"Step {step}")
        desk.goes_over(desk.heard[step])

    other_device = browser.new_context(locale="en", reduced_motion="reduce", viewport={"width": 360, "height": 700})
    other_device.set_default_timeout(PATIENCE)
    phone = watched(other_device.new_page(), problems)
    phone.goto(f"{composing.url}/accounts/login/?next=/tracks/{job}/edit/")
    phone.fill("[name=username]", "shaper")
    phone.fill("[name=password]", PASSWORD)
    phone.press("[name=password]", "Enter")
    expect(phone.locator(".steps li[aria-current]")).to_contain_text("Step 2")
    phone.get_by_role("link", name="Compare two versions").click()
    phone.get_by_label("B", exact=True).select_option("4")
    phone.get_by_role("button", name="Compare", exact=True).click()
    expect(phone.locator(".compare-words")).to_contain_text(name)
    expect(phone.locator(".cell.differs")).to_have_count(2)  # the drums of the chorus, on both sides
    phone.get_by_role("button", name="Go on from here").last.click()
    expect(phone.locator(".steps li[aria-current]")).to_contain_text("Step 4")
    assert Desk(phone, job).document() == shaped
    phone.get_by_role("button", name="Make a track of this version").click()
    expect(phone.locator("h1")).to_have_text(f"{title} (2)")
    version = phone.url.rstrip("/").rsplit("/", 1)[-1]
    stems = phone.locator(".download", has_text="Stems")
    stems.get_by_role("button", name="Prepare").click()
    with phone.expect_download() as fetched:
        stems.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(fetched.value.path()) as archive:
        (of_drums,) = (name for name in archive.namelist() if "drums" in name)
        drums, rate = soundfile.read(io.BytesIO(archive.read(of_drums)))
    assert abs(drums[6 * rate : 8 * rate]).max() < 0.001 < abs(drums[11 * rate : 14 * rate]).max()  # chorus, verse
    assert Desk(phone, version).document() == shaped

    page.goto(f"{composing.url}/tracks/{job}/edit/compare?a=0&b=4")
    first, second = page.locator("[data-compare] audio").all()
    first.evaluate("sound => { sound.currentTime = 9; return sound.play(); }")
    page.locator("[data-compare-switch]").click()
    expect(second).to_have_js_property("paused", value=False)
    expect(first).to_have_js_property("paused", value=True)
    assert second.evaluate("sound => sound.currentTime") > 8.5
    other_device.close()
    context.close()
