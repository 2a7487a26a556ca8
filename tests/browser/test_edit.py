"""A track is changed in parts: with scripts and without, by keyboard, and for everybody."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.models.session import end_sessions_of
from jobs.music.editing import EditDocument
from jobs.music.note_text import read_notes
from jobs.pages.arrangement import Arrangement
from jobs.queue import orders, revisions
from tests.browser.axe import LOOKS, problems, too_wide
from tests.browser.conftest import Visitor
from tests.making import composed

pytestmark = pytest.mark.browser

CLICKED_AT = """(button, time) => button.dispatchEvent(
    Object.defineProperty(new MouseEvent('click', {bubbles: true}), 'timeStamp', {value: time}))"""


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 25, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


def current(track: Job) -> Any:
    revision = revisions.current(track)
    return revision.document if revision else {"version": 1}


def test_cells_are_clicked_and_undone(mina_at: Visitor, track: Job) -> None:
    page = mina_at.page(f"/tracks/{track.pk}/")
    page.get_by_role("link", name="Change it in parts").click()
    expect(page.locator("[data-drawn]")).to_be_attached()  # the page's script has come
    cell = page.locator(".role-drums .cell select").nth(1)
    name, drums = cell.get_attribute("aria-label"), _name_of(track, "drums")
    assert cell.input_value() == "normal"
    cell.locator("..").click()
    expect(cell).to_have_value("full")
    expect(page.locator("[data-changed-words]")).to_be_visible()
    cell.press("ArrowUp")
    cell.press("ArrowUp")
    expect(cell).to_have_value("light")
    page.locator(".ruler").nth(1).click()
    page.get_by_role("button", name="Once more").click()
    expect(page.locator(".ruler")).to_have_count(len(revisions.outline_of(track).sections) + 1)
    assert [section.get("cells") for section in current(track)["sections"][1:3]] == [{drums: "light"}] * 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label(str(name), exact=True)).to_have_value("normal")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(".ruler")).to_have_count(len(revisions.outline_of(track).sections) + 1)
    assert mina_at.problems == []


def _name_of(track: Job, role: str) -> str:
    return next(name for name, (one, _instrument) in revisions.outline_of(track).parts.items() if one == role)


def test_it_works_without_scripts(visitor: Callable[..., Visitor], user: User, track: Job) -> None:
    page = visitor(user, java_script_enabled=False).page(f"/tracks/{track.pk}/edit/")
    page.locator(".role-drums .cell select").first.select_option("off")
    page.locator(".ruler").first.click()
    page.locator("[name=s0-chords]").fill("Am H7")
    page.get_by_role("button", name="Keep the change").click()
    expect(page.locator("#id_s0-chords_error")).to_have_text("“H7” is not a chord.")
    page.locator("[name=s0-chords]").fill("Am F")
    page.locator("[name=s0-bars]").press("Enter")  # keeps the change, as the first button does
    expect(page.locator(".steps li")).to_have_count(2)
    assert current(track)["sections"][0] == {"of": 0, "chords": "Am F", "cells": {_name_of(track, "drums"): "off"}}


def test_what_was_changed_is_there_again_after_a_log_in(mina_at: Visitor, user: User, track: Job) -> None:
    page = mina_at.page(f"/tracks/{track.pk}/edit/")
    cell = page.locator(".role-drums .cell select").nth(1)
    cell.locator("..").click()
    page.locator("[name=name]").fill("Louder")
    end_sessions_of(user)
    page.get_by_role("button", name="Keep the change").click()
    page.fill("[name=username]", "mina")
    page.fill("[name=password]", "correct horse 9")
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(cell).to_have_value("full")
    page.locator("#desk").get_by_role("button", name="Keep the change").click()
    expect(page.locator(".steps li")).to_have_count(2)
    assert track.revisions.get().name == "Louder"
    page.goto(f"{mina_at.url}/tracks/{track.pk}/edit/")
    expect(page.locator("[name=name]")).to_have_value("")


def test_whoever_was_slower_goes_on_with_either(mina_at: Visitor, user: User, track: Job) -> None:
    page = mina_at.page(f"/tracks/{track.pk}/edit/")
    page.locator("[name=tempo]").fill("95")
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "tempo": 90}), 0)
    page.get_by_role("button", name="Keep the change").click()
    expect(page.locator(".faster")).to_contain_text("Tempo 90")
    expect(page.locator(".faster h2")).to_be_in_viewport()
    expect(page.locator("[name=tempo]")).to_have_value("95")
    page.get_by_role("button", name="Go on with theirs").click()
    expect(page.locator("[name=tempo]")).to_have_value("90")
    assert [step.document["tempo"] for step in track.revisions.order_by("number")] == [90, 95]


def test_notes_are_drawn_by_pointer_touch_and_keys(visitor: Callable[..., Visitor], user: User, track: Job) -> None:
    guest = visitor(user, has_touch=True)
    page = guest.page(f"/tracks/{track.pk}/edit/")
    page.locator(".ruler").nth(1).click()
    page.locator("[value^=section-draw]").first.click()
    roll, text, said = page.locator("[data-note-roll]"), page.locator("textarea[name$=-notes]"), "[data-note-said]"
    expect(page.locator("[data-note-tools]")).to_be_visible()
    page.locator("[data-note-text] summary").click()
    text.fill("-")
    facts = json.loads(roll.get_attribute("data-note-roll"))
    top = facts["high"] - 5

    def at(beat: float, pitch: int) -> tuple[float, float]:
        return lanes["x"] + beat * facts["beat"], lanes["y"] + (facts["high"] - pitch + 0.5) * facts["lane"]

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=3)
        page.mouse.up()

    def notes() -> list[tuple[float, float, int]]:
        return [(note.start, note.length, top - note.pitch) for note in read_notes(text.input_value())]

    page.evaluate("window.scrollTo(0, 0)")
    roll.scroll_into_view_if_needed()
    roll.evaluate("roll => roll.scrollTo(0, 0)")  # where it stays: it follows what is drawn
    lanes = page.locator(".note-lanes").bounding_box()
    drag(at(1.1, top), at(2.45, top))  # drawn, two beats and a half long where it is let go
    assert notes() == [(1, 2, 0)]
    drag(at(1.5, top), at(0.5, top - 1))  # moved
    assert notes() == [(0, 2, 1)]
    drag(at(1.95, top - 1), at(0.95, top - 1))  # shortened by its end
    assert notes() == [(0, 1, 1)]
    expect(page.locator(said)).to_contain_text("bar 1, beat 1, length 1")
    page.touchscreen.tap(*at(2.2, top - 2))
    assert notes() == [(0, 1, 1), (2, 0.5, 2)]
    for key in ("Shift+ArrowUp", "Shift+ArrowRight", "+", "p", "Delete", "ArrowRight", "ArrowDown", "Enter"):
        roll.press(key)
    assert notes() == [(0.5, 0.5, 2), (2.5, 1, 1)]
    for key in ("l", "l", "s"):
        roll.press(key)
    expect(page.locator(said)).to_contain_text("velocity 96")
    strokes = page.locator(".note-strokes").bounding_box()
    left, bottom = strokes["x"] + 2.5 * facts["beat"], strokes["y"] + strokes["height"]
    drag((left, bottom - 50), (left, bottom - facts["strokes"] / 2))
    page.get_by_role("button", name="Softer").click()
    assert [note.velocity for note in read_notes(text.input_value())] == [96, pytest.approx(56, abs=2)]
    roll.press("p")
    tap = page.get_by_role("button", name="Tap a rhythm")
    for time in (1000, 1000 + 60_000 / facts["bpm"], 1000 + 2 * 60_000 / facts["bpm"]):
        tap.evaluate(CLICKED_AT, time)
    assert notes() == [(0.5, 1, 2), (1.5, 1, 2), (2.5, 0.5, 2), (2.5, 1, 1)]
    expect(page.locator("[data-changed-words]")).to_be_visible()
    page.get_by_role("button", name="Keep the notes").click()
    expect(page.locator(".steps li")).to_have_count(2)
    assert [note["start"] for note in next(iter(current(track)["sections"][1]["tune"].values()))] == [
        0.5,
        1.5,
        2.5,
        2.5,
    ]
    expect(page.locator("[data-notes] rect:not(.note-cursor)")).to_have_count(4)
    assert guest.problems == []


def test_a_note_is_dragged_by_touch_as_far_as_the_finger_goes(
    visitor: Callable[..., Visitor], user: User, track: Job
) -> None:
    guest = visitor(user, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    page = guest.page(f"/tracks/{track.pk}/edit/")
    page.locator(".ruler").nth(1).tap()
    page.locator("[value^=section-draw]").first.tap()
    expect(page.locator("[data-note-tools]")).to_be_visible()
    roll, text = page.locator("[data-note-roll]"), page.locator("textarea[name$=-notes]")
    facts = json.loads(roll.get_attribute("data-note-roll"))
    page.locator("[data-note-text] summary").tap()
    text.fill("-")
    roll.evaluate("roll => { roll.scrollTo(0, 0); roll.scrollIntoView({block: 'center', behavior: 'instant'}); }")
    touches = guest.context.new_cdp_session(page)

    def swipe(x: float, y: float, right: float, down: float) -> None:
        for step in range(9):
            kind, point = "touchMove" if step else "touchStart", {"x": x + right * step / 8, "y": y + down * step / 8}
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def drag(start: float, end: float, down: int) -> None:
        """From beat to beat, and so many pitches down from the fifth lane."""
        lanes = page.locator(".note-lanes").bounding_box()
        x, y = lanes["x"] + start * facts["beat"], lanes["y"] + 5.5 * facts["lane"]
        swipe(x, y, (end - start) * facts["beat"], down * facts["lane"])

    top = facts["high"] - 5
    drag(0.2, 0.2, 0)  # a tap
    expect(text).to_have_value(re.compile(r"^1: \S+ 0.5$"))
    drag(0.2, 2.2, 3)
    expect(text).to_have_value(re.compile(r"^3: "))
    assert [(note.start, note.length, top - note.pitch) for note in read_notes(text.input_value())] == [(2, 0.5, 3)]
    strokes = page.locator(".note-strokes").bounding_box()
    foot, stroke = strokes["y"] + strokes["height"], strokes["x"] + 2 * facts["beat"] + 1
    height = 88 / 127 * facts["strokes"]  # of a note that is drawn
    swipe(stroke, foot - height, 0, height / 2)  # from its top
    expect(text).to_have_value(re.compile(r"^3: \S+ 0.5 v4\d$"))
    quieter = text.input_value()
    swipe(stroke, foot - 2, 0, -300)  # from anywhere else the page is moved, and the roll before it
    page.wait_for_function("document.querySelector('[data-note-roll]').scrollTop > 0")
    expect(text).to_have_value(quieter)
    assert guest.problems == []


@pytest.mark.sweep
@pytest.mark.parametrize("turn", range(len(LOOKS)))
def test_axe_finds_nothing_and_nothing_is_too_wide(
    visitor: Callable[..., Visitor], user: User, track: Job, turn: int
) -> None:
    parts = dict(zip(revisions.outline_of(track).parts, ({"mute": True}, {"removed": True}), strict=False))
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "parts": parts}), 0, name="Quiet")
    guests = [visitor(user, **look.options) for look in LOOKS]
    pages = [guest.page() for guest in guests]
    found: dict[str, Any] = {}
    notes = next(f"t0_{at}" for at, voice in enumerate(Arrangement(track, None).rows) if voice.role == "melody")
    panels = ("whole", "s0", "p0", notes, "kinds", "add", "compare")
    for place, panel in enumerate(panels, turn):
        page, look = pages[place % 2], LOOKS[place % 2]
        page.goto(f"{guests[0].url}/tracks/{track.pk}/edit/{'compare' if panel == 'compare' else f'?open={panel}'}")
        found[panel] = {**problems(page, look), **too_wide(page, (1280, 800), (360, 800), (320, 800))}
        page.set_viewport_size({"width": look.width, "height": 800})
    page, look = pages[turn], LOOKS[turn]
    page.goto(f"{guests[0].url}/tracks/{track.pk}/edit/?open=whole")
    page.locator("[name=tempo]").fill("95")
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "tempo": 90}), 1)
    page.locator("#desk [value=keep]").click()
    expect(page.locator(".faster")).to_be_visible()
    found["faster"] = problems(page, look)
    assert {panel: faults for panel, faults in found.items() if faults} == {}
    assert [problem for guest in guests for problem in guest.problems if "409" not in problem] == []


def test_a_moment_is_set_where_the_player_stands(mina_at: Visitor, track: Job) -> None:
    page = mina_at.page(f"/tracks/{track.pk}/edit/")
    here = page.get_by_role("button", name="Here")
    expect(here).to_be_visible()
    field = page.locator("[name=new_moment]")
    here.click()
    expect(field).to_have_value("0:00")
    field.fill("0:12.5")
    page.locator("[name=new_moment_kind]").select_option("drop")
    page.get_by_role("button", name="Add the moment").press("Enter")
    expect(page.locator("[name=m0-at]")).to_have_value("0:12.5")
    expect(page.locator(".marks")).to_have_attribute("aria-label", "Moments: Drop 0:12.5")
    expect(page.locator(".moment-place")).to_contain_text("begins")
    assert current(track)["cues"] == [{"at": 12.5, "kind": "drop"}]
    assert mina_at.problems == []
