"""Titles: well-formed, in the right language, fitting, and never the prompt's own letters."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from jobs.music import styles
from jobs.music.brief import MOODS
from jobs.music.words import titles
from jobs.music.words.titles import compose, with_particles
from jobs.music.words.understand import understand

LISTS = tomllib.loads(Path(titles.__file__).with_suffix(".toml").read_text("utf-8"))
IMAGES = tuple(LISTS["image"])


def some(language: str, count: int = 400) -> list[str]:
    ids = styles.all_ids()
    return [
        compose(
            language=language,  # type: ignore[arg-type]
            style=ids[seed % len(ids)],
            moods=[MOODS[seed % len(MOODS)], MOODS[seed * 7 % len(MOODS)]][: seed % 3],
            images=[IMAGES[seed % len(IMAGES)]][: seed % 2],
            seed=seed,
        )
        for seed in range(count)
    ]


def test_the_same_arguments_give_the_same_title_and_other_seeds_others() -> None:
    assert some("en", 50) == some("en", 50)
    same_piece = {compose(language="en", style="pop", moods=["happy"], seed=seed) for seed in range(1000)}
    assert len(same_piece) > 700


@pytest.mark.parametrize("language", ["en", "ko"])
def test_there_are_hundreds_of_thousands(language: str) -> None:
    """Counted by drawing: with N equally likely titles, n draws repeat about n²/2N times."""
    draws = some(language, 8000)
    repeats = len(draws) - len(set(draws))
    assert len(draws) ** 2 / (2 * max(repeats, 1)) > 200_000


def test_english_titles_are_well_formed() -> None:
    for title in some("en"):
        assert title.isascii()
        assert not re.search(r"[{}\[\]]|  ", title)
        assert title == title.strip()
        assert 3 <= len(title) <= 60
        assert title[0].isupper()
        words = title.replace(",", "").lower().split()
        assert all(first != second for first, second in zip(words, words[1:], strict=False)), title


def test_korean_titles_are_well_formed() -> None:
    for title in some("ko"):
        assert re.fullmatch(r"[가-힣 ,]+", title), title
        assert title == title.strip()
        assert "  " not in title
        assert 2 <= len(title) <= 40


@pytest.mark.parametrize(
    ("marked", "wanted"),
    [
        ("달빛[을/를]", "달빛을"), ("나무[을/를]", "나무를"), ("바다[과/와]", "바다와"), ("별[과/와]", "별과"),
        ("서울[으로/로]", "서울로"), ("집[으로/로]", "집으로"), ("바다[으로/로]", "바다로"), ("길[이/가]", "길이"),
    ],
)  # fmt: skip
def test_particles_follow_the_final_consonant(marked: str, wanted: str) -> None:
    assert with_particles(marked) == wanted


def test_titles_come_in_the_language_of_the_prompt() -> None:
    assert re.search("[가-힣]", understand("lo-fi 피아노").title)
    assert understand("lo-fi piano").title.isascii()


def test_a_picture_in_the_words_colours_the_title() -> None:
    rainy = set(LISTS["image"]["rain"]["en"])
    titled = [understand("rainy lofi", seed=seed).title for seed in range(60)]
    assert sum(any(word in title for word in rainy) for title in titled) > 20


def test_no_title_repeats_markup_or_control_characters() -> None:
    for seed in range(40):
        title = understand("<script>alert('x')</script>\0\u202e{a}{n} %s", seed=seed).title
        assert not re.search(r"[<>{}%\[\]/]", title)
        assert all(unicodedata.category(letter)[0] != "C" for letter in title)


def test_every_style_mood_and_picture_has_words_of_its_own() -> None:
    assert set(styles.all_ids()) == set(LISTS["style"])
    assert {*MOODS, "none"} == set(LISTS["mood"])
    for table in ("mood", "image", "style", "common"):
        for name, words in LISTS[table].items():
            assert len(words["en"]) == len(set(words["en"])) >= 6, name
            assert len(words["ko"]) == len(set(words["ko"])) >= 6, name


def test_every_picture_that_words_paint_has_titles() -> None:
    from jobs.music.words.vocabulary import vocabulary

    painted = {concept.image for concept in vocabulary().concepts if concept.image}
    assert painted == set(IMAGES)
