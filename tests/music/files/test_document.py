"""The document of a score: what goes in comes out, and whatever else comes in is refused in a sentence."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.music.composing import VERSION
from jobs.music.composing.compose import compose
from jobs.music.errors import ScoreDamaged, ScoreTooNew
from jobs.music.files.document import Document, pack, unpack
from jobs.music.score import Score
from jobs.music.sound import VERSION as MIXER
from jobs.music.words.understand import understand
from tests.music.handmade import solo, song

COMPOSED = compose(understand("lo-fi hip hop with choir and brass", {"duration": 40}, 3), 3)


def kept(score: Score) -> bytes:
    return pack(Document(score.quantised(), 2**32 - 1, VERSION, "TimGM6mb"))


def content(**changes: Any) -> dict[str, Any]:
    data = json.loads(gzip.decompress(kept(solo())))
    return {**data, **changes}


def packed(data: Any) -> bytes:
    return gzip.compress(json.dumps(data).encode())


@pytest.mark.parametrize("score", [COMPOSED, song(), solo(fade_out=2.5)], ids=["composed", "song", "solo"])
def test_a_score_comes_out_as_it_went_in(score: Score) -> None:
    document = unpack(kept(score), score.title)
    assert document == Document(score.quantised(), 2**32 - 1, VERSION, "TimGM6mb")
    assert len(kept(score)) < 40_000


def test_it_is_played_within_a_millisecond_of_where_it_was_written() -> None:
    for part, quantised in zip(COMPOSED.parts, COMPOSED.quantised().parts, strict=True):
        for note, played in zip(part.notes, quantised.notes, strict=True):
            assert abs(note.start - played.start) * 60 / COMPOSED.tempos[0].bpm < 0.001
            assert (note.pitch, note.velocity) == (played.pitch, played.velocity)
            assert played.length > 0
    assert COMPOSED.quantised().quantised() == COMPOSED.quantised()


def test_it_says_which_mixer_it_was_heard_through_and_the_first_did_not() -> None:
    assert content()["mixer"] == MIXER
    assert unpack(packed(content(mixer=MIXER + 1)), "t").mixer == MIXER + 1
    earlier = content()
    del earlier["mixer"]
    assert unpack(packed(earlier), "t").mixer == 1
    with pytest.raises(ScoreDamaged, match="mixer"):
        unpack(packed(content(mixer="two")), "t")


def test_its_title_is_the_tracks() -> None:
    assert b"By <Hand>" not in gzip.decompress(kept(song()))
    assert unpack(kept(song()), "Renamed").score == replace(song(), title="Renamed").quantised()


def test_the_same_document_has_the_same_bytes() -> None:
    assert kept(COMPOSED) == kept(COMPOSED)


def test_one_of_a_later_version_is_named() -> None:
    with pytest.raises(ScoreTooNew, match="version 2, and 1 is"):
        unpack(packed(content(version=2, score=None)), "x")


def test_what_nobody_knows_yet_is_left_aside() -> None:
    data = content(more=1)
    data["score"]["mix"]["sparkle"] = 1
    assert unpack(packed(data), "Alone").score == solo().quantised()


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", gzip.compress(b""), gzip.compress(b"[1]"), gzip.compress(b"[" * 100_000), kept(solo())[:-3],
     packed(content(format="other")), packed(content(version="1")), packed(content(ticks=480)),
     gzip.compress(b'{"format":"musicsite score","version":NaN}')],
    ids=lambda data: f"{len(data)} bytes",
)  # fmt: skip
def test_what_is_no_score_is_refused(data: bytes) -> None:
    with pytest.raises(ScoreDamaged) as refused:
        unpack(data, "x")
    assert "\n" not in refused.value.message


def test_a_room_that_nobody_has_built_is_refused() -> None:
    for name, value in (("space", "attic"), ("curve", "steep"), ("echo", 7), ("loudness", 9)):
        data = content()
        data["score"]["mix"][name] = value
        with pytest.raises(ScoreDamaged, match="out of range"):
            unpack(packed(data), "x")
    data = content()
    data["score"]["sections"][0]["ride"] = 1e308
    with pytest.raises(ScoreDamaged, match="faders out of range"):
        unpack(packed(data), "x")


def test_one_that_would_fill_the_memory_is_not_unpacked() -> None:
    with pytest.raises(ScoreDamaged, match="too large"):
        unpack(gzip.compress(bytes(20_000_000)), "x")


def _without(path: tuple[Any, ...], data: Any) -> list[tuple[Any, ...]]:
    """The paths of all values in there."""
    paths = [path]
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data[:3]):
            paths += _without((*path, key), value)
    return paths


PATHS = [path for path in _without((), content()) if path]
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.integers(), st.floats(), st.lists(st.integers(), max_size=3),
    st.sampled_from([-1, 0, 1, 128, 1e308, {}, [[]], "piano", "drums"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PATHS), value=ANYTHING)
def test_whatever_is_wrong_in_it_is_refused_or_played(path: tuple[Any, ...], value: Any) -> None:
    data = content()
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        document = unpack(packed(data), "x")
    except (ScoreDamaged, ScoreTooNew):
        return
    assert unpack(pack(document), "x") == document


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 600), byte=st.integers(0, 255))
def test_a_byte_that_has_changed_is_noticed_or_changes_nothing(at: int, byte: int) -> None:
    data = bytearray(kept(solo()))
    at = 10 + at % (len(data) - 10)  # the header says nothing of the score
    data[at], was = byte, data[at]
    if byte != was:
        with suppress(ScoreDamaged):  # but for the bits that fill up the last byte of the stream
            assert unpack(bytes(data), "x") == unpack(kept(solo()), "x")
