"""A real Chromium before the site in this process; jobs are moved by the test itself, as a worker would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import WorkerHost
from tests import chromium
from tests.chromium import ARGUMENTS, PATIENCE, executable

browser = chromium.browser
POLL = 0.15  # seconds, instead of one or two
# Nothing moves for show, which nobody sees here and costs a tenth of all.
PLAIN = {"locale": "en-US", "viewport": {"width": 1100, "height": 800}, "reduced_motion": "reduce",
         "service_workers": "block"}  # fmt: skip
# How many questions of a page's scripts are under way, down to the last byte of the answer.
UNDER_WAY = """globalThis.underWay = 0;
for (const [owner, name] of [[globalThis, "fetch"], [Response.prototype, "json"], [Response.prototype, "text"]]) {
    const begin = owner[name];
    owner[name] = function (...given) {
        underWay += 1;
        return begin.apply(this, given).finally(() => { underWay -= 1; });
    };
}"""


class Visitor:
    """A browser context of one person: ``page()`` opens a tab, in which nothing may go wrong unseen."""

    def __init__(self, context: Any, url: str) -> None:
        self.context, self.url = context, url
        self.problems: list[str] = []
        self.asked: list[str] = []  # addresses that the browser asked for
        self.first = ""  # a script that runs in every page before its own
        context.on("request", self._note)

    def _note(self, request: Any) -> None:
        self.asked.append(request.url)

    def page(self, path: str | None = None) -> Any:
        page = self.context.new_page()
        if self.first:
            page.add_init_script(self.first)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        if path is not None:
            page.goto(self.url + path)
        return page

    def polls(self) -> int:
        """How often the state of the jobs was asked for."""
        return sum("/api/music/active" in url for url in self.asked)

    def wait_for(self, what: Callable[[], Any]) -> None:
        """Until that is true of what the browser says, which it does while it is listened to."""
        ends = time.monotonic() + PATIENCE / 1000
        while not what():
            assert time.monotonic() < ends, "waited in vain"
            self.context.pages[0].wait_for_timeout(20)

    def wait_in_line(self, page: Any, others: int) -> None:
        """Until that many tabs know that another one asks for them."""
        self.wait_for(lambda: len(page.evaluate("navigator.locks.query()")["pending"]) == others)

    def stop_clock(self) -> None:
        """Before the first page is opened: in all of them the time stands still, but for ``pass_time``."""
        now = time.time()
        self.context.clock.install(time=now)
        self.context.clock.pause_at(now)
        self.context.add_init_script(UNDER_WAY)

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        """What the pages ask meanwhile is answered before the time goes on, however long that takes."""
        for _ in range(round(seconds / step)):
            self.context.clock.run_for(round(1000 * step))
            self.wait_for(lambda: not any(page.evaluate("underWay") for page in self.context.pages))

    def foreign(self) -> list[str]:
        """Requests to anybody else."""
        return [url for url in self.asked if not url.startswith((self.url, "data:", "blob:"))]

    def leave(self) -> None:
        self.context.remove_listener("request", self._note)


class Lent:
    """A context that goes from test to test, emptied in between: to start another costs half of what a test does.

    A page without scripts stays open in it, and the browser's process with it.
    """

    def __init__(self, browser: Any, url: str) -> None:
        self.context = browser.new_context(**PLAIN)
        self._anchor = self.context.new_page()
        self._anchor.goto(f"{url}/static/favicon.svg")

    def take_back(self) -> None:
        for page in self.context.pages:
            if page != self._anchor:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._anchor.evaluate("localStorage.clear()")


@pytest.fixture(scope="package")
def lent(browser: Any, live_server: Any) -> Iterator[Lent]:
    lent = Lent(browser, live_server.url)
    yield lent
    lent.context.close()


@pytest.fixture(scope="package")
def whole_browser(browser: Any) -> Iterator[Any]:
    """One that keeps pages for Back, as people's do and Playwright's does not."""
    whole = browser.browser_type.launch(
        executable_path=executable("chromium"), args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield whole
    whole.close()


@pytest.fixture
def remembering(whole_browser: Any, mina_at: Visitor) -> Iterator[Visitor]:
    """Mina at such a browser."""
    context = whole_browser.new_context(locale="en-US", reduced_motion="reduce")
    here = Visitor(context, mina_at.url)
    context.add_cookies(mina_at.context.cookies())
    yield here
    context.close()


@pytest.fixture
def visitor(browser: Any, lent: Lent, live_server: Any, monkeypatch: Any) -> Iterator[Callable[..., Visitor]]:
    """Somebody at a browser; signed in where a user is given.

    ``clock``: at one whose time the test lets pass, see ``pass_time``. It is nobody else's, as with any other option.
    """
    monkeypatch.setattr("jobs.progress.status.poll_after", lambda states: POLL if states else 30)
    WorkerHost.objects.create(
        host="here", pid=1, lane="default", size=1, started_at=timezone.now(), seen_at=timezone.now()
    )
    visitors: list[Visitor] = []

    def come(user: User | None = None, *, clock: bool = False, **options: Any) -> Visitor:
        lend = not (clock or options) and all(other.context != lent.context for other in visitors)
        context = lent.context if lend else browser.new_context(**{**PLAIN, **options})
        visitor = Visitor(context, live_server.url)
        if clock:
            visitor.stop_clock()
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            visitor.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
            )
        visitors.append(visitor)
        return visitor

    yield come
    for visitor in visitors:
        visitor.leave()
        if visitor.context != lent.context:
            visitor.context.close()
    lent.take_back()
    for visitor in visitors:
        assert visitor.foreign() == []


@pytest.fixture
def timed(visitor: Callable[..., Visitor], user: User) -> Visitor:
    """Mina at a browser in which the time stands still."""
    return visitor(user, clock=True)


@pytest.fixture
def mina_at(visitor: Callable[..., Visitor], user: User) -> Visitor:
    """Mina, signed in at her browser, in whose console no error may appear."""
    return visitor(user)
