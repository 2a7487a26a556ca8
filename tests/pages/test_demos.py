"""The front page's pieces: what visitors see and hear of them, and that nothing else comes by their way."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.test import Client
from django.utils.translation import override

from jobs.models import Job
from jobs.music import piece
from jobs.music.words.understand import understand
from jobs.pages import demos
from jobs.pages.examples import OF_STYLES
from tests.commands import run
from tests.making import made, text_of

Order = Callable[..., Job]


@pytest.fixture
def storage(settings: Any) -> Path:
    """Where they are kept."""
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One that makes nothing; the list has one entry, the bytes of each sound."""
    size = [1000]

    def make(brief: Any, seed: int, folder: Path, progress: Any, *, outputs: Any, **rest: Any) -> Any:
        (folder / "audio.mp3").write_bytes(brief.style.encode().ljust(size[0], b"."))
        (folder / "peaks.json").write_text('{"peaks": [0, 128, 255, 64]}')
        return SimpleNamespace(
            files={"mp3": folder / "audio.mp3", "peaks": folder / "peaks.json"}, duration=brief.duration
        )

    monkeypatch.setattr(piece, "make", make)
    monkeypatch.setattr("jobs.management.commands.demos.sounds", lambda chosen: {})
    return size


def test_without_them_the_page_says_nothing_of_them(client: Client) -> None:
    page = client.get("/")
    assert b"<audio" not in page.content
    assert "Make one like this" not in text_of(page)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_they_are_heard_with_the_words_that_made_them(client: Client, composer: Any, language: str) -> None:
    run("demos", "--front-page")
    response = client.get("/", headers={"Accept-Language": language})
    page = response.content.decode()
    assert len(response.content) < 100_000
    assert page.count('<audio controls preload="none"') == len(demos.STYLES) == 12
    assert "autoplay" not in page
    with override(language):
        words = [str(OF_STYLES[style]) for style in demos.STYLES]
    assert [unescape(text) for text in re.findall("<blockquote>(.*?)</blockquote>", page)] == words
    sound: Any = client.get(unescape(re.findall('<audio[^>]*src="([^"]+)"', page)[1]), headers={"Range": "bytes=0-8"})
    assert (sound.status_code, b"".join(sound.streaming_content)) == (206, b"cinematic")
    assert sound["Cache-Control"] == "public, max-age=604800"
    assert sound["Content-Type"] == "audio/mpeg"


@pytest.mark.parametrize("style", demos.STYLES)
def test_the_words_ask_for_the_same_in_both_languages(style: str) -> None:
    with override("ko"):
        korean = understand(str(OF_STYLES[style]), {"duration": demos.DURATION}, demos.SEED)
    english = understand(demos.words_of(style), {"duration": demos.DURATION}, demos.SEED)
    for name in ("style", "tempo", "tonic", "mode", "metre", "duration"):
        assert getattr(korean, name) == getattr(english, name), name
    assert english.style == style


@pytest.mark.django_db
def test_one_like_it_is_ordered_after_signing_up(client: Client, composer: Any) -> None:
    run("demos", "--front-page")
    like_it = unescape(re.findall(r'href="(/music/\?prompt=[^"]+duration[^"]+)"', client.get("/").content.decode())[2])
    log_in = client.get(like_it, follow=True)
    (sign_up,) = re.findall(r'href="(/accounts/signup/\?next=[^"]+)"', log_in.content.decode())
    onward = parse_qs(urlsplit(unescape(sign_up)).query)["next"][0]
    account = {"username": "nova", "password1": "correct horse 9", "password2": "correct horse 9", "next": onward}
    form = client.post("/accounts/signup/", account, follow=True)
    assert form.status_code == 200
    assert "tight funk with clavinet and horns, 104 bpm" in form.content.decode()
    assert re.search(r'name="duration"[^>]*value="30"|value="30"[^>]*name="duration"', form.content.decode())


def test_no_track_comes_by_their_way(client: Client, order: Order, composer: Any, storage: Path) -> None:
    job = made(order("calm piano", title="Mine"))
    run("demos", "--front-page")
    for name in (job.pk, "jazz", "index", "tracks", f"..%2ftracks%2f{job.pk}"):
        assert client.get(f"/demos/{name}.mp3").status_code == 404
    for file in (storage / "demos").glob("funk-*.mp3"):
        file.unlink()
    assert client.get("/demos/funk.mp3").status_code == 404


def test_the_next_rendering_takes_the_place_of_the_one_before(client: Client, composer: Any, storage: Path) -> None:
    run("demos", "--front-page")
    before = client.head("/demos/funk.mp3")["ETag"]
    composer[0] = 2000
    assert "12 pieces, 0.0 MB" in run("demos", "--front-page")
    assert client.head("/demos/funk.mp3")["ETag"] != before
    assert len(list((storage / "demos").iterdir())) == 13


def test_more_than_ten_megabytes_are_refused(composer: Any, storage: Path) -> None:
    composer[0] = demos.LARGEST // 12 + 1
    with pytest.raises(CommandError, match="too large"):
        run("demos", "--front-page")
    assert not storage.exists()


def test_a_piece_of_other_words_is_not_shown(
    client: Client, composer: Any, monkeypatch: pytest.MonkeyPatch, storage: Path
) -> None:
    run("demos", "--front-page")
    index = storage / "demos/index.json"
    index.write_text(index.read_text().replace("tight funk", "loose funk"))
    cache.delete("demos")
    assert client.get("/").content.count(b"<audio") == 11
    index.write_text("[]")
    cache.delete("demos")
    assert client.get("/").status_code == 200
