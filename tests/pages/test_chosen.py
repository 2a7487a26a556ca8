"""Several tracks of the library at once: favourites, a playlist, the bin and back, a zip; and nobody else's."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Playlist
from jobs.models.playlist import MOST_TRACKS
from tests.making import made, text_of

Order = Callable[..., Job]


@pytest.fixture
def songs(order: Order) -> list[Job]:
    """Three that are done, and one that waits for a worker."""
    return [*(made(order("calm piano", title=title)) for title in ("One", "Two", "Three")), order("x", title="Waiting")]


def there() -> list[str]:
    return sorted(Job.objects.filter(deleted_at__isnull=True).values_list("title", flat=True))


def send(client: Client, do: str, jobs: list[Job], **fields: str) -> str:
    """What the page says on which the person is then."""
    chosen = {"do": do, "track": [str(job.pk) for job in jobs], **fields}
    response = client.post("/library/chosen", chosen, headers={"Referer": "http://testserver/library/?sort=title"})
    assert response["Location"] == "http://testserver/library/?sort=title"
    return text_of(client.get("/library/?sort=title"))


def test_finished_tracks_have_boxes_of_one_form(mina: Client, songs: list[Job]) -> None:
    page = mina.get("/library/").content.decode()
    boxes = re.findall(r'<input type="checkbox" name="track" value="([^"]+)" form="chosen">', page)
    assert set(boxes) == {str(song.pk) for song in songs[:3]}
    assert page.count('<form class="chosen" id="chosen"') == 1
    assert 'form="chosen"' not in mina.get("/").content.decode()
    part = mina.get(f"/tracks/{songs[0].pk}/parts/card?choosable=1").content.decode()
    assert 'form="chosen"' in part, "a card that is exchanged keeps its box"
    mina.post(f"/tracks/{songs[0].pk}/delete")
    assert 'form="chosen"' not in mina.get("/library/?show=bin").content.decode()


def test_they_become_favourites_and_cease_to_be(mina: Client, songs: list[Job]) -> None:
    assert "2 tracks are among your favourites." in send(mina, "favourite", [*songs[:2], songs[3]])
    assert sorted(Job.objects.filter(favourite=True).values_list("title", flat=True)) == ["One", "Two"]
    assert "1 track is no favourite now." in send(mina, "unfavourite", songs[:1])
    assert Job.objects.get(favourite=True).title == "Two"


def test_they_come_into_a_playlist(mina: Client, songs: list[Job]) -> None:
    assert "2 tracks are in “Mix”." in send(mina, "playlist", songs[:2], name="Mix")
    mix = Playlist.objects.get()
    assert [job.title for job in mix.tracks()] == ["Two", "One"], "as in the library"
    send(mina, "playlist", songs[1:], playlist=str(mix.pk))
    assert [job.title for job in mix.tracks()] == ["Two", "One", "Three"]
    assert "A playlist needs a name." in send(mina, "playlist", songs[:2])


def test_they_go_into_the_bin_and_come_back(mina: Client, songs: list[Job]) -> None:
    chosen = {"do": "delete", "track": [str(songs[0].pk), str(songs[1].pk), str(songs[3].pk)]}
    answer = mina.post("/library/chosen", chosen, follow=True)
    assert "2 tracks were deleted." in text_of(answer)
    assert there() == ["Three", "Waiting"]
    since = re.search(r'name="since" value="([^"]+)"', answer.content.decode())
    assert since is not None
    mina.post("/library/restore", {"since": since[1]})
    assert there() == ["One", "Three", "Two", "Waiting"]


def test_they_are_fetched_as_a_zip_that_streams(mina: Client, songs: list[Job]) -> None:
    answer: Any = mina.post("/library/chosen/zip", {"track": [str(songs[0].pk), str(songs[2].pk), str(songs[3].pk)]})
    assert answer.streaming
    assert "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as zipped:
        assert zipped.namelist() == ["01 Three.wav", "02 One.wav", "playlist.m3u8"]
        assert zipped.read("02 One.wav").startswith(b"RIFF")
    answer = mina.post("/library/chosen/zip", {"track": str(songs[3].pk)}, follow=True)
    assert "Nothing of what you chose can be downloaded." in text_of(answer)


@pytest.mark.parametrize("sent", [{"do": "sing"}, {"do": "delete", "track": "x"}, {"track": ["'"] * 3}])
def test_what_is_no_choice_changes_nothing(mina: Client, songs: list[Job], sent: dict[str, Any]) -> None:
    assert mina.post("/library/chosen", {"track": str(songs[0].pk), **sent}).status_code == 404
    assert len(there()) == 4


def test_nothing_chosen_is_said(mina: Client, songs: list[Job]) -> None:
    assert "Choose tracks by their boxes first." in send(mina, "delete", [])
    assert len(there()) == 4


def test_nobody_elses_are_touched(client: Client, other: User, songs: list[Job]) -> None:
    client.force_login(other)
    for do in ("favourite", "delete", "playlist"):
        send(client, do, songs, name="Stolen")
    assert not Playlist.objects.exists()
    assert not Job.objects.filter(favourite=True).exists()
    assert len(there()) == 4
    answer = client.post("/library/chosen/zip", {"track": [str(song.pk) for song in songs]})
    assert answer.status_code == 302


def test_more_than_a_playlist_takes_are_left_out(mina: Client, songs: list[Job]) -> None:
    keys = ["00000000-0000-0000-0000-000000000000"] * MOST_TRACKS + [str(songs[0].pk)]
    mina.post("/library/chosen", {"do": "delete", "track": keys})
    assert len(there()) == 4
