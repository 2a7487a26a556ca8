"""Debian's Chromium, driven by Playwright; without it the tests that need it are skipped, and fail in CI.

Its shell without windows does the same at half the cost, but keeps no page for Back.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds: what is waited for comes at once, but not on a machine with much else to do


def executable(*names: str) -> str:
    """The first of these programs that is installed; otherwise the test is skipped, and fails in CI."""
    for name in names:
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail(f"There is no {names[-1]}; CI installs it.")
    pytest.skip(f"There is no {names[-1]}; install Debian's package to run the browser tests.")


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser."""
    path = executable("chromium-headless-shell", "chromium")
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        # Playwright's loop runs in this thread, which makes Django take everything here for asynchronous.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        expect.set_options(timeout=PATIENCE)
        try:
            yield browser
        finally:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
            browser.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """For the conftest of a room. It ends with that: as long as it is there, an event loop runs in this thread."""
    with chromium() as there:
        yield there
