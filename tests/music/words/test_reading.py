"""The rules behind the reading: scenes, heads, slips, numbers, chords and places; and whatever is written, no error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.music.brief import Brief, Place
from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand
from jobs.music.words.vocabulary import vocabulary
from tests.music.words.test_understand import assert_valid
from tests.words.__main__ import rows

WORDS = sorted(vocabulary().words)
GLUE = st.sampled_from(
    [" ", " ", " ", ", ", "", "-", "\n", " and ", " no ", " only ", ". ", ": ", " about ", " 없이 ", "에 "]
)
FIGURES = [
    "80 bpm",
    "90s",
    "1:30",
    "½ minute",
    "1'30\"",
    "at 0:45",
    "A minor",
    "Am F C G",
    "ii-V-I",
    "7/8",
    "[Verse 2]",
    "op. 9",
]
PROMPTS = [row["prompt"] for row in rows()]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS + FIGURES * 20), GLUE), max_size=14), st.integers(0, 9))
def test_any_words_of_the_vocabulary_give_a_valid_brief(pieces: list[tuple[str, str]], seed: int) -> None:
    assert_valid(understand("".join(word + glue for word, glue in pieces), seed=seed))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_valid_brief(text: str) -> None:
    assert_valid(understand(text))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PROMPTS), st.sampled_from(PROMPTS), st.integers(0, 80), st.integers(0, 80))
def test_any_piece_of_what_people_write_gives_a_valid_brief(first: str, second: str, start: int, end: int) -> None:
    assert_valid(understand(first[start:] + second[:end]))


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a song about a metal gate and an old house, folk", "folk"),
        ("the trap door creaks, sad piano", "piano"),
        ("hardcore hip hop", "hiphop"),
        ("ambient techno", "techno"),
        ("blues guitar in a dreamy pop song", "pop"),
        ("a touch of jazz in a techno track", "techno"),
        ("folk pop", "pop"),
        ("클래식 느낌의 힙합", "hiphop"),
        ("록을 곁들인 재즈", "rock"),
        ("밤새도록 춤추는 하우스", "house"),
    ],
)
def test_the_head_sets_the_style_and_a_thing_does_not(prompt: str, style: str) -> None:
    assert {understand(prompt, seed=seed).style for seed in range(5)} == {style}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("pianno", "piano"), ("chior", "choir"), ("saxaphone", "saxophone"), ("thecno", "techno"),
     ("clasicle", "classical"), ("sadpianomusic", "sad pianomusic"), ("minute", "minute"), ("quite", "quite"),
     ("violet", "violet"),
     ("sharp", "sharp"), ("medal", "medal"), ("drumless", "drumless")],
)  # fmt: skip
def test_slips_are_mended_and_other_words_are_left_alone(written: str, meant: str) -> None:
    assert mend(written)[0] == meant


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [("½ minute", 30), ("1½ minutes", 90), ("1/2 minute of jazz", 30), ("quarter of a minute", 15), ("1,5 minutes", 90),
     ("일분삼십초", 90), ("반 분", 30), ("1'30\" piano", 90), ("short happy tune", 30), ("keep it short", 30)],
)  # fmt: skip
def test_a_length_is_read(prompt: str, seconds: float) -> None:
    brief = understand(prompt)
    assert (brief.duration, brief.sources["duration"]) == (seconds, "words")


@pytest.mark.parametrize(
    "prompt",
    ["rock, 90s, guitar", "meet me at 3:30", "John 3:16, gospel", "a 10 second intro, trap", "all night long, pop",
     "short horn stabs, funk", "a song about a long way home", "drop at 0:45", "op. 64, presto", "인트로 10초"],
)  # fmt: skip
def test_a_time_of_something_else_is_no_length(prompt: str) -> None:
    assert understand(prompt).sources["duration"] != "words"


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("chords: Dm7 G7 | Cmaj7, jazz", {"chords": ("ii7,V7", "Imaj7"), "key": "C major"}),
        ("ballad, Am F C G", {"chords": ("i", "VI", "III", "VII"), "key": "A minor"}),
        ("ii-V-I in Bb", {"chords": ("ii", "V", "I"), "key": "Bb major"}),
        ("코드 진행 C-G-Am-F", {"chords": ("I", "V", "vi", "IV")}),
        ("verse chorus verse bridge chorus", {"sections": ("verse", "chorus", "verse", "bridge", "chorus")}),
        ("[Intro] piano [Chorus] drums", {"sections": ("intro", "chorus")}),
        ("빌드업 후 드롭", {"sections": ("build", "drop")}),
        ("rock, no drums in the outro", {"places": (Place("without", "drums", "outro"),), "excluded": ()}),
        ("trap with a drop at 0:45", {"places": (Place("drop", "", 45.0),)}),
        ("starts as a lullaby, turns into metal",
         {"places": (Place("style", "lullaby", "start"), Place("style", "metal", "end"))}),
        ("pop with a reggae beat", {"fusion": "reggae"}),
        ("AABA form, jazz", {"chords": ()}),
        ("pop, verse: Am F C G, chorus: F G Am", {
            "chords": (), "section_chords": {"verse": ("i", "VI", "III", "VII"), "chorus": ("VI", "VII", "i")},
            "key": "A minor",
        }),
        ("rock, Am F C G in the verse and F G in the chorus", {
            "section_chords": {"verse": ("i", "VI", "III", "VII"), "chorus": ("VI", "VII")}}),
        ("벌스는 C G Am F, 후렴 코드는 F G C", {
            "section_chords": {"verse": ("I", "V", "vi", "IV"), "chorus": ("IV", "V", "I")}, "key": "C major"}),
        ("Am F C G, bridge: Dm E", {
            "chords": ("i", "VI", "III", "VII"), "section_chords": {"bridge": ("iv", "V")}}),
    ],
)  # fmt: skip
def test_chords_sections_places_and_a_second_style_are_kept(prompt: str, wanted: dict[str, Any]) -> None:
    brief = understand(prompt)
    assert {name: getattr(brief, name) for name in wanted} == wanted


def test_a_name_is_told_and_not_followed() -> None:
    for prompt in ("in the style of Radiohead, sad piano", "임영웅 스타일의 트로트"):
        assert [one.code for one in understand(prompt).remarks if one.code == "artist_not_followed"]
    assert not [one for one in understand("in the style of a waltz").remarks if one.code == "artist_not_followed"]


def test_words_left_unheard_are_not_followed_and_the_brief_knows_the_rest() -> None:
    brief = understand("calm lo-fi piano and sad cello, 80 bpm", {"unheard": ["Sad", "80 bpm"]})
    assert brief.moods == ("calm",)
    assert brief.sources["tempo"] != "words"
    assert dict(brief.words) == {
        "style": "lo fi", "moods.calm": "calm", "instruments.piano": "piano", "instruments.cello": "cello",
    }  # fmt: skip


def test_a_brief_that_was_stored_before_these_fields_still_loads() -> None:
    stored = understand("jazz").to_json()
    for name in ("fusion", "chords", "section_chords", "sections", "places", "words"):
        del stored[name]
    assert Brief.from_json(stored).chords == ()


def test_chords_that_are_none_are_refused() -> None:
    stored = understand("jazz").to_json()
    with pytest.raises(ValueError, match="chords"):
        Brief.from_json({**stored, "chords": ["H7"]})
