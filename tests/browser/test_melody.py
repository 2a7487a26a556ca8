"""A tune of one's own in the order form: chosen, understood, ordered; and the same without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from tests.browser.conftest import Visitor
from tests.music.tunes import STARS, midi_of, notes_of, track

pytestmark = pytest.mark.browser
FILE = {"name": "stars.mid", "mimeType": "audio/midi", "buffer": midi_of(track(notes_of(STARS)))}


def test_a_tune_is_heard_as_soon_as_it_is_chosen_and_ordered_with_the_words(
    mina_at: Visitor, dummy: Callable[..., None]
) -> None:
    dummy()
    page = mina_at.page("/music/")
    page.fill("[name=prompt]", "a jazz trio")
    page.locator("details.tuning > summary").click()
    page.set_input_files("[name=melody]", FILE)
    expect(page.locator("[data-understood]")).to_contain_text("yours (stars.mid)")
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("main .card.live")).to_have_count(1)
    assert Job.objects.get().brief["tune"]["name"] == "stars.mid"
    assert mina_at.problems == []


def test_a_tune_is_ordered_without_scripts_and_a_bad_one_is_told(
    visitor: Callable[..., Visitor], user: object, dummy: Callable[..., None]
) -> None:
    dummy()
    page = visitor(user, java_script_enabled=False).page("/music/")
    page.fill("[name=prompt]", "a jazz trio")
    page.locator("details.tuning > summary").click()
    page.set_input_files("[name=melody]", {**FILE, "buffer": b"GIF89a"})
    page.get_by_role("button", name="Create music").click()
    expect(page.get_by_text("This is no MIDI file.")).to_be_visible()
    page.set_input_files("[name=melody]", FILE)
    page.get_by_role("button", name="Create music").click()
    expect(page.locator("main .card.live")).to_have_count(1)
    assert Job.objects.get().brief["tune"]["name"] == "stars.mid"
