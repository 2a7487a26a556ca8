"""Words that are sung, as they are kept and as models are told them."""

import pytest

from jobs.music.lyrics import in_english_tags, kept_lyrics, language_of


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("[verse]\r\nRain  \r\n\r\n[chorus]\rSun\n\n", "[verse]\nRain\n\n[chorus]\nSun"),
        ("\u1107\u1175", "비"),  # in letters of one piece
        ("  indented", "  indented"),
        (" \n\u200b\n", ""),
        ("", ""),
    ],
)
def test_they_are_kept_in_lines_of_composed_letters(text: str, kept: str) -> None:
    assert kept_lyrics(text) == kept == kept_lyrics(kept)


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("[1절]\n비가 온다\n[후렴]", "[Verse 1]\n비가 온다\n[Chorus]"),
        ("[절 2]", "[Verse 2]"),
        ("[프리 코러스] [브릿지]", "[Pre-Chorus] [Bridge]"),
        ("[후렴 - 속삭이며]", "[Chorus - 속삭이며]"),
        ("[페이드아웃]", "[Fade Out]"),
        ("[verse] 절 [Guitar Solo] [속삭임] [절절]", "[verse] 절 [Guitar Solo] [속삭임] [절절]"),
    ],
)
def test_korean_tags_are_told_in_english_and_all_else_stays(korean: str, english: str) -> None:
    assert in_english_tags(korean) == english


@pytest.mark.parametrize(
    ("lyrics", "language"),
    [("[후렴]\nRain", ""), ("[chorus]\n비, rain", "ko"), ("雨がふる", "ja"), ("下雨了", "zh"), ("", "")],
)
def test_letters_tell_the_language(lyrics: str, language: str) -> None:
    assert language_of(lyrics) == language
