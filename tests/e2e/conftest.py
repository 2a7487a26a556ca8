from collections.abc import Iterator

import pytest

from tests import chromium
from tests.e2e.program import Program, come
from tests.site import Site

browser = chromium.browser


@pytest.fixture(scope="package")
def composing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as everybody gets it, with one worker, and an engine beside the composer that a job waits in."""
    one = Site(
        tmp_path_factory.mktemp("site"),
        MUSICSITE_WORKERS="1",
        MUSICSITE_ALLOW_DUMMY="1",
        MUSICSITE_DUMMY="seconds=900",
    )
    yield one
    one.leave()


@pytest.fixture(scope="package")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with two web processes and two workers, whose engines take no time; one of them, ``dummy``, fails."""
    one = Site(
        tmp_path_factory.mktemp("quick"),
        MUSICSITE_BACKENDS="drawn=tests.e2e.drawn.Drawn,counted=tests.e2e.drawn.Drawn",
        MUSICSITE_GENERATOR="drawn",
        MUSICSITE_ALLOW_DUMMY="1",
        MUSICSITE_DUMMY="fail=transient",
        MUSICSITE_MAX_ATTEMPTS="1",
        MUSICSITE_WEB_PROCESSES="2",
        MUSICSITE_WORKERS="2",
        MUSICSITE_LOG_FORMAT="json",
        MUSICSITE_WEBHOOK_NETWORKS="127.0.0.0/8",
    )
    yield one
    one.leave()


@pytest.fixture(scope="package")
def program(quick: Site) -> Program:
    """A script with a token for everything."""
    return come(quick)
