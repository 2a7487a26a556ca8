"""Changing a track in parts, as programs do it: documents, tags, steps, versions, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from jobs.generators.base import Order
from jobs.generators.composer import Composer
from jobs.models import Job, Revision, State
from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.composing import VERSION
from jobs.music.composing.compose import compose
from jobs.queue import orders, variations
from tests.making import composed, take

DRUMLESS = {"version": 1, "tempo": 120, "parts": {"drums": {"removed": True}}}


def ordered(user: User, **options: Any) -> Job:
    return orders.submit(user, "pop", {"duration": 20, "seed": 7, "generator": "composer", **options})


@pytest.fixture
def track(user: User) -> Job:
    return composed(ordered(user))


@pytest.fixture
def url(track: Job) -> str:
    return f"/api/music/{track.pk}"


def put(client: Client, url: str, document: Any, tag: str | None = '"0-0"', **more: Any) -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    body = {"document": document, **more}
    return client.put(f"{url}/edit", body, content_type="application/json", headers=headers)


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(path, body or {}, content_type="application/json", headers=headers)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    return body


def test_the_score_has_every_note(track: Job, url: str, mina: Client) -> None:
    answer = mina.get(f"{url}/score")
    body = answer.json()
    assert (body["composer"], body["title"], body["metre"]) == (VERSION, track.title, "4/4")
    assert {part["name"] for part in body["parts"]} >= {"melody", "bass", "drums"}
    assert all(len(note) == 4 for part in body["parts"] for note in part["notes"])
    assert body["sections"][0]["start"] == 0
    assert body["chords"][0]["symbol"]
    assert mina.get(f"{url}/score", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_track_nobody_has_changed_says_what_can_be(track: Job, url: str, mina: Client) -> None:
    answer = mina.get(f"{url}/edit")
    body = answer.json()
    assert (body["revision"], body["document"], body["revisions"]) == (0, {"version": 1}, [])
    assert answer["ETag"] == '"0-0"'
    assert body["composed"]["tempo"] == pytest.approx(track.brief["tempo"], rel=0.02)
    assert {part["name"] for part in body["composed"]["parts"]} >= {"melody", "drums"}
    assert body["composed"]["kinds"] == list(styles.get("pop").kinds)
    assert mina.get(f"{url}/edit", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_each_change_is_a_step_that_can_be_undone_and_redone(track: Job, url: str, mina: Client, user: User) -> None:
    first = put(mina, url, DRUMLESS, name="quiet")
    assert (first.status_code, first["ETag"], first.json()["revision"]) == (200, '"1-1"', 1)
    second = put(mina, url, {"version": 1, "tempo": 90}, first["ETag"], summary="Slower")
    steps = [(step["number"], step["parent"], step["summary"], step["name"]) for step in second.json()["revisions"]]
    assert steps == [(2, 1, "Slower", ""), (1, 0, "drums out, tempo 120", "quiet")]
    undone = post(mina, f"{url}/revisions/1/restore")
    assert (undone.json()["revision"], undone.json()["document"]) == (1, DRUMLESS)
    all_undone = post(mina, f"{url}/revisions/0/restore", **{"If-Match": undone["ETag"]})
    assert (all_undone.json()["revision"], all_undone.json()["document"]) == (0, {"version": 1})
    redone = post(mina, f"{url}/revisions/2/restore")
    assert redone.json()["document"] == {"version": 1, "tempo": 90}
    assert mina.get(f"{url}/edit").json()["revision"] == 2
    assert mina.get(f"{url}/edit?revision=1").json()["document"] == DRUMLESS
    assert {row.author for row in Revision.objects.all()} == {user}
    after = put(mina, url, {"version": 1, "tempo": 91}, undone["ETag"].replace("1-", "2-", 1))
    assert [(step["number"], step["parent"]) for step in after.json()["revisions"]][0] == (3, 2)
    track.refresh_from_db()
    assert (track.state, track.variations.count()) == (State.DONE, 0), "nothing was made, and nothing was touched"


def test_two_tabs_do_not_overwrite_each_other(url: str, mina: Client) -> None:
    put(mina, url, DRUMLESS)
    late = {"version": 1, "tempo": 150}
    refused(put(mina, url, late), 412, "outdated")
    refused(put(mina, url, late, '"nonsense"'), 412, "outdated")
    refused(post(mina, f"{url}/revisions/0/restore", **{"If-Match": '"0-0"'}), 412, "outdated")
    refused(put(mina, url, late, None), 428, "precondition_required")
    assert mina.get(f"{url}/edit").json()["document"] == DRUMLESS
    assert put(mina, url, late, "*").json()["revision"] == 2


def test_a_version_becomes_a_track_of_its_own(track: Job, url: str, mina: Client, tmp_path: Path) -> None:
    put(mina, url, {**DRUMLESS, "key": "F#", "sections": [{"of": 0}, {"kind": "chorus", "bars": 6, "chords": "F#m D"}]})
    answer = post(mina, f"{url}/versions", {"revision": 1}, **{"Idempotency-Key": "once"})
    assert answer.status_code == 202
    again = post(mina, f"{url}/versions", {"revision": 1}, **{"Idempotency-Key": "once"})
    assert again.json()["jobId"] == answer.json()["jobId"]
    refused(post(mina, f"{url}/versions", {}, **{"Idempotency-Key": "once"}), 422, "idempotency_key_reused")
    job = Job.objects.get(pk=answer.json()["jobId"])
    assert (job.variation_of, job.seed, job.title) == (track, track.seed, f"{track.title} (2)")
    assert (job.brief["tempo"], job.brief["tonic"]) == (120, "F#"), "what the page says of it"
    assert job.brief["duration"] != track.brief["duration"]

    orders_seen: list[Order] = []

    def compose_only(self: Composer, order: Order, progress: Any) -> Any:
        orders_seen.append(order)
        raise RuntimeError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Composer, "generate", compose_only)
        from jobs.worker import attempt

        attempt.run(take())
    (order,) = orders_seen
    assert order.edit is not None
    assert {**order.brief.to_json(), "title": ""} == {**Brief.from_json(track.brief).to_json(), "title": ""}
    from jobs.music.editing import EditDocument, read

    score = compose(
        order.brief, order.seed, None, read(EditDocument.model_validate(order.edit), order.brief, order.seed)
    )
    assert [(section.name, section.bars) for section in score.sections][1] == ("chorus", 7)
    assert "drums" not in {part.name for part in score.parts}
    start = score.sections[1].start
    assert [c.symbol for c in score.chords if c.start >= start][:2] == ["F#m", "D"]
    assert score.duration == pytest.approx(job.brief["duration"], abs=0.001)


def test_a_version_can_be_changed_further(track: Job, url: str, mina: Client, user: User) -> None:
    put(mina, url, {**DRUMLESS, "tempo": 100})
    version = variations.edited(track)
    data = {"version": 1, "tempo": 100, "parts": {"drums": {"removed": True}}}
    Job.objects.filter(pk=version.pk).update(lane="elsewhere")
    refused(mina.get(f"/api/music/{version.pk}/edit"), 409, "illegal_transition")
    Job.objects.filter(pk=version.pk).update(lane="default")
    version = composed(version)
    there = mina.get(f"/api/music/{version.pk}/edit").json()
    assert (there["revision"], there["document"], there["revisions"]) == (0, data, [])
    assert there["composed"] == mina.get(f"{url}/edit").json()["composed"], "over the same piece"
    slower = put(mina, f"/api/music/{version.pk}", {**data, "tempo": 80})
    assert slower.json()["revisions"][0]["summary"] == "tempo 80"
    other = variations.edited(version)
    assert other.brief["tempo"] == 80
    assert other.revisions.get().brief["tempo"] == track.brief["tempo"]
    with pytest.raises(ValueError, match="changed in parts"):
        variations.vary(version, "length")
    assert variations.vary(version, "seed")


MELODY = {"start": 0, "length": 1, "pitch": 60}
UNFIT: dict[str, tuple[Any, str]] = {
    "1": ({"version": 2}, "document.version"),
    "greater": ({"version": 1, "sections": [{"of": 0, "bars": 0}]}, "document.sections.0.bars"),
    "less": ({"version": 1, "sections": [{"of": 0, "bars": 1000}]}, "document.sections.0.bars"),
    "sections": ({"version": 1, "sections": [{"of": 50}]}, "document.sections.0.of"),
    "is not a chord": ({"version": 1, "sections": [{"of": 0, "chords": "Am Hm"}]}, "document.sections.0.chords"),
    "kazoo": ({"version": 1, "parts": {"melody": {"instrument": "kazoo"}}}, "document.parts.melody.instrument"),
    "plays from": (
        {"version": 1, "sections": [{"of": 1, "tune": {"melody": [{**MELODY, "pitch": 2}]}}]},
        "document.sections.0.tune.melody.0.pitch",
    ),
    "4000 notes": ({"version": 1, "sections": [{"of": 1, "tune": {"melody": [MELODY] * 4001}}]}, "document"),
    "dictionary": ("text", "document"),
}


def test_what_cannot_be_played_is_named(url: str, mina: Client) -> None:
    for why, (document, field) in UNFIT.items():
        body = refused(put(mina, url, document), 422, "invalid")
        assert any(error["field"] == field and why in error["message"] for error in body["errors"]), body["errors"]
    assert not Revision.objects.exists()


def test_what_is_too_large_is_refused_before_it_is_read(url: str, mina: Client) -> None:
    refused(put(mina, url, {"version": 1, "kinds": {"x": {"chords": "C " * 200_000}}}), 413, "too_large")
    notes = [{"start": 0.123456789, "length": 0.123456789, "pitch": 60, "velocity": 80}] * 2900
    assert 200_000 < len(json.dumps(notes)) < 256 * 1024
    document = {"version": 1, "sections": [{"of": 1, "tune": {"melody": notes}}]}
    refused(put(mina, url, document), 413, "too_large")


def test_only_so_much_is_kept_of_a_track(url: str, mina: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("jobs.queue.revisions.MOST_BYTES", 100)
    assert put(mina, url, DRUMLESS).status_code == 200
    answer = put(mina, url, {**DRUMLESS, "tempo": 99}, "*")
    refused(answer, 429, "revisions_full")


def test_what_no_track_has_is_not_found(track: Job, url: str, mina: Client, other: User) -> None:
    refused(post(mina, f"{url}/revisions/7/restore"), 404, "not_found")
    refused(mina.get(f"{url}/edit?revision=7"), 404, "not_found")
    refused(post(mina, f"{url}/versions", {"revision": 7}), 404, "not_found")
    mina.force_login(other)
    for answer in (
        mina.get(f"{url}/score"),
        mina.get(f"{url}/edit"),
        put(mina, url, DRUMLESS),
        post(mina, f"{url}/revisions/0/restore"),
        post(mina, f"{url}/versions"),
    ):
        refused(answer, 404, "not_found")


def test_what_cannot_be_changed_says_why(track: Job, url: str, mina: Client, user: User) -> None:
    Job.objects.filter(pk=track.pk).update(facts={"composer": VERSION - 1})
    refused(put(mina, url, DRUMLESS), 409, "earlier_composer")
    assert mina.get(f"{url}/score").status_code == 200
    Job.objects.filter(pk=track.pk).update(files={})
    refused(mina.get(f"{url}/edit"), 409, "no_score")
    refused(mina.get(f"{url}/score"), 409, "no_score")
    Job.objects.filter(pk=track.pk).update(generator="dummy")
    refused(mina.get(f"{url}/edit"), 409, "not_editable")
    waiting = ordered(user, duration=10)
    refused(put(mina, f"/api/music/{waiting.pk}", DRUMLESS), 409, "illegal_transition")


def test_a_score_that_is_damaged_or_lost_is_a_sentence(track: Job, url: str, mina: Client) -> None:
    path = Path(default_storage.path(track.files["score"]["name"]))
    path.write_bytes(b"no score")
    assert "damaged" in refused(mina.get(f"{url}/score"), 409, "score_damaged")["detail"]
    path.unlink()
    assert "no longer there" in refused(mina.get(f"{url}/score"), 409, "score_missing")["detail"]


def test_revisions_go_with_their_track_and_stay_without_their_author(track: Job, url: str, mina: Client) -> None:
    put(mina, url, DRUMLESS)
    version = variations.edited(track)
    track.delete()
    assert [row.track_id for row in Revision.objects.all()] == [version.pk]


def test_moments_are_met_and_what_cannot_be_is_said(track: Job, url: str, mina: Client) -> None:
    cues = [{"at": 12, "kind": "drop"}, {"at": 6.5}, {"at": 500}]
    body = put(mina, url, {"version": 1, "cues": cues}).json()
    assert body["document"]["cues"] == [{"at": 12, "kind": "drop"}, {"at": 6.5}, {"at": 500}]
    assert body["cues"] == [{"at": 6.5, "kind": "hit"}, {"at": 12.0, "kind": "drop"}]
    assert body["composed"]["cues"] == []
    assert {"code": "cues_outside", "values": {"asked": [500.0], "used": 20.0}} in body["remarks"]
    assert body["revisions"][0]["summary"].startswith("moment at 0:12: drop, moment at 0:06.5: hit")


@pytest.mark.parametrize("cues", [[{"at": "noon"}], [{"at": 1, "kind": "bang"}], [{"at": at} for at in range(501)], 12])
def test_what_is_no_list_of_moments_is_refused(url: str, mina: Client, cues: Any) -> None:
    answer = put(mina, url, {"version": 1, "cues": cues})
    assert answer.status_code == 422
    assert "cues" in answer.content.decode()
