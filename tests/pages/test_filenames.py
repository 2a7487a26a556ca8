import unicodedata

import pytest

from jobs.pages.filenames import LONGEST, filename


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("हिन्दी गीत", "हिन्दी गीत"), ("เพลงที่รัก", "เพลงที่รัก"), (unicodedata.normalize("NFD", "Café 비"), "Café 비"),
        ("می\u200cخواهم", "می\u200cخواهم"), ("👩\u200d🎤 live", "👩\u200d🎤 live"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("../etc/passwd", "etc passwd"), (" -x- ", "x"), ("a\u202eb\r\n", "a b"), ("con", "con_"), ("LPT1", "LPT1_"),
        ("\u3164", "id"), ("...", "id"), ("\u0301", "id"), ("Night Train (2)", "Night Train 2"),
        ("snake_case-x", "snake_case-x"),
    ],
)  # fmt: skip
def test_a_title_is_a_name_on_every_system(title: str, name: str) -> None:
    assert filename(title, "mp3", "id") == f"{name}.mp3"


@pytest.mark.parametrize(
    "character",
    [
        "가",
        "한",
        "हि",
        "é",
        "q\u0323\u0307",
        "👩\u200d👩\u200d👧",
        "🇰🇷",
        "👍🏽",
        "x",
        unicodedata.normalize("NFD", "각"),
    ],
)
def test_it_is_cut_between_whole_characters(character: str) -> None:
    name = filename(character * 200, "flac", "id")
    assert len(name.encode()) <= LONGEST
    stem = name.removesuffix(".flac")
    whole = unicodedata.normalize("NFC", character)
    assert stem == whole * (len(stem) // len(whole)), "no part of one at the end"
    assert len((stem + whole).encode()) + 5 > LONGEST, "as long as may be"
