"""Rules that came of prompts in two languages of a fourth judge who had not read the rules."""

import pytest

from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("레게톤 라틴 클럽", "reggaeton"),
        ("재즈 라틴", "jazz"),
        ("트랩 라틴", "trap"),
        ("pop punk summer anthem like blink-182", "punk"),
        ("trap summer anthem", "trap"),
        ("빌보드 힙합", "hiphop"),
        ("latin party music", "salsa"),
        ("summer hit, ukulele", "pop"),
    ],
)
def test_a_named_style_outweighs_what_many_styles_share(prompt: str, style: str) -> None:
    assert understand(prompt).style == style


@pytest.mark.parametrize("prompt", ["정글북 같은 모험 음악 마림바", "jungle book adventure, marimba"])
def test_a_jungle_of_a_story_is_no_style(prompt: str) -> None:
    assert understand(prompt).style != "drum_and_bass"


@pytest.mark.parametrize("prompt", ["horror ambience: creaking house, low strings", "abandoned house, wind, music box"])
def test_a_house_in_a_scene_is_no_style(prompt: str) -> None:
    assert understand(prompt).style != "house"


def test_a_drop_tuning_is_no_drop() -> None:
    assert understand("heavy metal in drop D, double kick").sources["arc"] != "words"


@pytest.mark.parametrize(
    ("prompt", "bass"),
    [
        ("Funky slap bass groove, horns", "slap_bass"),
        ("슬랩 베이스 그루브", "slap_bass"),
        ("bass groove", "fingered_bass"),
    ],
)
def test_a_groove_of_a_bass_is_played_by_that_bass(prompt: str, bass: str) -> None:
    assert bass in understand(prompt).instruments


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [("calm guitar music for podcast intro 15 sec", 15), ("happy ukulele music for a youtube outro 8 seconds", 8)],
)
def test_a_piece_for_an_intro_has_the_length_that_follows(prompt: str, seconds: float) -> None:
    assert understand(prompt).duration == seconds


def test_the_intro_of_a_piece_has_a_length_of_its_own() -> None:
    assert understand("dark techno with a piano for the intro 15 sec").sources["duration"] != "words"
