from typing import Any

import pytest

from jobs.models import Job
from jobs.models.job import tune_size
from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.queue import exports
from jobs.queue.variations import vary
from tests.making import made
from tests.music.tunes import tune


@pytest.fixture
def job(order: Any) -> Job:
    return order("calm lo-fi piano, 30 seconds", tempo=80, seed=7)


def score(job: Job) -> Any:
    brief = Brief.from_json(job.brief)
    return compose(brief, job.seed, brief.melody_seed)


def test_another_like_it_is_another_piece_from_the_same_words(job: Job) -> None:
    other = vary(job, "seed")
    assert (other.prompt, other.brief["tempo"], other.variation_of) == (job.prompt, 80, job)
    assert other.seed != job.seed
    assert score(other) != score(job)


def test_another_melody_keeps_the_harmony(job: Job) -> None:
    ours, theirs = score(job), score(vary(job, "melody"))
    assert ours.chords == theirs.chords
    assert [(s.name, s.start) for s in ours.sections] == [(s.name, s.start) for s in theirs.sections]
    melody = [next(part.notes for part in one.parts if part.role == "melody") for one in (ours, theirs)]
    assert melody[0] != melody[1]


def test_other_settings_keep_the_seed_and_the_rest(job: Job) -> None:
    other = vary(job, "settings", {"tempo": 100, "style": "house"})
    assert (other.seed, other.brief["tempo"], other.brief["style"]) == (job.seed, 100, "house")
    assert (other.brief["tonic"], other.brief["duration"]) == (job.brief["tonic"], 30)


def test_it_makes_more_of_a_piece(job: Job) -> None:
    assert vary(job, "length").brief["duration"] == 60
    assert vary(job, "length", {"duration": 45}).brief["duration"] == 45
    assert vary(vary(job, "length", {"duration": 290}), "length").brief["duration"] == 300


def test_variations_of_a_piece_are_numbered(job: Job) -> None:
    second = vary(job, "melody")
    assert second.title == f"{job.title} (2)"
    assert vary(job, "settings", {"tempo": 90}).title == f"{job.title} (3)"


def test_a_given_tune_stays_in_every_variation_and_export(order: Any) -> None:
    job = order("jazz, 30 seconds", melody=tune().to_json(), seed=7)
    for change in ("seed", "settings", "length"):
        other = vary(job, change, {"style": "rock"} if change == "settings" else {})
        assert other.brief["tune"] == job.brief["tune"]
    with pytest.raises(ValueError, match="was given"):
        vary(job, "melody")
    track = made(job)
    assert exports.order(track, exports.offered(track)[0]).brief["tune"] == job.brief["tune"]
    assert track.size == sum(file["size"] for file in track.files.values()) + tune_size(track.brief)


def test_it_refuses_what_it_does_not_know(job: Job) -> None:
    with pytest.raises(ValueError, match="change"):
        vary(job, "everything")
    with pytest.raises(ValueError, match="tempo"):
        vary(job, "settings", {"tempo": -1})
    assert Job.objects.count() == 1


def test_the_same_piece_may_be_louder_and_stays_so(job: Job) -> None:
    louder = vary(job, "settings", {"master": "loud"})
    assert (louder.brief["master"], louder.seed) == ("loud", job.seed)
    assert vary(louder, "melody").brief["master"] == "loud"
    assert vary(louder, "settings", {"master": "standard"}).brief["master"] == "standard"
