"""What the site does with more than one engine: fitting orders, limits, setting up, and what people see."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from jobs import checks, generators
from jobs.models import Job, WorkerHost
from jobs.models.errors import LimitReached
from jobs.pages.forms import MusicForm
from jobs.pages.tracks import Track
from jobs.queue import orders, variations
from jobs.worker import tasks
from tests.forking import manage
from tests.making import text_of
from tests.remote import Remote, entry

pytestmark = pytest.mark.django_db(transaction=True)


# -- Orders ------------------------------------------------------------------------------------------------------------


def test_a_length_of_the_words_is_moved_into_the_engines_range(user: User, remote: Any) -> None:
    job = orders.submit(user, "calm piano, two minutes")
    assert job.brief["duration"] == 30
    with translation.override("en"):
        assert Track(job).remarks[-1] == "Remote makes no piece of 2:00; it is 0:30 long."


def test_a_length_that_was_set_is_refused(user: User, remote: Any) -> None:
    with pytest.raises(ValueError, match="duration: This engine makes pieces from 10 to 30 seconds"):
        orders.submit(user, "calm piano", {"duration": 31})
    assert orders.submit(user, "calm piano", {"duration": 31, "generator": "dummy"}).brief["duration"] == 31


def test_what_the_engine_ignores_is_said(user: User, remote: Any) -> None:
    job = orders.submit(user, "piano", {"tempo": 90, "style": "jazz", "seed": 4, "formats": ["flac", "stems"]})
    with translation.override("en"):
        assert "Remote takes no notice of: Style, Seed, Stems." in Track(job).remarks
    with translation.override("ko"):
        assert any("스타일, 시드" in remark for remark in Track(job).remarks)


def test_what_the_engine_has_no_setting_for_is_said(user: User, mina: Client, settings: Any) -> None:
    entry = {"BACKEND": "jobs.generators.acestep.AceStep", "OPTIONS": {"url": "http://gpu:8001"}}
    settings.GENERATORS = {**settings.GENERATORS, "acestep": entry}
    generators.get.cache_clear()
    job = orders.submit(user, "folk in D dorian", {"metre": "7/8", "generator": "acestep"})
    with translation.override("en"):
        assert Track(job).remarks == [
            "ACE-Step 1.5 has no setting for Dorian; it was told in words.",
            "ACE-Step 1.5 has no setting for 7/8; it was told in words.",
        ]
    assert "its licence for that is MIT." in text_of(mina.get(f"/tracks/{job.pk}/"))
    assert not orders.submit(user, "folk in D", {"metre": "6/8", "generator": "acestep"}).brief["remarks"]
    assert not orders.submit(user, "folk in D dorian", {"generator": "dummy"}).brief["remarks"]


def test_where_an_engine_is_chosen_its_licence_is_told(mina: Client, settings: Any) -> None:
    entry = {"BACKEND": "jobs.generators.stable_audio.StableAudio", "OPTIONS": {"url": "http://gpu:8006"}}
    settings.GENERATORS = {**settings.GENERATORS, "stable_audio": entry}
    generators.get.cache_clear()
    page = mina.get("/music/").content.decode()
    assert '<a href="https://stability.ai/license" rel="external noreferrer">Stability AI Community License' in page


def test_an_engine_that_sings_does_not_say_that_it_cannot(user: User, remote: Any) -> None:
    codes = [
        [remark["code"] for remark in orders.submit(user, "a song with a singer", {"generator": name}).brief["remarks"]]
        for name in ("remote", "dummy")
    ]
    assert ["instrumental_only" in found for found in codes] == [False, True]


def test_a_melody_alone_is_changed_only_by_an_engine_that_can(user: User, remote: Any) -> None:
    job = orders.submit(user, "piano")
    with pytest.raises(ValueError, match="change"):
        variations.vary(job, "melody")
    assert not Track(job).can_vary_melody
    assert variations.vary(orders.submit(user, "piano", {"generator": "dummy"}), "melody")


def test_each_engine_may_have_a_limit(user: User, remote: Any, settings: Any) -> None:
    entry(settings, LIMIT="2/day")
    for _ in range(2):
        orders.submit(user, "piano")
    with pytest.raises(LimitReached) as raised:
        orders.submit(user, "piano")
    assert raised.value.code == "engine_limit"
    assert orders.submit(user, "piano", {"generator": "dummy"})


def test_only_what_was_told_is_shown_of_an_engine_that_does_not_play_the_brief(user: User, remote: Any) -> None:
    job = orders.submit(user, "calm piano, 80 bpm")
    with translation.override("en"):
        chips = {str(chip.name) for chip in Track(job).chips}
        assert chips == {"Style", "Tempo", "Mood", "Instrument"}
        assert Track(job).summary.endswith(" · 80 BPM")
        timed = orders.submit(user, "calm piano, 20 seconds, 3/4")
        assert Track(timed).summary == "Solo piano"  # what is beside it says the length
        assert {"Style", "Key"} < {str(c.name) for c in Track(orders.submit(user, "p", {"generator": "dummy"})).chips}


# -- Setting up --------------------------------------------------------------------------------------------------------


def test_a_fallback_that_is_not_there_is_named(remote: Any, settings: Any) -> None:
    for other in ("nobody", "remote"):
        entry(settings, FALLBACK=other)
        (message,) = checks.generator_settings()
        assert (message.id, other in message.msg) == ("jobs.E006", True)


def test_what_an_engine_lacks_is_asked_only_where_it_works(
    remote: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Remote, "problems", lambda self: ["There is no key."])
    (message,) = checks.generator_settings()
    assert "remote: There is no key." in message.msg
    entry(settings, LANE="elsewhere")
    assert checks.generator_settings() == []


def test_a_wrong_option_is_named(remote: Any, settings: Any) -> None:
    entry(settings, OPTIONS={"speed": "9"})
    generators.get.cache_clear()
    (message,) = checks.generator_settings()
    assert "option speed is unknown" in message.msg


def test_the_command_says_what_there_is(remote: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entry(settings, FALLBACK="dummy", LIMIT="20/day")
    out = StringIO()
    call_command("engines", stdout=out, no_color=True)
    said = out.getvalue()
    assert {"dummy", "remote", "  what it cannot make, dummy makes", "  at most 20/day for one person"} <= set(
        said.splitlines()
    )
    monkeypatch.setattr(Remote, "problems", lambda self: ["There is no key."])
    with pytest.raises(CommandError, match="lacking"):
        call_command("engines", "remote", "--fetch", stdout=StringIO())
    with pytest.raises(CommandError, match="no such engine"):
        call_command("engines", "zither")


def test_a_site_with_every_engine_imports_nothing_heavy(tmp_path: Path) -> None:
    """In a process of its own: web processes and the supervisor have the engines, but nothing of what those need."""
    code = """
import sys, django
django.setup()
import jobs.api.views, jobs.pages.views, jobs.worker.supervisor, musicsite.urls
from jobs.pages.engines import engines
from jobs.worker import tasks
print(sorted(engine.alias for engine in engines()))
heavy = "torch transformers httpx elevenlabs replicate huggingface_hub numpy scipy soundfile".split()
print(sorted(set(heavy) & set(sys.modules)))
"""
    env = {
        "DJANGO_SETTINGS_MODULE": "musicsite.settings",
        "MUSICSITE_LOCAL": "1",
        "MUSICSITE_DATA_DIR": str(tmp_path),
        "MUSICSITE_MUSICGEN": "model=facebook/musicgen-small,lane=gpu,fallback=composer",
        "MUSICSITE_ELEVENLABS": "key=sk_x,limit=20/day,price=0.8",
        "MUSICSITE_REPLICATE": "token=r8_x,model=owner/name:01,input.top_k=250",
        "MUSICSITE_ACESTEP": "url=http://gpu:8001,lane=gpu,input.inference_steps=16",
        "MUSICSITE_STABLE_AUDIO": "url=http://gpu:8006,lane=gpu,loop=yes",
        "MUSICSITE_BACKENDS": "bells=jobs.generators.dummy.Dummy?seconds=1&lane=bells",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=site.BASE_DIR, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    there, imported = done.stdout.splitlines()
    assert there == "['acestep', 'bells', 'composer', 'dummy', 'elevenlabs', 'musicgen', 'replicate', 'stable_audio']"
    assert imported == "[]"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"MUSICSITE_ELEVENLABS": "key=x,limit=often"}, "limit=often is not written like 20/day"),
        ({"MUSICSITE_REPLICATE": "token"}, "MUSICSITE_REPLICATE"),
        ({"MUSICSITE_MUSICGEN": "modle=x"}, "option modle is unknown; did you mean model?"),
        ({"MUSICSITE_MUSICGEN": "model=x,fallback=organ"}, "fallback=organ is none of the other engines"),
        ({"MUSICSITE_ACESTEP": "url=gpu:8001"}, "option url is no address like http://gpu:8001"),
        ({"MUSICSITE_STABLE_AUDIO": "url=http://gpu:8006,longest=381"}, "longest=381 is not between 5 and 380"),
        ({"MUSICSITE_BACKENDS": "bells=nowhere.Bells"}, "No module named 'nowhere'"),
    ],
)
def test_a_wrong_engine_stops_the_start(tmp_path: Path, env: dict[str, str], named: str) -> None:
    result = manage(tmp_path, "check", MUSICSITE_LOCAL="1", **env)
    assert result.returncode != 0
    assert named in result.stderr


# -- What people see ---------------------------------------------------------------------------------------------------


def worker_host(lane: str) -> None:
    now = timezone.now()
    WorkerHost.objects.create(host="h", pid=1, lane=lane, size=1, started_at=now, seen_at=now)


def test_the_form_says_what_each_engine_can_do(mina: Client, remote: Any, settings: Any) -> None:
    entry(settings, LANE="gpu")
    worker_host("default")
    page = mina.get("/music/")
    text = text_of(page)
    assert "Remote (no worker at the moment)" in text
    assert "Dummy (no" not in text
    assert "up to 0:30 · sings" in text
    ignored = text.partition("Takes no notice of: Style, Key, Mode, Metre, Mood, Instruments, Without, Loudness, ")[2]
    assert ignored.startswith("Seamless loop, Intro, Layers for games, Moments, Seed, Stems.")
    assert text.count("Nobody works this engine") == 1
    assert 'data-hears="duration tempo formats"' in page.content.decode()


def test_the_default_engine_is_chosen(remote: Any) -> None:
    (chosen,) = re.findall(r'<option value="(\w+)"[^>]* selected', str(MusicForm()["generator"]))
    assert chosen == "remote"


def test_an_order_that_the_engine_cannot_take_names_the_field(mina: Client, remote: Any) -> None:
    worker_host("default")
    answer = mina.post("/music/", {"prompt": "piano", "duration": "60", "generator": "remote"})
    assert answer.status_code == 422
    assert "This engine makes pieces from 10 to 30 seconds." in text_of(answer)
    assert not Job.objects.exists()


def test_the_track_says_which_engine_made_it(mina: Client, user: User, remote: Any) -> None:
    job = orders.submit(user, "piano")
    remote.script = [lambda order: None]
    tasks.work()
    text = text_of(mina.get(f"/tracks/{job.pk}/"))
    assert "Engine Remote" in text
    assert "new melody" not in text
