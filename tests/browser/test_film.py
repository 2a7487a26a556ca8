"""A film of the person's own runs beside the form, and its moments are set while it does; it goes nowhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

RECORD = """async (input) => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(30), {mimeType: "video/webm"});
    const parts = [];
    recorder.ondataavailable = ({data}) => parts.push(data);
    const ended = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.start();
    for (let n = 0; n < 20; n += 1) {
        pen.fillRect(n, 0, 50, 50);
        await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const given = new DataTransfer();
    given.items.add(new File(parts, "film.webm", {type: "video/webm"}));
    input.files = given.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
}"""


def test_moments_are_set_while_a_film_runs(mina_at: Visitor) -> None:
    page = mina_at.page("/music/")
    page.locator("details.tuning > summary").click()
    page.get_by_role("link", name="Set them while a film of yours runs").click()
    field, picture = page.locator("[name=cues]"), page.locator("[data-film-picture]")
    file = page.get_by_label("Your film").and_(page.locator("input"))
    expect(file).to_be_visible()  # its script is there
    file.set_input_files({"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"no film"})
    expect(page.get_by_text("Your browser cannot play this file")).to_be_visible()
    expect(picture).to_be_hidden()
    file.evaluate(RECORD)
    expect(picture).to_be_visible()
    expect(page.get_by_text("Your browser cannot play this file")).to_be_hidden()
    page.wait_for_function("() => document.querySelector('[data-film-picture]').readyState > 1")
    field.fill("0:31.5 drop")
    page.get_by_role("button", name="Hit here").click()
    expect(field).to_have_value("0:00, 0:31.5 drop")
    expect(page.locator(".chips").get_by_text("Hit 0:00, Drop 0:31.5")).to_be_visible()
    sent = "() => [...new FormData(document.querySelector('[data-order]')).values()].filter((v) => v.size).length"
    assert page.evaluate(sent) == 0
