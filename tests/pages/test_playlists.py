"""Playlists: made, filled, ordered, passed on, fetched, and nobody else's."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Playlist
from jobs.models.playlist import MOST_TRACKS
from jobs.queue import exports, transitions
from tests.making import made, text_of

Order = Callable[..., Job]


@pytest.fixture
def songs(order: Order) -> list[Job]:
    return [made(order("calm piano", title=title)) for title in ("One", "밤 & <Two>", "Three")]


@pytest.fixture
def quiet(mina: Client, songs: list[Job]) -> Playlist:
    """Mina's playlist of three."""
    for number, song in enumerate(songs):
        chosen = {"playlist": str(Playlist.objects.get().pk)} if number else {"name": " Quiet   hours "}
        assert mina.post(f"/tracks/{song.pk}/playlist", chosen).status_code == 302
    return Playlist.objects.get()


def titles(playlist: Playlist) -> list[str]:
    return [job.title for job in playlist.tracks()]


def test_one_is_made_and_filled_on_the_pages_of_tracks(mina: Client, quiet: Playlist, songs: list[Job]) -> None:
    assert (quiet.name, titles(quiet)) == ("Quiet hours", ["One", "밤 & <Two>", "Three"])
    mina.post(f"/tracks/{songs[0].pk}/playlist", {"playlist": str(quiet.pk)})
    assert titles(quiet) == ["One", "밤 & <Two>", "Three"], "twice is once"
    assert "3 tracks in it" in text_of(mina.get("/playlists/"))
    page = mina.get(f"/playlists/{quiet.pk}/").content.decode()
    assert page.index("One") < page.index("밤 &amp; &lt;Two&gt;") < page.index("Three")
    assert f'<option value="{quiet.pk}">Quiet hours</option>' in mina.get(f"/tracks/{songs[0].pk}/").content.decode()


@pytest.mark.parametrize(
    ("title", "to", "after"),
    [
        ("One", 1, ["B", "One", "Three"]),
        ("Three", 0, ["Three", "One", "B"]),
        ("Three", 1, ["One", "Three", "B"]),
        ("One", 99, ["B", "Three", "One"]),
        ("One", 0, ["One", "B", "Three"]),
    ],
)
def test_a_track_is_moved(mina: Client, quiet: Playlist, title: str, to: int, after: list[str]) -> None:
    Job.objects.filter(title__startswith="밤").update(title="B")
    track = Job.objects.get(title=title)
    assert mina.post(f"/playlists/{quiet.pk}/move", {"track": str(track.pk), "to": str(to)}).status_code == 302
    assert titles(quiet) == after


@pytest.mark.parametrize("sent", [{}, {"track": "x", "to": "1"}, {"to": "-1"}, {"to": "x"}, {"to": "9" * 9}])
def test_what_is_no_place_moves_nothing(mina: Client, quiet: Playlist, songs: list[Job], sent: dict[str, str]) -> None:
    answer = mina.post(f"/playlists/{quiet.pk}/move", {"track": str(songs[0].pk), **sent})
    assert answer.status_code == 404
    assert titles(quiet)[0] == "One"


def test_a_deleted_track_keeps_its_place_and_is_not_shown(mina: Client, quiet: Playlist, songs: list[Job]) -> None:
    transitions.delete(songs[0])
    assert titles(quiet) == ["밤 & <Two>", "Three"]
    mina.post(f"/playlists/{quiet.pk}/move", {"track": str(songs[2].pk), "to": "0"})
    songs[0].restore()
    assert titles(quiet) == ["One", "Three", "밤 & <Two>"]
    transitions.purge(songs[1])
    assert titles(quiet) == ["One", "Three"]


def test_taken_out_it_stays_in_the_library(mina: Client, quiet: Playlist, songs: list[Job]) -> None:
    mina.post(f"/playlists/{quiet.pk}/remove", {"track": str(songs[1].pk)})
    assert titles(quiet) == ["One", "Three"]
    assert Job.objects.tracks().count() == 3
    mina.post(f"/playlists/{quiet.pk}/delete")
    assert not Playlist.objects.exists()
    assert Job.objects.tracks().count() == 3


def test_all_are_fetched_as_a_zip_in_their_order(mina: Client, quiet: Playlist, songs: list[Job]) -> None:
    exports.rename(songs[2], "Renamed")
    answer = mina.get(f"/playlists/{quiet.pk}/zip")
    assert answer["Content-Disposition"] == 'attachment; filename="Quiet hours.zip"'
    blocks = iter(answer.streaming_content)
    first = next(blocks)
    assert first.startswith(b"PK"), "it begins before it is whole"
    with zipfile.ZipFile(io.BytesIO(first + b"".join(blocks))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["01 One.wav", "02 밤 Two.wav", "03 Renamed.wav", "playlist.m3u8"]
        assert archive.read("playlist.m3u8").decode().splitlines()[1:] == names[:3]
        assert archive.read(names[0]).startswith(b"RIFF")


def test_whoever_has_the_link_hears_it_and_learns_nothing_else(
    mina: Client, client: Client, quiet: Playlist, songs: list[Job], order: Order, user: User
) -> None:
    hidden = made(order("my secret", title="Hidden"))
    mina.post(f"/playlists/{quiet.pk}/share")
    quiet.refresh_from_db()
    link = f"/shared/lists/{quiet.share_token}/"
    assert f"http://testserver{link}" in mina.get(f"/playlists/{quiet.pk}/").content.decode()
    answer = client.get(link)
    page = answer.content.decode()
    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex, nofollow")
    for private in ("mina", "Hidden", "calm piano", str(songs[0].seed), str(quiet.pk)):
        assert private not in page
    sound = client.get(f"{link}{songs[0].pk}")
    assert b"".join(sound.streaming_content).startswith(b"RIFF")
    assert client.get(f"{link}{hidden.pk}").status_code == 404
    for change in (lambda: mina.post(f"/playlists/{quiet.pk}/share", {"off": "1"}),):
        change()
        assert client.get(link).status_code == 404
        assert client.get(f"{link}{songs[0].pk}").status_code == 404


def test_a_closed_account_shares_none(client: Client, quiet: Playlist, user: User) -> None:
    Playlist.objects.update(share_token="x" * 32)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(f"/shared/lists/{'x' * 32}/").status_code == 404


def test_it_is_nobody_elses(quiet: Playlist, songs: list[Job], other: User, order: Order) -> None:
    client = Client()
    client.force_login(other)
    for path in ("", "zip"):
        assert client.get(f"/playlists/{quiet.pk}/{path}").status_code == 404
    for action in ("rename", "delete", "move", "remove", "share"):
        sent = {"name": "Mine", "track": str(songs[0].pk), "to": "0"}
        assert client.post(f"/playlists/{quiet.pk}/{action}", sent).status_code == 404
    assert client.post(f"/tracks/{songs[0].pk}/playlist", {"name": "Mine"}).status_code == 404
    quiet.refresh_from_db()
    assert (quiet.name, quiet.share_token, len(titles(quiet))) == ("Quiet hours", None, 3)
    assert "Quiet hours" not in text_of(client.get("/playlists/"))


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "a\x00b"])
def test_without_a_name_there_is_none(mina: Client, name: str) -> None:
    answer = mina.post("/playlists/make", {"name": name}, follow=True)
    assert "A playlist needs a name." in text_of(answer)
    assert not Playlist.objects.exists()


def test_a_full_one_says_so(mina: Client, quiet: Playlist, order: Order, monkeypatch: Any) -> None:
    monkeypatch.setattr("jobs.models.playlist.MOST_TRACKS", 3)
    more = made(order("calm piano", title="Four"))
    answer = mina.post(f"/tracks/{more.pk}/playlist", {"playlist": str(quiet.pk)}, follow=True)
    assert "“Quiet hours” is full." in text_of(answer)
    assert len(titles(quiet)) == 3 < MOST_TRACKS


def test_another_name(mina: Client, quiet: Playlist) -> None:
    mina.post(f"/playlists/{quiet.pk}/rename", {"name": "조용한 시간"})
    quiet.refresh_from_db()
    assert quiet.name == "조용한 시간"
