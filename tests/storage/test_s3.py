"""Tracks in an object store, against one that speaks S3."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from jobs import checks
from jobs.models import Job, State
from jobs.music.files.tags import id3
from jobs.pages import pictures
from jobs.queue import transitions
from jobs.storage import files
from jobs.worker import attempt, patience
from musicsite.headers import policy
from tests import making, s3

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

AUDIO = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def server() -> Iterator[s3.Server]:
    with s3.server() as server:
        yield server


@pytest.fixture
def store(server: s3.Server, settings: Any) -> s3.Server:
    """The site keeps its tracks there; the store is empty."""
    settings.STORAGES = server.storages
    server.empty()
    return server


@pytest.fixture
def track(store: s3.Server, order: Any, claim: Any) -> Job:
    order()
    return making.deliver(claim(), AUDIO)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_renamed_track_comes_from_there_with_its_title_inside(
    store: s3.Server, order: Any, claim: Any, mina: Client, settings: Any
) -> None:
    order(title="Old")
    track = making.deliver(claim(), id3({"TIT2": "Old"}, {}) + AUDIO)
    settings.DELIVERY = "redirect"
    assert mina.get(track.result_url).status_code == 302
    track.rename("Another")
    whole = id3({"TIT2": "Another"}, {}) + AUDIO
    assert body(mina.get(track.result_url)) == whole
    for start, end in ((0, 5), (20, 40), (500, 600)):
        response = mina.get(track.result_url, headers={"Range": f"bytes={start}-{end}"})
        assert (response.status_code, body(response)) == (206, whole[start : end + 1])
    files.remove_job(track.pk)
    assert mina.get(track.result_url).status_code == 404


@pytest.mark.django_db(transaction=True)  # the heart writes over a connection of its own
def test_a_job_is_kept_there_with_its_type(store: s3.Server, order: Any, claim: Any) -> None:
    order()
    attempt.run(claim())
    job = Job.objects.get()
    assert job.state == State.DONE
    assert store.names() == [job.files["audio"]["name"]]
    head = store.client.head_object(Bucket=s3.BUCKET, Key=store.names()[0])
    assert (head["ContentType"], head["ContentLength"]) == ("audio/wav", job.files["audio"]["size"])
    transitions.delete(job)


def test_a_purged_job_leaves_no_file_behind(
    store: s3.Server, order: Any, django_capture_on_commit_callbacks: Any
) -> None:
    kept, gone = making.made(order()), making.made(order())
    with django_capture_on_commit_callbacks(execute=True):
        transitions.purge(gone)
    assert {name.split("/")[1] for name in store.names()} == {str(kept.pk)}


def test_everything_of_a_person_is_read_from_there(mina: Client, track: Job) -> None:
    with zipfile.ZipFile(io.BytesIO(body(mina.post("/accounts/export")))) as everything:
        (name,) = [name for name in everything.namelist() if name.startswith("tracks/")]
        assert everything.read(name) == AUDIO


def test_what_the_store_has_lost_is_missing_from_the_zip(store: s3.Server, mina: Client, track: Job) -> None:
    store.empty()
    with zipfile.ZipFile(io.BytesIO(body(mina.post("/accounts/export")))) as everything:
        assert len(json.loads(everything.read("manifest.json"))["missing"]) == 1


def test_pictures_are_read_from_there(store: s3.Server, order: Any) -> None:
    assert pictures.waveform(making.made(order())).startswith("M")


def test_what_belongs_to_no_job_is_pruned(store: s3.Server, order: Any) -> None:
    job = making.made(order())
    store.client.put_object(Bucket=s3.BUCKET, Key="tracks/6b1c1ae4-3c1c-4b3c-9a4a-1c9d7f0f5a11/1/audio.mp3", Body=b"x")
    call_command("prunejobs", stdout=StringIO())
    assert {name.split("/")[1] for name in store.names()} == {str(job.pk)}


def test_the_site_delivers_the_whole_file(mina: Client, track: Job) -> None:
    response = mina.get(track.result_url)
    assert (response.status_code, body(response)) == (200, AUDIO)
    assert (response["Content-Type"], response["Content-Length"]) == ("audio/mpeg", "2048")
    assert mina.get(track.result_url, headers={"If-None-Match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize(("wanted", "start", "end"), [("0-0", 0, 0), ("100-199", 100, 199), ("-48", 2000, 2047)])
def test_the_site_delivers_a_range(mina: Client, track: Job, wanted: str, start: int, end: int) -> None:
    response = mina.get(track.result_url, headers={"Range": f"bytes={wanted}"})
    assert (response.status_code, body(response)) == (206, AUDIO[start : end + 1])
    assert response["Content-Range"] == f"bytes {start}-{end}/2048"
    assert mina.get(track.result_url, headers={"Range": "bytes=2048-"}).status_code == 416


def test_a_head_request_and_a_file_that_is_gone(mina: Client, track: Job) -> None:
    assert mina.head(track.result_url).status_code == 200
    default_storage.delete(track.files["audio"]["name"])
    assert mina.head(track.result_url).status_code == 404
    assert mina.get(track.result_url).status_code == 404


def test_a_redirect_leads_to_the_file_for_longer_than_the_track(mina: Client, track: Job, settings: Any) -> None:
    settings.DELIVERY = "redirect"
    response = mina.get(track.result_url + "?download=1")
    assert response.status_code == 302
    assert "private" in response["Cache-Control"]
    url = response["Location"]
    assert "X-Amz-Expires=3624" in url
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=10-19"})) as answer:
        assert (answer.status, answer.read()) == (206, AUDIO[10:20])
        assert answer.headers["Content-Type"] == "audio/mpeg"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_only_the_owner_is_redirected(client: Client, other: Any, track: Job, settings: Any) -> None:
    settings.DELIVERY = "redirect"
    assert client.get(track.result_url).status_code == 404
    client.force_login(other)
    assert client.get(track.result_url).status_code == 404


def test_links_are_signed_for_the_address_of_browsers(mina: Client, track: Job, settings: Any, store: Any) -> None:
    settings.DELIVERY = "redirect"
    options = {**store.storages["default"]["OPTIONS"], "public_endpoint": "https://media.example.org"}
    settings.STORAGES = {**store.storages, "default": {"BACKEND": "jobs.storage.s3.Store", "OPTIONS": options}}
    assert mina.get(track.result_url)["Location"].startswith("https://media.example.org/tracks/tracks/")


def test_nginx_is_told_where_the_file_is(mina: Client, track: Job, settings: Any, store: s3.Server) -> None:
    settings.DELIVERY = "nginx"
    place = mina.get(track.result_url)["X-Accel-Redirect"]
    assert place.startswith(f"/_store/{s3.BUCKET}/{track.files['audio']['name']}?")
    with urllib.request.urlopen(store.url + place.removeprefix("/_store")) as answer:
        assert answer.read() == AUDIO


def test_small_files_come_from_the_site_whatever_the_delivery(
    mina: Client, store: Any, order: Any, settings: Any
) -> None:
    settings.DELIVERY = "redirect"
    job = making.made(order())
    response = mina.get(f"/tracks/{job.pk}/roll")
    assert body(response).decode() == making.ROLL
    assert "sandbox" in response["Content-Security-Policy"]


def test_the_policy_allows_the_store_only_for_redirects() -> None:
    assert "media-src 'self';" in policy("")
    allowed = policy("https://media.example.org")
    assert "media-src 'self' https://media.example.org;" in allowed
    assert allowed.count("media.example.org") == 2


def test_a_backup_holds_the_files_and_puts_them_back(
    store: s3.Server, transactional_db: None, order: Any, tmp_path: Path
) -> None:
    job = making.made(order())
    call_command("backup", str(tmp_path / "site.tar"), stdout=StringIO())
    before = set(store.names())
    files.remove_job(job.pk)
    call_command("restore", str(tmp_path / "site.tar"), "--force", stdout=StringIO())
    assert set(store.names()) == before


@pytest.mark.django_db(transaction=True)  # as above
def test_a_store_that_is_away_for_a_moment_costs_no_piece(
    server: s3.Server, store: s3.Server, order: Any, claim: Any, monkeypatch: Any
) -> None:
    order()
    job = claim()
    keep, calls = files.keep, []

    def flaky(*args: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError("away")
        return keep(*args)

    monkeypatch.setattr(files, "keep", flaky)
    monkeypatch.setattr(patience, "AGAIN_SECONDS", 0.01)
    attempt.run(job)
    assert Job.objects.get().state == State.DONE
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"bucket_name": "nowhere"}, "NoSuchBucket"),
        ({"endpoint_url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_wrong_address_is_told_and_no_job_is_lost(
    store: s3.Server, settings: Any, order: Any, claim: Any, monkeypatch: Any, options: dict[str, str], says: str
) -> None:
    wrong = {**store.storages["default"]["OPTIONS"], **options}
    settings.STORAGES = {**store.storages, "default": {"BACKEND": "jobs.storage.s3.Store", "OPTIONS": wrong}}
    monkeypatch.setattr(attempt, "STORE_SECONDS", 0)
    assert says in files.problem()
    order()
    attempt.run(claim())
    job = Job.objects.get()
    assert (job.state, job.attempts.get().error_code) == (State.PENDING, "storage_failed")
    assert says in job.attempts.get().error_message


def test_a_bucket_without_rights_is_told(store: s3.Server, monkeypatch: Any) -> None:
    from botocore.exceptions import ClientError

    assert files.problem() == ""

    def denied(**kwargs: Any) -> None:
        answer: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(answer, "PutObject")

    monkeypatch.setattr(default_storage.connection.meta.client, "put_object", denied)
    assert "AccessDenied" in files.problem()


def test_a_command_makes_the_bucket_and_says_whether_it_can_be_used(store: s3.Server, settings: Any) -> None:
    missing = {**store.storages["default"]["OPTIONS"], "bucket_name": "new"}
    settings.STORAGES = {**store.storages, "default": {"BACKEND": "jobs.storage.s3.Store", "OPTIONS": missing}}
    settings.S3_BUCKET = "new"
    with pytest.raises(CommandError, match="NoSuchBucket"):
        call_command("storage")
    out = StringIO()
    call_command("storage", "--create", stdout=out)
    assert out.getvalue() == "Tracks can be kept in bucket new.\n"


def test_a_redirect_without_a_store_is_refused(settings: Any) -> None:
    settings.DELIVERY = "redirect"
    assert [message.id for message in checks.storage_settings()] == ["jobs.E007"]
    settings.S3_BUCKET, settings.S3_ENDPOINT = "tracks", "s3.example.org"
    assert [message.id for message in checks.storage_settings()] == ["jobs.E008"]
