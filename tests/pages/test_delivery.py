from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from jobs.models import Job
from jobs.music.files.tags import id3
from jobs.queue import exports
from tests.making import deliver

AUDIO = bytes(range(256)) * 8


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def track(order: Any, claim: Any) -> Job:
    """A finished track of mina's with an awkward title."""
    order()
    job = deliver(claim(), AUDIO)
    Job.objects.filter(pk=job.pk).update(title='비 오는 "밤"/../\r\nX: y')
    return Job.objects.get(pk=job.pk)


def test_it_delivers_the_whole_file(mina: Client, track: Job) -> None:
    response = mina.get(track.result_url)
    assert (response.status_code, body(response)) == (200, AUDIO)
    assert response["Content-Type"] == "audio/mpeg"
    assert response["Accept-Ranges"] == "bytes"
    assert int(response["Content-Length"]) == len(AUDIO)
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("0-", 0, 2047),
        ("0-0", 0, 0),
        ("100-199", 100, 199),
        ("2000-9999", 2000, 2047),
        ("-48", 2000, 2047),
        ("-9999", 0, 2047),
    ],
)
def test_it_delivers_a_range(mina: Client, track: Job, wanted: str, start: int, end: int) -> None:
    response = mina.get(track.result_url, headers={"Range": f"bytes={wanted}"})
    assert (response.status_code, body(response)) == (206, AUDIO[start : end + 1])
    assert response["Content-Range"] == f"bytes {start}-{end}/2048"
    assert int(response["Content-Length"]) == end + 1 - start


@pytest.mark.parametrize("wanted", ["2048-", "9999-10000", "5-2", "-0"])
def test_it_refuses_a_range_outside_the_file(mina: Client, track: Job, wanted: str) -> None:
    response = mina.get(track.result_url, headers={"Range": f"bytes={wanted}"})
    assert (response.status_code, body(response)) == (416, b"")
    assert response["Content-Range"] == "bytes */2048"


@pytest.mark.parametrize("header", ["bytes=a-b", "items=0-5", "bytes=0-1,5-6", "nonsense"])
def test_it_ignores_a_range_that_it_does_not_understand(mina: Client, track: Job, header: str) -> None:
    assert body(mina.get(track.result_url, headers={"Range": header})) == AUDIO


def test_it_sends_a_file_again_only_when_it_changed(mina: Client, track: Job) -> None:
    first = mina.get(track.result_url)
    assert body(first) == AUDIO
    etag = first["ETag"]
    assert mina.get(track.result_url, headers={"If-None-Match": etag}).status_code == 304
    fresh = mina.get(track.result_url, headers={"Range": "bytes=0-9", "If-Range": etag})
    stale = mina.get(track.result_url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (fresh.status_code, stale.status_code, body(stale)) == (206, 200, AUDIO)
    body(fresh)


def test_a_head_request_has_no_body(mina: Client, track: Job) -> None:
    response = mina.head(track.result_url)
    assert (response.status_code, body(response)) == (200, b"")
    assert int(response["Content-Length"]) == len(AUDIO)


def test_a_download_is_named_after_the_track(mina: Client, track: Job) -> None:
    response = mina.get(track.result_url + "?download=1")
    header = response["Content-Disposition"]
    body(response)
    assert header.startswith("attachment; filename*=utf-8''%EB%B9%84")
    assert header.endswith(".mp3")
    for bad in ("/", "\r", "\n", '"'):
        assert bad not in header.split("''")[1]
    response = mina.get(track.result_url)
    assert response["Content-Disposition"].startswith("inline")
    body(response)


def test_only_the_owner_gets_it(client: Client, other: Any, track: Job) -> None:
    assert client.get(track.result_url).status_code == 404
    client.force_login(other)
    assert client.get(track.result_url).status_code == 404
    assert client.post(track.result_url).status_code == 405


def test_what_is_not_there_is_not_found(mina: Client, track: Job, settings: Any) -> None:
    assert mina.get(f"/tracks/{track.pk}/midi").status_code == 404
    (settings.MEDIA_ROOT / track.files["audio"]["name"]).unlink()
    assert mina.get(track.result_url).status_code == 404


# -- Conditions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["W/{}", '"x", {}', '"x", W/{} , "y"', "*", " * "])
def test_whoever_has_it_in_any_words_is_not_sent_it_again(mina: Client, track: Job, wanted: str) -> None:
    etag = mina.head(track.result_url)["ETag"]
    response = mina.get(track.result_url, headers={"If-None-Match": wanted.format(etag)})
    assert (response.status_code, body(response)) == (304, b"")
    assert response["ETag"] == etag


@pytest.mark.parametrize("wanted", ['"x"', 'W/"x", "y"', "x", ""])
def test_whoever_has_something_else_is_sent_it(mina: Client, track: Job, wanted: str) -> None:
    assert body(mina.get(track.result_url, headers={"If-None-Match": wanted})) == AUDIO


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=9999-"])
def test_a_range_is_of_what_get_gives(mina: Client, track: Job, wanted: str) -> None:
    response = mina.head(track.result_url, headers={"Range": wanted})
    assert (response.status_code, int(response["Content-Length"])) == (200, len(AUDIO))
    assert "Content-Range" not in response


# -- Renamed -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tagged(order: Any, claim: Any) -> Job:
    """A track with tags of ours, not renamed yet."""
    order(title="Old")
    return deliver(claim(), id3({"TIT2": "Old", "TPE1": "Musicsite"}, {}) + AUDIO)


def test_a_renamed_track_has_its_title_inside(mina: Client, tagged: Job) -> None:
    before = mina.get(tagged.result_url)
    assert b"Old" in body(before)
    assert mina.post(f"/tracks/{tagged.pk}/rename", {"title": "비 오는 밤"}).status_code == 302
    response = mina.get(tagged.result_url, headers={"If-None-Match": before["ETag"]})
    whole = body(response)
    assert whole == id3({"TIT2": "비 오는 밤", "TPE1": "Musicsite"}, {}) + AUDIO
    assert int(response["Content-Length"]) == len(whole)
    assert response["ETag"] != before["ETag"]
    assert int(mina.head(tagged.result_url)["Content-Length"]) == len(whole)


def test_every_range_of_it_is_of_the_file_with_the_title(mina: Client, tagged: Job) -> None:
    tagged.rename("Another title")
    whole = body(mina.get(tagged.result_url))
    head = len(whole) - len(AUDIO)
    for start, end in ((0, 0), (0, head - 1), (head - 3, head + 3), (head, head), (head + 1, len(whole) - 1), (5, 7)):
        response = mina.get(tagged.result_url, headers={"Range": f"bytes={start}-{end}"})
        assert (response.status_code, body(response)) == (206, whole[start : end + 1])
        assert response["Content-Range"] == f"bytes {start}-{end}/{len(whole)}"


def test_renamed_back_it_is_the_file_as_it_is_stored(mina: Client, tagged: Job) -> None:
    before = mina.head(tagged.result_url)["ETag"]
    tagged.rename("Another")
    tagged.rename("Old")
    assert mina.head(tagged.result_url)["ETag"] == before


def test_the_proxy_sends_only_what_has_its_title_in_the_store(mina: Client, tagged: Job, settings: Any) -> None:
    settings.DELIVERY = "nginx"
    assert "X-Accel-Redirect" in mina.get(tagged.result_url)
    tagged.rename("Another")
    response = mina.get(tagged.result_url)
    assert "X-Accel-Redirect" not in response
    assert b"Another" in body(response)


def test_an_export_made_after_it_is_called_so_inside(tagged: Job) -> None:
    tagged.rename("Another")
    assert exports.order(tagged, "wav").brief["title"] == "Another"
    assert tagged.brief["title"] == "Old"


def test_a_download_is_a_name_that_every_file_system_takes(mina: Client, track: Job) -> None:
    track.rename("가" * 120)
    header = mina.head(track.result_url + "?download=1")["Content-Disposition"]
    assert unquote(header.partition("''")[2]) == "가" * 65 + ".mp3"
