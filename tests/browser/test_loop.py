"""A loop goes round in the player without a gap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from playwright.sync_api import expect

from jobs.models import Job
from jobs.music.files.encode import write_mp3
from jobs.music.files.loop_points import AROUND, LoopPoints
from tests.browser.conftest import Visitor
from tests.making import made

pytestmark = pytest.mark.browser

RATE, SECONDS = 44_100, 2
WATCH = """() => {
globalThis.begun = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...given) {
    const {loop, loopStart, loopEnd, buffer} = this;
    const sound = buffer.getChannelData(0);
    begun.push({loop, loopStart, loopEnd, length: buffer.length, rate: buffer.sampleRate,
        first: [...sound.slice(0, 20)], last: [...sound.slice(-20)]});
    return start.apply(this, given);
};
}"""


@pytest.fixture
def track(order: Callable[..., Job], tmp_path: Path) -> Job:
    """A tone of whole periods."""
    job = made(order("a loop", title="Round"), seconds=SECONDS)
    tone = 0.3 * np.cos(2 * np.pi * 220.5 * np.arange(RATE * SECONDS) / RATE)
    sound = np.array([tone, tone], np.float32)
    loop = LoopPoints(0, RATE * SECONDS, sound[:, -AROUND:], sound[:, :AROUND])
    write_mp3(sound, RATE * SECONDS, tmp_path / "a.mp3", {}, {}, lambda _share: None, loop=loop)
    name = job.files["audio"]["name"]
    default_storage.delete(name)
    with (tmp_path / "a.mp3").open("rb") as file:
        assert default_storage.save(name, file) == name
    size = (tmp_path / "a.mp3").stat().st_size
    files = {**job.files, "audio": {**job.files["audio"], "size": size}}
    facts = {**job.facts, "loop": {"start": 0.0, "length": float(SECONDS)}}
    Job.objects.filter(pk=job.pk).update(files=files, facts=facts)
    return job


def test_it_goes_round_without_a_gap(mina_at: Visitor, track: Job) -> None:
    page = mina_at.page("/library/")
    page.evaluate(WATCH)
    page.locator(f"main [data-track='{track.pk}'] [data-play]").click()
    page.wait_for_function("() => globalThis.begun.length === 1")
    (begun,) = page.evaluate("begun")
    assert (begun["loop"], begun["loopStart"], begun["loopEnd"]) == (True, 0, SECONDS)
    assert begun["length"] == SECONDS * begun["rate"], "the browser has not cut off what LAME's tag says"
    ahead = 0.3 * np.cos(2 * np.pi * 220.5 * np.arange(-20, 20) / begun["rate"])
    assert np.abs(np.array(begun["last"] + begun["first"]) - ahead).max() < 0.02
    repeat = page.locator("[data-bar-repeat]")
    expect(repeat).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => Number(document.querySelector('[data-bar-seek]').value) > 1.2")
    page.wait_for_function("() => Number(document.querySelector('[data-bar-seek]').value) < 0.8")  # it went round
    expect(page.locator("[data-bar-toggle]")).to_have_attribute("aria-label", "Pause")
    assert page.evaluate("document.querySelector('#audio').paused")
    repeat.click()
    expect(repeat).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("() => document.querySelector('#audio').currentTime > 0.1")
    expect(page.locator("[data-bar-toggle]")).to_have_attribute("aria-label", "Play")  # and ends
