from pathlib import Path
from typing import Any

import pytest

from jobs import checks, generators
from jobs.music.sound.sf2 import chunks
from tests.music import banks


def ids(messages: Any) -> list[str]:
    return [message.id for message in messages]


def test_our_own_settings_pass() -> None:
    assert checks.queue_settings() == []
    assert checks.generator_settings() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("queue_limit", 4),
        ("workers", 2),
        ("bulk", 10),
        ("max_attempts", 0),
        ("ack_failures", False),
        ("save_limit", 250),
    ],
)
def test_it_refuses_queue_settings_that_deliver_twice(settings: Any, name: str, value: Any) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, name: value}
    assert ids(checks.queue_settings()) == ["jobs.E001"]


@pytest.mark.parametrize("change", [{"timeout": 5}, {"retry": 60}, {"timeout": 720.5}, {"timeout": None}])
def test_it_refuses_a_redelivery_during_the_job(settings: Any, change: dict[str, Any]) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **change}
    assert ids(checks.queue_settings()) == ["jobs.E002"]


@pytest.mark.parametrize(
    ("hosts", "url", "problems"),
    [
        (["*"], "", ["jobs.E010"]),
        ([".example.org"], "", ["jobs.E010"]),
        (["music.example.org"], "", []),
        (["*"], "https://music.example.org", []),
    ],
)
def test_it_asks_where_links_lead(settings: Any, hosts: list[str], url: str, problems: list[str]) -> None:
    settings.LOCAL, settings.ALLOWED_HOSTS, settings.SITE_URL = False, hosts, url
    assert ids(checks.site_address()) == problems


def test_it_names_a_default_generator_that_is_not_there(settings: Any) -> None:
    settings.GENERATOR = "orchestra"
    (message,) = checks.generator_settings()
    assert message.id == "jobs.E003"
    assert "orchestra" in message.msg


def test_it_refuses_the_dummy_in_production(settings: Any) -> None:
    settings.ALLOW_DUMMY = False
    assert ids(checks.generator_settings()) == ["jobs.E004"]


@pytest.mark.parametrize("backend", ["jobs.generators.nothing.Nope", "jobs.generators.dummy.Nope", "datetime.datetime"])
def test_it_names_a_generator_that_cannot_be_loaded(settings: Any, backend: str) -> None:
    settings.GENERATORS = {**settings.GENERATORS, "broken": {"BACKEND": backend}}
    generators.get.cache_clear()
    (message,) = checks.generator_settings()
    assert message.id == "jobs.E005"
    assert "broken" in message.msg


def test_it_refuses_a_wrong_address_of_redis(settings: Any) -> None:
    assert checks.redis_settings() == []
    settings.REDIS_URL = "redis://localhost:6379/0"
    assert checks.redis_settings() == []
    settings.REDIS_URL = "http://localhost"
    assert ids(checks.redis_settings()) == ["jobs.E006"]


def test_it_refuses_a_soundfont_whose_headers_lead_nowhere(settings: Any, tmp_path: Path) -> None:
    path = banks.write(tmp_path / "mine.sf2")
    settings.SOUNDFONT = str(path)
    assert checks.sound_settings() == []
    offset, size = chunks(path)["phdr"]
    whole = bytearray(path.read_bytes())
    whole[offset : offset + size] = b"\xa5" * size
    path.write_bytes(whole)
    [problem] = checks.sound_settings()
    assert problem.id == "jobs.E010"
    assert "MUSICSITE_SOUNDFONT" in problem.msg
    assert "its table phdr leads out of pbag" in problem.msg
