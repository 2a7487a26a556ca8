"""A finished track in another format: ordered, made, delivered, limited and gone."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from jobs.generators.base import FORMATS, PAPER, GeneratorError, Made
from jobs.models import Job, State, errors
from jobs.models.errors import IllegalTransition, LimitReached
from jobs.music.composing import VERSION
from jobs.queue import exports, orders, transitions, variations
from jobs.worker import attempt
from tests.making import made
from tests.pages.test_delivery import body

WITHOUT_CUES = [kind for kind in PAPER if kind != "cues.csv"]  # of a track that meets no moments


def run_all(claim: Any) -> None:
    while job := claim():
        attempt.run(job)


@pytest.fixture
def track(order: Any, claim: Any) -> Job:
    """A track of mina's that the dummy has made."""
    job = order(title="Night Train")
    run_all(claim)
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def exported(track: Job, claim: Any) -> Job:
    """Its WAV file, made."""
    job = exports.order(track, "wav")
    run_all(claim)
    job.refresh_from_db()
    return job


def test_an_export_is_a_job_of_its_own_for_the_same_piece(track: Job, claim: Any) -> None:
    export = exports.order(track, "wav")
    assert (export.state, export.export_of, export.export_as) == (State.PENDING, track, "wav")
    assert (export.brief, export.seed, export.generator) == (track.brief, track.seed, track.generator)
    assert export.title == "Night Train · WAV"
    run_all(claim)
    export.refresh_from_db()
    assert (export.state, export.result_url) == (State.DONE, f"/tracks/{track.pk}/wav")
    assert set(export.files) == {"wav"}
    track.refresh_from_db()
    assert set(track.files) == {"audio"}


def test_twice_is_one_job(track: Job, mina: Client) -> None:
    for _ in range(2):
        response = mina.post(f"/tracks/{track.pk}/export", {"format": "wav"})
        assert (response.status_code, response["Location"]) == (302, f"/tracks/{track.pk}/#downloads")
    assert track.exports.count() == 1
    with pytest.raises(IntegrityError):  # whoever comes at the same moment
        Job.objects.create(
            owner=track.owner, export_of=track, export_as="wav", seed=1, attempt_limit=1, turn=0, generator="dummy"
        )


def test_it_is_delivered_at_the_tracks_address_to_its_owner_alone(
    exported: Job, track: Job, mina: Client, client: Client, other: User
) -> None:
    url = f"/tracks/{track.pk}/wav"
    whole = mina.get(f"{url}?download=1")
    content = body(whole)
    assert (whole["Content-Type"], len(content)) == ("audio/wav", exported.size)
    assert whole["Content-Disposition"] == 'attachment; filename="Night Train.wav"'
    part = mina.get(url, headers={"Range": "bytes=0-3"})
    assert (part.status_code, body(part)) == (206, b"RIFF")
    assert mina.get(url, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert mina.get(f"/tracks/{track.pk}/flac").status_code == 404
    assert client.get(url).status_code == 404
    client.force_login(other)
    assert client.get(url).status_code == 404
    assert client.post(f"/tracks/{track.pk}/export", {"format": "wav"}).status_code == 404


def test_its_page_tells_how_far_it_is(track: Job, mina: Client, claim: Any) -> None:
    page = f"/tracks/{track.pk}/"
    assert "Prepare" in mina.get(page).content.decode()
    export = exports.order(track, "wav")
    running = mina.get(page).content.decode()
    assert f'data-job="{export.pk}"' in running
    assert "Prepare" not in running
    assert 'http-equiv="refresh"' in running
    run_all(claim)
    done = mina.get(page).content.decode()
    assert f"{page}wav?download=1" in done
    assert 'http-equiv="refresh"' not in done
    line = mina.get(f"{page}parts/download-wav").content.decode()
    assert f"{page}wav?download=1" in line
    assert mina.get(f"{page}parts/download-midi").status_code == 404
    assert mina.get(f"{page}parts/download").status_code == 404


def test_it_is_no_track_of_the_library_nor_of_the_api(exported: Job, track: Job, mina: Client) -> None:
    for page in ("/", "/music/", "/library/"):
        assert [one.job for one in mina.get(page).context["tracks"]] == [track]
    assert [one["jobId"] for one in mina.get("/api/music").json()["items"]] == [str(track.pk)]
    assert mina.get(f"/tracks/{exported.pk}/")["Location"] == f"/tracks/{track.pk}/#downloads"
    for action in ("share", "rename", "favourite", "vary", "export"):
        assert mina.post(f"/tracks/{exported.pk}/{action}").status_code == 404
    assert mina.get(f"/tracks/{exported.pk}/parts/card").status_code == 404


def test_the_header_tells_of_it_with_a_link_to_the_file(exported: Job, track: Job, mina: Client) -> None:
    (status,) = mina.get("/library/").context["indicator"].state["finished"][-1:]
    assert (status["exportOf"], status["resultUrl"]) == (str(track.pk), f"/tracks/{track.pk}/wav")
    assert f'href="/tracks/{track.pk}/wav?download=1"' in mina.get("/library/").content.decode()
    mina.get(f"/tracks/{track.pk}/")  # where it is told of, too
    assert [one["jobId"] for one in mina.get("/library/").context["indicator"].state["finished"]] == []


def test_one_that_failed_says_why_and_can_be_tried_again(track: Job, mina: Client, claim: Any) -> None:
    exports.order(track, "wav")
    claim().fail("engine_failed", "No.")
    page = mina.get(f"/tracks/{track.pk}/").content.decode()
    assert "The engine failed to make this piece." in page
    assert "Try again" in page
    again = exports.order(track, "wav")
    again.refresh_from_db()
    assert (again.state, track.exports.count()) == (State.PENDING, 1)
    transitions.cancel(again)
    assert "Prepare" in mina.get(f"/tracks/{track.pk}/").content.decode()


def test_only_what_can_be_made_is_offered(track: Job, order: Any, settings: Any, mina: Client) -> None:
    assert exports.offered(track) == ("wav",)
    with pytest.raises(ValueError, match="format"):
        exports.order(track, "flac")
    waiting = order()
    assert exports.offered(waiting) == ()
    with pytest.raises(IllegalTransition):
        exports.order(waiting, "wav")
    for job, kind in ((track, "flac"), (track, "exe"), (waiting, "wav")):
        assert mina.post(f"/tracks/{job.pk}/export", {"format": kind}).status_code == 404
    assert not Job.objects.exclude(export_of=None).exists()


def test_it_counts_as_an_order_and_its_file_toward_the_room(exported: Job, track: Job, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 0
    settings.LIMIT_STORAGE = (track.size + exported.size) / 1_000_000
    assert track.size < settings.LIMIT_STORAGE * 1_000_000
    with pytest.raises(LimitReached):
        orders.submit(track.owner, "more")
    transitions.delete(exported)
    orders.submit(track.owner, "more")
    settings.LIMIT_STORAGE = 0
    settings.LIMIT_JOBS = "1/day"
    orders.submit(track.owner, "the last one")
    with pytest.raises(LimitReached):
        exports.order(track, "wav")


def test_it_follows_its_track_into_the_bin_and_back(exported: Job, track: Job, mina: Client) -> None:
    mina.post(f"/tracks/{track.pk}/delete")
    assert mina.get(exported.result_url).status_code == 404
    assert not Job.objects.owned_by(track.owner).exists()
    mina.post(f"/tracks/{track.pk}/restore")
    assert body(mina.get(exported.result_url))[:4] == b"RIFF"


def test_it_is_purged_with_its_track(
    exported: Job, track: Job, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    folder = settings.MEDIA_ROOT / "tracks"
    transitions.delete(track)
    Job.objects.update(deleted_at=timezone.now() - timezone.timedelta(days=settings.BIN_DAYS, seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert transitions.empty_bin() == 1
    assert not Job.objects.exists()
    assert list(folder.iterdir()) == []


def test_one_that_is_being_made_ends_when_its_track_is_deleted(track: Job, claim: Any) -> None:
    export = exports.order(track, "wav")
    running = claim()
    transitions.delete(track)
    export.refresh_from_db()
    assert export.is_cancelled
    attempt.run(running)
    export.refresh_from_db()
    assert (export.is_cancelled, export.files) == (True, {})


def test_it_can_be_removed_by_itself_and_made_again(exported: Job, track: Job, mina: Client) -> None:
    mina.post(f"/tracks/{exported.pk}/delete")
    assert list(Job.objects.all()) == [track]
    assert mina.get(exported.result_url).status_code == 404
    assert "Prepare" in mina.get(f"/tracks/{track.pk}/").content.decode()


def test_the_api_orders_it(track: Job, mina: Client, claim: Any) -> None:
    url = f"/api/music/{track.pk}/export"
    answer = mina.post(url, {"format": "wav"}, content_type="application/json")
    status = answer.json()
    assert (answer.status_code, status["state"], status["exportOf"]) == (202, "pending", str(track.pk))
    assert answer["Location"] == status["statusUrl"]
    assert mina.post(url, {"format": "wav"}, content_type="application/json").json()["jobId"] == status["jobId"]
    for wrong in ({"format": "flac"}, {"format": "exe"}, {}):
        answer = mina.post(url, wrong, content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "format")
    run_all(claim)
    assert mina.get(status["statusUrl"]).json()["resultUrl"] == f"/tracks/{track.pk}/wav"
    waiting = mina.post("/api/music", {"prompt": "piano"}, content_type="application/json").json()["jobId"]
    answer = mina.post(f"/api/music/{waiting}/export", {"format": "wav"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


def test_what_has_become_another_piece_is_refused(track: Job) -> None:
    track.facts = {"notes": "a", "loudness": -14.0, "sections": [{"name": "verse", "start": 0.0}]}
    export = Job(export_of=track, export_as="wav")
    files = {"wav": (Path("audio.wav"), "audio/wav")}
    same = {"notes": "a", "loudness": -14.0001, "sections": ({"name": "verse", "start": 0.0},), "more": 1}
    exports.check(export, Made(files, 1.0, same))
    for other in ({"notes": "b"}, {"loudness": -13.9}, {"sections": ()}):
        with pytest.raises(GeneratorError) as refused:
            exports.check(export, Made(files, 1.0, same | other))
        assert (refused.value.code, refused.value.retryable) == ("not_the_same", False)
    track.files = {"score": {}}
    exports.check(export, Made(files, 1.0, same | {"loudness": -13.9}))
    with pytest.raises(GeneratorError):
        exports.check(export, Made(files, 1.0, same | {"notes": "b"}))


@pytest.fixture
def composed(user: User) -> Job:
    """A track of mina's by the composer, as a version left it that kept no score."""
    job = orders.submit(user, "solo piano", {"duration": 5, "generator": "composer"})
    return made(job)


def test_of_a_track_without_a_score_nothing_is_ordered(composed: Job, mina: Client) -> None:
    assert (exports.offered(composed), exports.unavailable(composed)) == (
        (),
        (*FORMATS, "opus", "layers", *WITHOUT_CUES),
    )
    page = mina.get(f"/tracks/{composed.pk}/").content.decode()
    assert "made by an earlier version" in page
    assert (page.count("not available"), "Prepare" in page) == (6, False)
    response = mina.post(f"/tracks/{composed.pk}/export", {"format": "wav"}, follow=True)
    assert "made by an earlier version" in response.content.decode()
    for kind in ("wav", "layers"):
        answer = mina.post(f"/api/music/{composed.pk}/export", {"format": kind}, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert (answer.json()["code"], "earlier version" in answer.json()["detail"]) == ("no_score", True)
    answer = mina.post(f"/api/music/{composed.pk}/export", {"format": "exe"}, content_type="application/json")
    assert answer.status_code == 422
    assert not composed.exports.exists()


def test_its_melody_alone_is_not_changed_by_a_later_composer(composed: Job, mina: Client) -> None:
    with pytest.raises(ValueError, match="earlier version"):
        variations.vary(composed, "melody")
    assert "new melody" not in mina.get(f"/tracks/{composed.pk}/").content.decode()
    composed.facts["composer"] = VERSION
    assert variations.vary(composed, "melody").brief["melody_seed"] is not None


@pytest.mark.parametrize("code", ["no_score", "score_missing"])
def test_an_export_without_its_score_ends_in_a_sentence(composed: Job, claim: Any, code: str) -> None:
    """One that was ordered before an upgrade, or whose score has been lost."""
    gone = {"score": {"name": "tracks/gone", "type": "application/gzip", "size": 9}}
    Job.objects.filter(pk=composed.pk).update(files={**composed.files, **gone})
    export = exports.order(Job.objects.get(pk=composed.pk), "wav")
    if code == "no_score":
        Job.objects.filter(pk=composed.pk).update(files=composed.files)
    run_all(claim)
    export.refresh_from_db()
    assert (export.state, export.error_code, export.error_retryable) == (State.ERROR, code, False)
    assert code in errors.MESSAGES


def test_one_that_sounds_otherwise_today_says_so(track: Job, exported: Job, mina: Client) -> None:
    page = f"/tracks/{track.pk}/"
    assert "on the sounds of today" not in mina.get(page).content.decode()
    Job.objects.filter(pk=track.pk).update(facts={"soundfont": "Earlier"})
    assert "on the sounds of today" in mina.get(page).content.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # the worker beats in a thread of its own
def test_the_composers_files_hold_the_same_music(user: User, claim: Any, settings: Any) -> None:
    track = orders.submit(user, "solo piano waltz and a bass", {"duration": 8, "seed": 5, "layers": 4})
    run_all(claim)
    track.refresh_from_db()
    assert exports.offered(track) == (*FORMATS, "opus", "layers", *WITHOUT_CUES)
    exports.rename(track, "Renamed")
    for kind in (*FORMATS, "layers", "audio?bitrate=320", "audio?without=melody&count_in=1"):
        exports.order(track, kind)
    run_all(claim)
    assert not track.exports.exclude(state=State.DONE)
    files = {job.export_as: settings.MEDIA_ROOT / job.files[job.export_as]["name"] for job in track.exports.all()}
    mp3, _ = soundfile.read(settings.MEDIA_ROOT / track.files["audio"]["name"], dtype="float32")
    wav, _ = soundfile.read(files["wav"], dtype="float32")
    flac, _ = soundfile.read(files["flac"], dtype="float32")
    assert np.abs(flac - wav).max() < 2**-22, "but for how the last of 24 bits is rounded"
    assert mp3.shape == wav.shape
    error = np.sqrt(np.mean((mp3 - wav) ** 2) / np.mean(wav**2))
    assert error < 0.1, "the MP3 is this recording, but for what it leaves out"
    with zipfile.ZipFile(io.BytesIO(files["stems"].read_bytes())) as archive:
        assert len(archive.namelist()) >= 2
    with zipfile.ZipFile(io.BytesIO(files["layers"].read_bytes())) as archive:
        sheet = json.loads(archive.read("layers.json"))
        assert (sheet["title"], sheet["samples"]) == ("Renamed", len(wav))
        parts = sum(len(stem["parts"]) for stem in sheet["layers"][-1:])
        assert len(sheet["layers"]) == min(4, parts)
        assert {one["file"] for one in sheet["layers"] + sheet["stingers"]} < set(archive.namelist())
    exports.rename(track, "Once more")
    assert "layers" in exports.offered(track)
    assert not track.exports.filter(export_as="layers")  # its sheet says the earlier title


def test_a_loop_to_practise_to_may_be_another_loop_or_none() -> None:
    facts = {"notes": "as they are", "loop": {"start": 0.0, "length": 8.0}}
    track = Job(facts=facts, files={"score": {}})
    for name, loop in (("audio?tempo=75", {"start": 0.0, "length": 10.67}), ("audio?count_in=1", None)):
        again = Made({name: (Path("a.mp3"), "audio/mpeg")}, 10.0, {**facts, "loop": loop})
        exports.check(Job(export_of=track, export_as=name), again)
    with pytest.raises(GeneratorError):
        exports.check(Job(export_of=track, export_as="wav"), Made({"wav": (Path("a.wav"), "audio/wav")}, 8.0, {}))
