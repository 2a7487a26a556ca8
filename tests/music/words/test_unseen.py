"""Rules that prompts brought to light which nobody had seen while the rules were written."""

import pytest

from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand
from jobs.music.words.vocabulary import vocabulary


def names(brief: Brief) -> list[str]:
    return [remark.values["name"] for remark in brief.remarks if remark.code == "artist_not_followed"]


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("the rock of my life was my mother. a tender piano piece", "piano"),
        ("a house on fire: thriller soundtrack", "cinematic"),
        ("the rock of the 70s", "rock"),  # where it is music, it is
        ("a march of tiny toy soldiers", "march"),
        ("a reggae type beat", "reggae"),
        ("type beat", "trap"),
        ("우리 강아지 재즈가 나오는 노래. 컨트리로!", "country"),
        ("메탈 같은 건 말고 조용한 포크", "folk"),
        ("하우스 콘서트에서 들을 클래식", "classical"),
        ("wedding highlight reel, cinematic pop", "pop"),
        ("hyperpop, glitchy", "hyperpop"),
        ("재즈 바에서 일하는 친구를 위한 디스코", "disco"),
        ("the house in the woods, folk", "folk"),
        ("indie pop", "indie"),
    ],
)
def test_a_word_sets_the_style_where_it_is_meant_so(prompt: str, style: str) -> None:
    assert {understand(prompt, seed=seed).style for seed in range(4)} == {style}


@pytest.mark.parametrize(
    ("instrument", "style"),
    [
        ("oud", "arabic"), ("erhu", "chinese"), ("얼후", "chinese"), ("shakuhachi", "japanese"), ("tabla", "indian"),
        ("해금", "gugak"), ("장구", "gugak"), ("bodhran", "celtic"), ("hurdy gurdy", "folk"), ("허디거디", "folk"),
        ("pandeiro", "samba"), ("mandolin", "country"),
    ],
)  # fmt: skip
def test_an_instrument_suggests_the_music_that_it_comes_from(instrument: str, style: str) -> None:
    assert understand(instrument).style == style
    assert vocabulary().words[instrument].hint == style


@pytest.mark.parametrize("style", ["march", "country", "jazz"])
def test_slow_is_slow_and_fast_is_fast_whatever_the_style_is_used_to(style: str) -> None:
    slow, usual, fast = (understand(f"{word} {style}".strip(), seed=3).tempo for word in ("slow", "", "fast"))
    assert slow < 0.92 * usual < usual < fast


@pytest.mark.parametrize(
    ("prompt", "factor"),
    [("sped up pop", 1.25), ("스피드업 팝", 1.25), ("half-time pop", 0.5), ("double time pop", 2.0)],
)
def test_a_way_of_playing_it_back_changes_the_tempo(prompt: str, factor: float) -> None:
    assert understand(prompt, seed=5).tempo == pytest.approx(understand("pop", seed=5).tempo * factor, abs=1)


@pytest.mark.parametrize("prompt", ["acoustic trap", "acoustic techno", "acoustic drum and bass", "어쿠스틱 트랩"])
def test_an_acoustic_beat_is_played_on_a_kit_and_a_bass_of_wood_or_strings(prompt: str) -> None:
    played = {part.instrument for part in compose(understand(prompt, seed=1), 1).parts}
    kits = {one.id for one in INSTRUMENTS.values() if one.family == "drums"}
    basses = {one.id for one in INSTRUMENTS.values() if one.family == "bass"}
    assert played & kits <= {"drums", "room_drums", "power_drums", "jazz_drums", "brush_drums"}
    assert played & basses <= {"upright_bass", "fingered_bass", "picked_bass", "fretless_bass", "slap_bass"}


def test_what_the_piece_only_begins_with_is_not_all_of_it() -> None:
    assert not understand("starts with just piano, then strings enter").excluded
    assert understand("just piano").excluded


@pytest.mark.parametrize(
    "prompt", ["house: intro, build, drop, break, build, drop, outro", "house. intro, build, drop, break, outro"]
)
def test_build_and_break_are_sections_among_others(prompt: str) -> None:
    assert understand(prompt).sections[:4] == ("intro", "build", "drop", "break")
    assert not understand("take a break, house").sections


def test_a_fraction_of_something_is_no_metre() -> None:
    assert understand("pop, 3/4 of the song loud").metre == "4/4"
    assert understand("pop in 3/4").metre == "3/4"


def test_a_solo_has_its_place_where_that_is_named_first() -> None:
    (place,) = understand("락으로, 후반에 기타 솔로").places
    assert (place.what, place.where) == ("solo", "end")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("jaz", "jazz"), ("hip-hopp", "hip-hop"), ("guiter", "guitar"), ("pianno", "piano"), ("100 bmp", "100 bmp"),
        ("hoop", "hoop"), ("bottle", "bottle"), ("foster", "foster"), ("wander", "wander"), ("bel", "bel"),
    ],
)  # fmt: skip
def test_slips_are_mended_and_words_are_not(written: str, meant: str) -> None:
    assert mend(written)[0] == meant


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("news intro 12s, urgent strings", 12),
        ("a 20 second intro for a podcast", 20),
        ("soul ballad 66 bpm 3:30", 210),
        ("pop song with an 8 second intro", None),
        ("pop, then a long intro 8 s", None),
    ],
)
def test_an_intro_may_be_the_piece_or_a_part_of_it(prompt: str, seconds: float | None) -> None:
    brief = understand(prompt)
    assert (brief.duration if brief.sources["duration"] == "words" else None) == seconds


def test_a_korean_key_takes_its_particles_and_monotonous_is_none() -> None:
    assert understand("슬픈 곡, 가단조로요").key == "A minor"
    assert understand("멜로디가단조로운 곡").sources["tonic"] == "seed"


def test_no_more_refuses_and_no_more_than_does_not() -> None:
    assert "sad" not in understand("no more sad songs! ska").moods
    assert understand("sad ska, no more than 2 minutes").duration == 120


def test_bpm_is_meant_by_its_slip() -> None:
    assert understand("pop 101 bmp").tempo == 101


def test_a_capital_letter_is_no_slip() -> None:
    assert mend("Saxaphone by Massive Attack")[0] == "saxophone by Massive Attack"


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("soul, Otis Redding, horns, warm", ["Otis Redding"]),
        ("progressive rock / Fleetwood Mac / harmonies", ["Fleetwood Mac"]),
        ("city pop, neon, New York, 100 bpm", []),
        ("jazz, Golden Hour, warm, sax", []),
        ("Epic Strings, Dark Mood, Otis Redding", []),  # where everything has capitals they say nothing
    ],
)
def test_a_name_in_a_list_is_told_not_to_be_followed(prompt: str, named: list[str]) -> None:
    assert names(understand(prompt)) == named
