"""A tune with an order: as a MIDI file or as notes."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from tests.music.tunes import STARS, midi_of, notes_of, track

pytestmark = pytest.mark.django_db
NOTES = [{"pitch": 60 + 2 * step, "start": step, "length": 1} for step in range(5)]


@pytest.fixture(autouse=True)
def _dummy(dummy: Any) -> None:
    dummy()


def post(client: Client, melody: Any) -> Any:
    body = json.dumps({"prompt": "a jazz trio", "melody": melody})
    return client.post("/api/music", body, content_type="application/json")


def midi(content: bytes) -> dict[str, str]:
    return {"midi": base64.b64encode(content).decode(), "name": "Stars"}


def test_it_takes_a_midi_file(mina: Client) -> None:
    response = post(mina, midi(midi_of(track(notes_of(STARS)), tempo=80)))
    assert response.status_code == 202, response.content
    job = Job.objects.get()
    assert [note[0] for note in job.brief["tune"]["notes"]] == [note.pitch for note in notes_of(STARS)]
    assert (job.brief["tune"]["name"], job.brief["tempo"], job.brief["tonic"]) == ("Stars", 80, "C")
    assert "melody" not in job.options
    assert job.size == len(json.dumps(job.brief["tune"])) > 500  # it counts towards what one may keep


def test_it_takes_notes(mina: Client) -> None:
    assert post(mina, {"notes": NOTES, "tempo": 120, "metre": "3/4"}).status_code == 202
    job = Job.objects.get()
    assert (job.brief["tempo"], job.brief["metre"], len(job.brief["tune"]["notes"])) == (120, "3/4", 5)


@pytest.mark.parametrize(
    ("melody", "why"),
    [
        ({}, "Either midi or notes"),
        ({"notes": NOTES, "midi": "TVRoZA=="}, "Either midi or notes"),
        ({"midi": "TVRoZA==", "tempo": 90}, "its own tempo"),
        ({"midi": "no base64!"}, "no Base64"),
        ({"midi": ""}, "no MIDI file"),
        (midi(b"GIF89a"), "no MIDI file"),
        (midi(midi_of(track(notes_of(STARS), 9))), "only drums"),
        ({"midi": "A" * 266_672}, "at most"),
        ({"notes": []}, "at least 1"),
        ({"notes": [{"pitch": 500, "start": 0, "length": 1}]}, "108"),
        ({"notes": [{"pitch": 60, "start": 0, "length": 0}]}, "greater than 0"),
        ({"notes": [{"pitch": 60, "start": -1, "length": 1}]}, "greater than or equal to 0"),
        ({"notes": [{"pitch": 60.5, "start": 0, "length": 1}]}, "integer"),
        ({"notes": NOTES * 500}, "at most 2000"),
        ({"notes": NOTES, "metre": "13/16"}, "not one of"),
        ({"notes": [{"pitch": 60, "start": 9000, "length": 1}]}, "longer than 5 minutes"),
    ],
)
def test_a_bad_one_is_refused_in_a_sentence(mina: Client, melody: Any, why: str) -> None:
    response = post(mina, melody)
    assert response.status_code == 422
    assert why in response.json()["detail"]
    assert response.json()["errors"][0]["field"].startswith("melody")
    assert not Job.objects.exists()


def test_a_file_of_10_mb_is_too_much(mina: Client) -> None:
    assert post(mina, {"midi": "A" * 13_000_000}).status_code == 413


def test_an_engine_that_plays_none_says_so(mina: Client, settings: Any, remote: Any) -> None:
    response = post(mina, {"notes": NOTES})
    assert response.status_code == 422
    assert "plays no tune" in response.json()["detail"]


def test_the_same_key_gives_the_same_job_and_another_tune_is_refused(mina: Client) -> None:
    def order(notes: Any) -> Any:
        body = json.dumps({"prompt": "pop", "melody": {"notes": notes}})
        return mina.post("/api/music", body, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert order(NOTES).json()["jobId"] == order(NOTES).json()["jobId"]
    assert order(NOTES[:3]).json()["code"] == "idempotency_key_reused"
