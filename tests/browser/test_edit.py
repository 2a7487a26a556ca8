"""A track is changed in parts: with scripts and without, by keyboard, and for everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.models import Job
from jobs.models.session import end_sessions_of
from jobs.music.editing import EditDocument
from jobs.queue import orders, revisions
from tests.browser.conftest import Visitor
from tests.browser.test_access import AXE, IN_BOTH, RULES, RUN, TOO_WIDE
from tests.making import composed

pytestmark = pytest.mark.browser


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
    expect(page.locator("[name=tempo]")).to_have_value("95")
    page.get_by_role("button", name="Go on with theirs").click()
    expect(page.locator("[name=tempo]")).to_have_value("90")
    assert [step.document["tempo"] for step in track.revisions.order_by("number")] == [90, 95]


@IN_BOTH
def test_axe_finds_nothing_and_nothing_is_too_wide(
    visitor: Callable[..., Visitor], user: User, track: Job, scheme: str, locale: str
) -> None:
    parts = dict(zip(revisions.outline_of(track).parts, ({"mute": True}, {"removed": True}), strict=False))
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "parts": parts}), 0, name="Quiet")
    size = {"width": 1100 if scheme == "light" else 360, "height": 800}
    guest = visitor(user, locale=locale, color_scheme=scheme, viewport=size, reduced_motion="reduce", bypass_csp=True)
    page = guest.page()
    found: dict[str, Any] = {}
    for panel in ("whole", "s0", "p0", "kinds", "add"):
        page.goto(f"{guest.url}/tracks/{track.pk}/edit/?open={panel}")
        page.evaluate(AXE)
        if problems := page.evaluate(RUN, RULES):
            found[panel] = problems
        for width in (1280, 360, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if problem := page.evaluate(TOO_WIDE):
                found[f"{panel} {width}"] = problem
        page.set_viewport_size(size)
    page.goto(f"{guest.url}/tracks/{track.pk}/edit/?open=whole")
    page.locator("[name=tempo]").fill("95")
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "tempo": 90}), 1)
    page.locator("#desk [value=keep]").click()
    expect(page.locator(".faster")).to_be_visible()
    page.evaluate(AXE)
    if problems := page.evaluate(RUN, RULES):
        found["faster"] = problems
    assert found == {}
    assert [problem for problem in guest.problems if "409" not in problem] == []
