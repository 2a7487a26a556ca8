"""axe finds nothing on any page, in both themes and either language, and nothing makes anybody scroll sideways.

Neither on a screen of 320 px, which is also 400 % zoom of 1280.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from jobs.accounts import tokens
from jobs.models import Job, Playlist, SavedPrompt
from jobs.pages.demos import STYLES, described, keep
from jobs.queue import orders, transitions
from jobs.telemetry import counting
from tests.browser.axe import LOOKS, Look, problems, too_wide, violations
from tests.browser.conftest import Visitor
from tests.making import made, take

pytestmark = pytest.mark.browser

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 4
ACCOUNTS = ("login/", "signup/", "password_reset/", "password_reset/done/")
PUBLIC = ("/", "/offline/", "/credits/", "/nowhere", "/docs/api/", *(f"/accounts/{name}" for name in ACCOUNTS))


@pytest.fixture
def places(order: Callable[..., Job]) -> dict[str, list[str]]:
    """Addresses for whoever is signed in, and for guests, with a track of each kind on them."""
    transitions.cancel(order("cancelled"))
    done = made(
        order("비 오는 날 카페에서 듣는 잔잔한 재즈 피아노, 드럼 없이 2분 200bpm", moods=["calm"], excluded=["drums"])
    )
    lengths = [*[1.0] * 18, 30.0]  # seconds: many sections, one much longer than the others
    sections = [{"name": "chorus", "start": float(at), "length": length} for at, length in enumerate(lengths)]
    cues = [{"at": 1.5 * number, "kind": "hit"} for number in range(64)]
    Job.objects.filter(pk=done.pk).update(
        share_token="s" * 32, favourite=True, facts={**done.facts, "sections": sections},
        brief={**done.brief, "cues": cues},
    )  # fmt: skip
    made(orders.submit(done.owner, "calm piano", {}, variation_of=done))
    made(order(LONG, title="Donaudampfschifffahrtsgesellschaftskapitän"))
    thrown = made(order("thrown away"))
    transitions.delete(thrown)
    order("failed")
    failed = take()
    failed.fail("disk_full", "")
    order(LONG)
    live = take()
    live.beat("rendering", 42)
    tokens.make(User.objects.get(username="mina"), "robot", ["read", "create"], 30)
    order("waiting")
    playlist = Playlist.objects.create(owner=done.owner, name=LONG[:100], share_token="l" * 32)
    for job in Job.objects.filter(state="done", deleted_at__isnull=True):
        playlist.add(job)
    SavedPrompt.objects.create(owner=done.owner, name=LONG[:100], prompt=LONG, settings={"style": "lofi", "seed": 7})
    tuned = "/music/?prompt=calm&style=lofi&moods=calm&instruments=piano&excluded=drums&tempo=80&formats=flac"
    library = ("", "?view=list", "?show=failed&view=grid", "?show=bin", "?show=making", "?q=nothing")
    mine = [
        "/", "/music/", tuned, *(f"/library/{query}" for query in library),
        *(f"/tracks/{job.pk}/" for job in (done, failed, live)),
        *(f"/accounts/{name}/" for name in ("settings", "email", "email/old", "close", "password_change")),
        "/accounts/tokens/new", "/accounts/webhooks/", "/playlists/", f"/playlists/{playlist.pk}/", "/prompts/",
    ]  # fmt: skip
    public = [*PUBLIC, f"/shared/{'s' * 32}/", f"/shared/lists/{'l' * 32}/"]
    return {"mine": mine, "public": public}


def settle(page: Any) -> None:
    if page.locator("[data-order]").count():
        page.wait_for_timeout(400)  # what is understood of the words comes a moment later
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(one => { one.open = true; })")
    for box in page.locator(".choose input").all()[:2]:
        box.check()


@pytest.fixture
def heard(tmp_path: Path) -> None:
    """The front page has its pieces."""
    (tmp_path / "audio.mp3").write_bytes(b"ID3")
    key = {"tempo": 80.0, "tonic": "A", "mode": "minor"}
    keep({described(style, b"ID3", [0, 128, 255], 30, key): tmp_path / "audio.mp3" for style in STYLES})


@pytest.mark.sweep
@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("turn", range(len(LOOKS)))
@pytest.mark.parametrize("who", ["mine", "public"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    visitor: Callable[..., Visitor], user: User, places: dict[str, list[str]], monkeypatch: Any,
    who: str, turn: int,
) -> None:  # fmt: skip
    monkeypatch.setattr("jobs.progress.status.poll_after", lambda states: 30)
    guests = [visitor(user if who == "mine" else None, **look.options) for look in LOOKS]
    pages = [guest.page() for guest in guests]
    found: dict[str, Any] = {}
    for place, path in enumerate(places[who], turn):
        page, look = pages[place % 2], LOOKS[place % 2]
        page.goto(guests[0].url + path)
        settle(page)
        assert page.locator("html").get_attribute("lang") == look.locale[:2]
        found[path] = {**problems(page, look), **too_wide(page, (1280, 800), (360, 800), (320, 256))}
        for menu in page.locator(".site-header details.menu").all():
            menu.locator("summary").click()
            if problem := too_wide(page):
                found[path]["menu"] = problem
        page.set_viewport_size({"width": look.width, "height": 800})
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert [problem for guest in guests for problem in guest.problems if "404" not in problem] == []


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_player(
    visitor: Callable[..., Visitor], user: User, order: Callable[..., Job], look: Look
) -> None:
    for title in ("Night Train", "Day Break"):
        made(order("calm piano", title=title), seconds=60)
    page = visitor(user, **look.options).page("/library/")
    page.locator(".card .play").first.click()
    page.wait_for_function("() => document.querySelector('#audio').currentTime > 0")
    page.locator("[data-bar-queue] summary").click()
    expect(page.locator("[data-bar-list] li")).to_have_count(2)
    assert problems(page, look, within="[data-bar]") == {}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_dashboard(
    visitor: Callable[..., Visitor], order: Callable[..., Job], look: Look
) -> None:
    made(order("calm piano"))
    order("failed")
    take().fail("disk_full", "")
    order("in the making")
    take().beat("rendering", 42)
    order("waiting")
    counting.count_ended()
    operator = User.objects.create_superuser("op", "op@example.org", "correct horse 9")
    page = visitor(operator, **look.options).page("/admin/dashboard/?range=day")
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert problems(page, look) == {}


def test_axe_would_find_something(visitor: Callable[..., Visitor]) -> None:
    page = visitor(bypass_csp=True).page("/")
    page.evaluate("document.querySelector('#ask').labels[0].remove(); document.querySelector('#ask').placeholder = ''")
    assert [problem for problem in violations(page) if problem.startswith("label:")]


def test_axe_would_find_what_is_wrong_in_the_other_theme_alone(visitor: Callable[..., Visitor]) -> None:
    look, other = LOOKS
    page = visitor(**look.options).page("/credits/")
    faint = f"@media (prefers-color-scheme: {other.scheme}) {{ main p {{ color: #777; background: #888 }} }}"
    page.add_style_tag(content=faint)
    assert list(problems(page, look)) == [other.scheme]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_switch_beats_the_system(mina_at: Visitor, visitor: Callable[..., Visitor], user: User, theme: str) -> None:
    other = {"dark": "light", "light": "dark"}[theme]
    page = visitor(user, color_scheme=other).page("/library/")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=f"Switch to {theme}").click()
    page.wait_for_function(f"() => {ground} !== {before!r}")
    page.wait_for_function("() => document.getAnimations().length === 0")
    after = page.evaluate(ground)
    page.reload()
    assert page.evaluate(ground) == after, "it is kept, and there from the first paint"
    page.get_by_role("button", name=f"Switch to {other}").click()
    page.wait_for_function(f"() => {ground} === {before!r}")


def test_the_switch_works_without_scripts(visitor: Callable[..., Visitor]) -> None:
    page = visitor(java_script_enabled=False, color_scheme="light").page("/accounts/login/")
    page.get_by_role("button", name="Switch to dark").click()
    page.wait_for_url("**/accounts/login/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
