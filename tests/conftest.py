import gc
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from jobs import generators
from jobs.models import Holder, Job
from jobs.progress import eta
from jobs.queue import orders, rates
from tests.remote import Remote

HOLDER = Holder("here", 4242)

gc.disable()  # until they are collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for browsers and processes begins first: others compute meanwhile, and no core is idle at the end."""
    items.sort(key=lambda item: 0 if item.get_closest_marker("browser") else 1 + (not item.get_closest_marker("slow")))


def pytest_collection_finish() -> None:
    """Thousands of tests live to the end: not to look through them for garbage again and again saves a sixth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.scheduling import Rooms

    return Rooms(config, log)


def forget() -> None:
    """Whatever a process remembers of the database."""
    cache.clear()
    rates.in_memory.storage.reset()
    eta._workers.cache_clear()
    eta._cost.cache_clear()


@pytest.fixture(autouse=True)
def _clean_state(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORK_DIR = tmp_path / "work"
    monkeypatch.setattr(eta, "_span", lambda: 0)  # what is remembered for seconds lasts for a test, however slow
    random.seed(0)  # orders that name no seed are the same pieces in each run
    forget()
    generators.get.cache_clear()
    yield
    generators.get.cache_clear()
    translation.deactivate()  # a request leaves its language behind


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("mina", "mina@example.org", "correct horse 9")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("omar", "omar@example.org", "correct horse 9")


@pytest.fixture
def mina(user: User) -> Client:
    """A browser in which mina is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def remote(settings: Any) -> type[Remote]:
    """An engine that works elsewhere as the default, beside the dummy, which makes what it cannot."""
    dummy = {"BACKEND": "jobs.generators.dummy.Dummy"}
    settings.GENERATORS = {"dummy": dummy, "remote": {"BACKEND": "tests.remote.Remote"}}
    settings.GENERATOR = "remote"
    settings.RETRY_DELAY = 0
    generators.get.cache_clear()
    Remote.script, Remote.orders, Remote.abandoned = [], [], []
    return Remote


@pytest.fixture
def dummy(settings: Any) -> Callable[..., None]:
    """Make the dummy the default generator, with the given OPTIONS."""

    def configure(**options: Any) -> None:
        settings.GENERATORS = {"dummy": {"BACKEND": "jobs.generators.dummy.Dummy", "OPTIONS": options}}
        settings.GENERATOR = "dummy"
        generators.get.cache_clear()

    return configure


@pytest.fixture
def order(user: User, dummy: Callable[..., None]) -> Callable[..., Job]:
    """Submit a job of mina's (or another owner's) to the dummy."""
    dummy()

    def submit(prompt: str = "calm piano", owner: User | None = None, **options: Any) -> Job:
        return orders.submit(owner or user, prompt, options)

    return submit


@pytest.fixture
def claim() -> Callable[[], Job | None]:
    return lambda: Job.objects.claim("default", HOLDER)
