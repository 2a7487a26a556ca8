"""Rules that came of the 120 prompts of a judge who had not read the rules."""

import pytest

from jobs.music.brief import Place
from jobs.music.words.numbers import find_figures
from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    "prompt",
    [
        "[Intro] solo acoustic guitar\n[Chorus] full band\n[Outro] guitar alone again\nGenre: folk rock",
        "[인트로] 피아노 독주\n[후렴] 드럼 터짐\n[아웃트로] 다시 피아노만\n장르: 발라드",
    ],
)
def test_who_is_alone_in_a_tagged_section_is_not_alone_elsewhere(prompt: str) -> None:
    brief = understand(prompt)
    assert brief.excluded == ()
    assert Place("without", "strings", "outro") in brief.places


@pytest.mark.parametrize(
    ("direction", "style", "instrument"),
    [
        ("(style: americana ballad, banjo, slow)", "country", "banjo"),
        ("Style: reggae, organ", "reggae", "organ"),
        ("(재즈, 피아노)", "jazz", "piano"),
    ],
)
def test_a_direction_below_lyrics_orders_music(direction: str, style: str, instrument: str) -> None:
    brief = understand(f"[Verse]\nI kept the metal gate open\n(oh, my harp, oh)\n[Chorus]\nCarry me home\n{direction}")
    assert (brief.style, brief.sources["style"]) == (style, "words")
    assert brief.instruments == (instrument,)


def test_zero_of_something_refuses_what_follows_at_once() -> None:
    assert understand("house with zero piano").excluded
    assert understand("heavy metal, zero ballad").style == "metal"
    assert understand("zero gravity ambient").style == "ambient"


@pytest.mark.parametrize(
    ("prompt", "arc", "mood"),
    [
        ("점점 긴박하게 국악", "build", "tense"),
        ("점점 웅장하게 국악", "build", "epic"),
        ("increasingly tense strings", "build", "tense"),
        ("techno, gradually peaceful", "fade", "peaceful"),
    ],
)
def test_what_grows_is_both_a_mood_and_a_course(prompt: str, arc: str, mood: str) -> None:
    brief = understand(prompt)
    assert (brief.arc, brief.sources["arc"]) == (arc, "words")
    assert mood in brief.moods


def test_a_sound_like_an_instrument_is_wanted_where_nothing_else_is_likened_to_it() -> None:
    assert understand("류트 같은 소리랑 플루트").instruments == ("mandolin", "flute")
    assert understand("하프 같은 기타").instruments == ("steel_guitar",)
    assert understand("기타인데 하프 같은 소리").instruments == ("steel_guitar",)


@pytest.mark.parametrize(
    ("prompt", "instrument"),
    [("lap steel", "hawaiian_guitar"), ("페달 스틸", "hawaiian_guitar"), ("slide guitar", "steel_guitar")],
)
def test_the_guitar_nearest_to_a_steel(prompt: str, instrument: str) -> None:
    assert understand(prompt).instruments == (instrument,)


def test_a_jazz_piano_trio_has_three_players() -> None:
    for prompt in ("jazz piano trio", "재즈인데 피아노 트리오"):
        assert understand(prompt).instruments == ("piano", "upright_bass", "jazz_drums")
    assert understand("클래식 피아노 트리오").instruments == ("piano",)


def test_pirates_sing_shanties_and_lend_nothing_to_a_genre() -> None:
    assert understand("pirates drunk on rum, a storm").style == "sea_shanty"
    assert understand("pirate metal").style == "metal"


def test_a_distorted_guitar_is_no_part_of_the_habit_of_a_use() -> None:
    assert understand("gym music, loud guitars").style == "rock"
    assert understand("헬스장 음악, 기타 찢어지게").style == "rock"
    assert understand("gym music").style == "house"
    assert understand("gym techno, loud guitars").style == "techno"


def test_a_style_is_assumed_that_has_the_tempo_of_the_term() -> None:
    for seed in range(4):
        codes = [remark.code for remark in understand("adagio", seed=seed).remarks]
        assert "tempo_outside_style" not in codes


def test_bells_suggest_a_style_less_than_other_instruments() -> None:
    assert understand("far bells, an oboe").style == "classical"


def test_slow_strings_are_slow() -> None:
    brief = understand("slow strings")
    assert brief.instruments == ("slow_strings",)
    assert brief.sources["tempo"] == "words"


@pytest.mark.parametrize("unit", ["bpn", "pbm", "bmp", "bmps"])
def test_a_misspelt_unit_of_tempo(unit: str) -> None:
    assert understand(f"disco 116{unit}").tempo == 116


def test_a_time_into_an_event_is_no_length() -> None:
    assert understand("funk, half an hour into the party").sources["duration"] != "words"


def test_a_time_into_the_piece_is_a_moment_of_it() -> None:
    for text in ("at 40 seconds into the track", "40 seconds into the song"):
        assert [figure.kind for figure in find_figures(text)] == ["moment"]


def test_degrees_spelt_or_said_otherwise() -> None:
    slow = understand("slow rock").tempo
    assert understand("verry slow rock").tempo < slow
    assert understand("미친듯이 빠른 록").tempo > understand("빠른 록").tempo


def test_a_borrowed_word_with_another_vowel() -> None:
    assert mend("바이얼린 왈츠")[0] == "바이올린 왈츠"


def test_who_appears_in_the_middle_is_silent_before() -> None:
    assert Place("without", "violin", "before middle") in understand("하프, 중간에 바이올린 나오고").places
