"""The whole way of somebody who shapes a piece: changed, undone, seen elsewhere, compared, restored, made a track."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from playwright.sync_api import expect

from jobs.models import Job
from jobs.queue import orders, revisions
from tests.browser.conftest import Visitor
from tests.making import composed

pytestmark = pytest.mark.browser


def heard(job: Job, seconds: int) -> Job:
    """The finished track with so much silence for its sound."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000 * seconds))
    name = default_storage.save(f"tracks/{job.pk}/1/audio.wav", ContentFile(sound.getvalue()))
    audio = {"name": name, "type": "audio/wav", "size": len(sound.getvalue())}
    Job.objects.filter(pk=job.pk).update(files={**job.files, "audio": audio})
    return Job.objects.get(pk=job.pk)


def test_a_piece_is_shaped_and_nothing_of_it_is_lost(visitor: Callable[..., Visitor], user: User) -> None:
    options = {"duration": 25, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    track = heard(composed(orders.submit(user, "a pop song", options)), 25)
    names = {role: name for name, (role, _) in revisions.outline_of(track).parts.items()}
    chorus = next(at for at, (kind, _) in enumerate(revisions.outline_of(track).sections) if kind == "chorus")
    here = visitor(user)
    page = here.page(f"/tracks/{track.pk}/edit/")

    def keep(steps: int) -> Any:
        page.get_by_role("button", name="Keep the change").click()
        expect(page.locator(".steps li")).to_have_count(steps + 1)
        revision = revisions.current(track)
        return revision.document if revision else {}

    page.locator(".role-drums .cell select").nth(chorus).select_option("off")
    assert keep(1)["sections"][chorus]["cells"] == {names["drums"]: "off"}

    expect(page.locator("[data-drawn]")).to_be_visible()  # the script is there
    energy = page.locator(".energy-cell").nth(chorus).bounding_box()
    page.mouse.move(energy["x"] + 5, energy["y"] + energy["height"] / 2)
    page.mouse.down()
    page.mouse.move(energy["x"] + 8, energy["y"] + 0.25 * energy["height"])
    page.mouse.up()
    page.locator(".ruler").nth(chorus).click()
    chords = page.locator(f"[name=s{chorus}-chords]")
    said = page.locator("[data-chords-field]:visible [data-chords-heard]")
    chords.fill("Am F H")
    expect(said).to_have_text("“H” is not a chord.")
    chords.fill("Am F C G")
    expect(said.locator(".chord")).to_have_text(["Am", "F", "C", "G"])
    said.locator(".chord").first.click()
    section = keep(2)["sections"][chorus]
    assert (section["chords"], section["energy"]) == ("Am F C G", pytest.approx(0.75, abs=0.1))

    page.get_by_role("button", name="Notes of").first.click()
    expect(page.locator("[data-note-tools]")).to_be_visible()  # the script is there
    page.locator("[data-note-text] summary").click()
    page.locator("textarea[name$=-notes]").fill("-")
    roll = page.locator("[data-note-roll]")
    for key in ("Enter", "ArrowRight", "ArrowUp", "Enter", "ArrowRight", "ArrowUp", "Enter"):
        roll.press(key)
    tune = keep(3)["sections"][chorus]["tune"][names["melody"]]
    assert len(tune) == 3
    assert tune[1]["pitch"] == tune[0]["pitch"] + 1

    page.locator(".role-melody .voice-name").click()
    page.get_by_label("Instrument", exact=True).locator("visible=true").select_option("flute")
    assert keep(4)["parts"][names["melody"]] == {"instrument": "flute"}
    for step in (3, 2):
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".steps li[aria-current]")).to_contain_text(f"Step {step}")

    elsewhere = visitor(user, viewport={"width": 360, "height": 700})
    phone = elsewhere.page(f"/tracks/{track.pk}/edit/")
    expect(phone.locator(".steps li[aria-current]")).to_contain_text("Step 2")
    phone.get_by_role("link", name="Compare two versions").click()
    phone.get_by_label("B", exact=True).select_option("4")
    phone.get_by_role("button", name="Compare", exact=True).click()
    expect(phone.locator(".compare-words")).to_contain_text("Flute")
    expect(phone.locator(".cell.differs")).to_have_count(2)  # the drums of the chorus, on both sides
    phone.get_by_role("button", name="Go on from here").last.click()
    expect(phone.locator(".steps li[aria-current]")).to_contain_text("Step 4")
    phone.get_by_role("button", name="Make a track of this version").click()
    expect(phone.locator("h1")).to_have_text("Night Train (2)")
    made = heard(composed(Job.objects.exclude(pk=track.pk).get()), 25)
    assert revisions.made_with(made).document == track.revisions.get(number=4).document  # type: ignore[union-attr]

    page.goto(f"{here.url}/tracks/{track.pk}/edit/compare?a=0&b=4")
    first, second = page.locator("[data-compare] audio").all()
    first.evaluate("sound => { sound.currentTime = 9; return sound.play(); }")
    page.locator("[data-compare-switch]").click()
    expect(second).to_have_js_property("paused", value=False)
    expect(first).to_have_js_property("paused", value=True)
    assert 8.5 < second.evaluate("sound => sound.currentTime") < 20
    assert here.problems == elsewhere.problems == []
