from typing import Any

import pytest

from jobs.generators.base import SETTINGS
from jobs.generators.wording import in_english, in_own_words, wants_voice
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "options", "said"),
    [
        ("calm  lo-fi\npiano", {}, "calm lo-fi piano"),
        ("calm piano", {"tempo": 80, "key": "A minor"}, "calm piano, 80 bpm, A minor"),
        ("night drive", {"style": "synthwave", "excluded": ["drums"]}, "night drive, Synthwave, without drums"),
    ],
)
def test_english_words_are_kept_and_what_was_set_is_added(prompt: str, options: dict[str, Any], said: str) -> None:
    assert in_english(understand(prompt, options, 1), SETTINGS) == said


def test_of_korean_words_it_tells_what_was_understood() -> None:
    said = in_english(understand("차분한 로파이 피아노, 80 bpm, 가단조", {}, 1), SETTINGS)
    assert said.isascii()
    assert {"Lo-fi", "calm", "piano", "80 bpm", "A minor"} <= set(said.split(", "))


def test_an_engine_is_told_only_what_it_hears() -> None:
    brief = understand("calm piano", {"tempo": 80, "key": "A minor"}, 1)
    assert in_english(brief, {"tempo"}) == "calm piano, 80 bpm"


def test_engines_of_many_languages_get_the_persons_own_words() -> None:
    assert in_own_words(understand("차분한 피아노", {"tempo": 80}, 1), SETTINGS) == "차분한 피아노. 80 bpm"


@pytest.mark.parametrize(("prompt", "wanted"), [("a song with a female singer", True), ("calm piano", False)])
def test_it_knows_whether_a_voice_is_wanted(prompt: str, wanted: bool) -> None:
    assert wants_voice(understand(prompt, {}, 1)) is wanted
