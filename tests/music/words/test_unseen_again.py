"""More rules that prompts brought to light which nobody had seen while the rules were written."""

import pytest

from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("째즈 바", "재즈 바"),
        ("섹스폰 쏠로", "색스폰 쏠로"),  # "쏠로" is the name of no instrument
        ("일랙기타", "일렉기타"),
        ("클레식", "클래식"),
        ("헤비매탈", "헤비메탈"),  # "헤비" alone is a word as well
        ("짱구는 못말려", "짱구는 못말려"),
        ("재즈", "재즈"),
    ],
)
def test_a_korean_word_is_mended_where_it_sounds_like_a_known_one(written: str, meant: str) -> None:
    text, slips = mend(written)
    assert text == meant
    assert bool(slips) == (written != meant)


def test_a_mended_korean_word_is_told_as_it_was_written() -> None:
    assert understand("째즈로 해줘").words["style"] == "째즈"


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("bollywood dance number", "indian"),
        ("gamelan dance", "chinese"),
        ("marimba minimalism", "classical"),
        ("indian house", "house"),
        ("second line brass band", "second_line"),
        ("드라마 OST 같은 슬픈 발라드 피아노", "ballad"),
        ("게임 OST", "cinematic"),
        ("soundtrack waltz", "waltz"),
        ("piano and an 808", "trap"),  # the piano plays in all styles
        ("cello over ambient pads", "ambient"),
        ("cello and pads, 55 bpm", "ambient"),  # at a tempo that the cello's own has not
        ("cello and pads", "classical"),
    ],
)
def test_what_says_more_of_the_style_sets_it(prompt: str, style: str) -> None:
    assert {understand(prompt, seed=seed).style for seed in range(4)} == {style}


@pytest.mark.parametrize("prompt", ["funeral march, slow", "장송 행진곡"])
def test_a_funeral_march_is_slow(prompt: str) -> None:
    assert all(understand(prompt, seed=seed).tempo <= 80 for seed in range(4))


@pytest.mark.parametrize(
    ("prompt", "instrument"),
    [
        ("math rock with clean tapping guitars", "clean_guitar"),
        ("math rock, clean guitars", "clean_guitar"),
        ("I film loneliness, a story about a city - solo saxophone, night", "alto_sax"),
        ("트럼본이 있는 스카", "trombone"),
        ("drum and bass, reese", "reese_bass"),
    ],
)
def test_an_instrument_is_heard_as_it_is_described(prompt: str, instrument: str) -> None:
    assert instrument in understand(prompt).instruments


def test_a_clean_recording_says_nothing_of_the_guitar_beyond_a_comma() -> None:
    assert "clean_guitar" not in understand("hard rock, clean, tapping guitars").instruments


def test_a_style_that_is_refused_takes_no_instrument_with_it() -> None:
    assert understand("락발라드 말고 그냥 락").excluded == ()
    assert "piano" in understand("lofi, no piano music").excluded


@pytest.mark.parametrize("prompt", ["drum solo only, jazz", "jazz, drums only"])
def test_a_solo_only_is_the_whole_piece(prompt: str) -> None:
    assert {"keys", "bass", "brass"} <= set(understand(prompt).excluded)


def test_the_length_of_a_piece_that_is_an_intro_is_its_own() -> None:
    assert understand("유튜브 인트로 5초 신나게").sources["duration"] == "words"
    assert understand("록, 인트로 5초").sources["duration"] != "words"


def test_a_cross_after_a_korean_word_strikes_it_out() -> None:
    assert "drums" in understand("재즈, 드럼X").excluded
    assert "drums" in understand("재즈, 드럼 x, 피아노").excluded
    assert understand("트랩 X 재즈").excluded == ()
    assert not [remark for remark in understand("테크노, 보컬X").remarks if remark.code == "instrumental_only"]
