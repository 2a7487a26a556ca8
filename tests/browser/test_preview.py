"""A section of a track is heard while it is changed: in a loop, as it is then from the next bar on, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Holder, Job, Preview
from jobs.models.session import end_sessions_of
from jobs.queue import orders
from jobs.storage import files
from tests.browser.conftest import Visitor
from tests.making import composed

pytestmark = pytest.mark.browser


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 25, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


def make(folder: Path) -> Preview | None:
    """The preview that waits, if any, as a worker ends it: two seconds with a ring."""
    preview = Preview.objects.claim("default", Holder("here", 4242))
    if preview:
        soundfile.write(folder / "preview.flac", np.zeros((3 * 44_100, 2)), 44_100, subtype="PCM_16")
        file = files.keep_preview(preview.track_id, preview.number, folder / "preview.flac", "audio/flac")
        assert preview.finish({**file, "start": 8.0, "lead": 0.2, "length": 2.0, "bars": 4})
    return preview


def test_what_is_changed_is_heard_and_not_kept(mina_at: Visitor, user: User, track: Job, tmp_path: Path) -> None:
    page = mina_at.page(f"/tracks/{track.pk}/edit/")
    hear = page.locator("[name=hear]").nth(1)
    made: list[Any] = []

    def is_made(count: int) -> Callable[[], bool]:
        def look() -> bool:
            made.extend(filter(None, [make(tmp_path)]))
            return len(made) == count

        return look

    expect(page.get_by_label("Loop")).to_be_visible()  # before, a click leads to a link, as without scripts
    hear.click()
    mina_at.wait_for(is_made(1))
    expect(hear).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[name=hear][aria-busy=true]")).to_have_count(0)
    page.locator(".role-drums .cell").nth(1).click()  # normal → full
    mina_at.wait_for(is_made(2))
    assert [preview.section for preview in made] == [1, 1]
    assert list(made[1].document["sections"][1]["cells"].values()) == ["full"]
    mina_at.wait_for(lambda: any(url.endswith("/preview/2") for url in mina_at.asked))
    expect(page.locator("[name=hear][aria-busy=true]")).to_have_count(0)
    expect(hear).to_have_attribute("aria-pressed", "true")
    mina_at.wait_for(lambda: hear.evaluate("button => parseFloat(button.style.getPropertyValue('--heard')) > 0"))
    energy = page.locator(".energy-cell").nth(1).bounding_box()
    page.mouse.move(energy["x"] + 5, energy["y"] + energy["height"] / 2)
    page.mouse.down()
    page.mouse.move(energy["x"] + 8, energy["y"] + 0.75 * energy["height"])
    page.mouse.up()
    mina_at.wait_for(is_made(3))
    assert made[2].document["sections"][1]["energy"] == pytest.approx(0.25, abs=0.1)
    mina_at.wait_for(lambda: any(url.endswith("/preview/3") for url in mina_at.asked))
    expect(page.locator("[name=hear][aria-busy=true]")).to_have_count(0)
    page.get_by_label("Loop").uncheck()
    mina_at.wait_for(is_made(4))  # what follows
    assert made[3].section == 2
    expect(page.locator("[name=hear]").nth(2)).to_have_attribute("aria-pressed", "true")
    page.locator("[name=tempo]").fill("300")
    page.locator("[name=tempo]").press("Tab")
    expect(page.locator("[data-hint]")).to_be_visible()  # that is too fast, in words
    page.locator("[name=hear][aria-pressed=true]").click()
    expect(page.locator("[name=hear][aria-pressed=true]")).to_have_count(0)
    page.locator("[name=tempo]").fill("100")
    page.route("**/api/music/*/preview", lambda route: route.fulfill(status=503, json={}))
    hear.click()
    expect(page.locator("[data-hint]")).to_contain_text("cannot be heard at the moment")
    expect(page.locator("[name=hear][aria-busy=true]")).to_have_count(0)
    page.unroute("**/api/music/*/preview")
    end_sessions_of(user)
    hear.click()
    expect(page.locator("[name=hear][aria-busy=true]")).to_have_count(0)
    expect(page.locator("[data-hint]")).to_contain_text("cannot be heard at the moment")
    expect(page.locator("[name=tempo]")).to_have_value("100")
    assert not track.revisions.exists()
    refused = ("401", "422", "503")
    assert [problem for problem in mina_at.problems if not any(status in problem for status in refused)] == []


def test_without_scripts_a_link_leads_to_the_sound(
    visitor: Callable[..., Visitor], user: User, track: Job, tmp_path: Path
) -> None:
    page = visitor(user, java_script_enabled=False).page(f"/tracks/{track.pk}/edit/")
    page.locator("[name=tempo]").fill("95")
    page.locator("[name=hear]").first.click()
    link = page.locator(".heard-link a")
    expect(link).to_be_visible()
    expect(page.locator("[name=tempo]")).to_have_value("95")
    preview = make(tmp_path)
    assert preview is not None
    assert preview.document == {"version": 1, "tempo": 95}
    answer = page.request.get(link.evaluate("link => link.href"))
    assert (answer.status, answer.body()[:4]) == (200, b"fLaC")
    assert not track.revisions.exists()
