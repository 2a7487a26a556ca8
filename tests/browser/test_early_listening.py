"""A piece is heard while it is made, and its finished file goes on at the same place, as loud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from playwright.sync_api import expect

from jobs.models import Holder, Job, Preview
from jobs.music.files.encode import write_mp3
from jobs.queue import orders
from jobs.storage import files
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

ROUND = """() => {
globalThis.begun = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...given) {
    if (this.loop) begun.push([this.loopStart, this.loopEnd, given[1]]);
    return start.apply(this, given);
};
}"""
RATE, SECTION, PIECE = 44_100, 20, 30  # seconds
WATCH = """() => {
globalThis.gains = [];
const ramp = AudioParam.prototype.linearRampToValueAtTime;
AudioParam.prototype.linearRampToValueAtTime = function (gain, at) {
    gains.push(gain);
    return ramp.call(this, gain, at);
};
globalThis.begins = [];
const audio = document.querySelector("#audio");
audio.addEventListener("play", () => begins.push(audio.currentTime));
globalThis.caughtUp = false;
audio.addEventListener("ratechange", () => { caughtUp = true; });
}"""


def tone(loudness: float, seconds: int) -> np.ndarray:
    sound = loudness * np.sin(2 * np.pi * 220.5 * np.arange(RATE * seconds) / RATE)
    return np.array([sound, sound], np.float32)


def preview(folder: Path) -> bool:
    """Whether one waited; it is made as a worker makes it."""
    waiting = Preview.objects.claim("default", Holder("here", 4242))
    if waiting:
        soundfile.write(folder / "preview.flac", tone(0.4, SECTION).T, RATE, subtype="PCM_16")
        file = files.keep_preview(waiting.track_id, waiting.number, folder / "preview.flac", "audio/flac")
        assert waiting.finish({**file, "start": 0.0, "lead": 0.0, "length": float(SECTION), "bars": 8})
    return waiting is not None


def ended(job: Job, folder: Path) -> None:
    """Let the job be done, a quarter louder than its preview."""
    write_mp3(tone(0.5, PIECE), RATE * PIECE, folder / "a.mp3", {}, {}, lambda _share: None)
    track = made(job, seconds=PIECE)
    file = track.files["audio"]
    default_storage.delete(file["name"])
    with (folder / "a.mp3").open("rb") as content:
        assert default_storage.save(file["name"], content) == file["name"]
    changed = {**file, "size": (folder / "a.mp3").stat().st_size, "type": "audio/mpeg"}
    facts = {**track.facts, "loop": {"start": 0.0, "length": float(PIECE)}} if job.brief.get("loop") else track.facts
    Job.objects.filter(pk=job.pk).update(files={**track.files, "audio": changed}, facts=facts)


def test_what_is_heard_early_goes_over_into_the_piece(mina_at: Visitor, user: User, tmp_path: Path) -> None:
    job = orders.submit(user, "calm piano", {"generator": "composer", "duration": PIECE, "title": "Dawn"})
    page = mina_at.page(f"/tracks/{job.pk}/")
    page.evaluate(WATCH)
    button = page.get_by_role("button", name="Listen now")
    expect(button).to_have_attribute("aria-pressed", "false")  # the script is there, and nothing plays by itself
    button.click()
    mina_at.wait_for(lambda: preview(tmp_path))
    expect(button).to_have_attribute("aria-pressed", "true")
    ended(job, tmp_path)
    page.wait_for_function("() => globalThis.begins.length === 1 && !document.querySelector('#audio').paused")
    (begins,) = page.evaluate("begins")
    assert 0.5 < begins <= SECTION
    page.wait_for_function("() => globalThis.gains.at(-1) === 0 && document.querySelector('#audio').volume === 1")
    assert page.evaluate("gains.at(-2)") == pytest.approx(0.5 / 0.4, abs=0.02)
    assert page.evaluate("[caughtUp, document.querySelector('#audio').playbackRate]") == [True, 1]
    expect(page.locator("[data-bar-toggle]")).to_have_attribute("aria-label", "Pause")
    expect(page.get_by_role("button", name="Listen now")).to_have_count(0)
    assert mina_at.problems == []


def test_a_loop_that_is_heard_early_goes_round(mina_at: Visitor, user: User, tmp_path: Path) -> None:
    order = {"generator": "composer", "duration": PIECE, "title": "Round", "loop": True}
    job = orders.submit(user, "calm piano", order)
    page = mina_at.page(f"/tracks/{job.pk}/")
    page.evaluate(ROUND)
    button = page.get_by_role("button", name="Listen now")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    mina_at.wait_for(lambda: preview(tmp_path))
    expect(button).to_have_attribute("aria-pressed", "true")
    ended(job, tmp_path)
    page.wait_for_function("() => globalThis.begun.length >= 2")  # where it begins, and where it joins
    assert {(start, end) for start, end, _at in page.evaluate("begun")} == {(0, PIECE)}
    assert all(0.5 < at <= SECTION for _start, _end, at in page.evaluate("begun"))
    expect(page.get_by_role("button", name="Listen now")).to_have_count(0)
    expect(page.locator("[data-bar-toggle]")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("[data-bar-repeat]")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.querySelector('#audio').paused")
    assert mina_at.problems == []
