import unicodedata

import pytest

from jobs.music.text import composed, is_visible, one_line
from jobs.music.words.understand import understand

UNSEEN = [
    "", " ", "\u200b", "\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\u200d\u200c", "\u2060\ufeff", "\u00ad",
    "\u3000\u00a0",
    "\u180e", "\ufe0f", "\u0301", "\u034f", "\u202e", "\U000e0041", "\U0001d159", "\ufffc", "\u17b4",
    "\u2063 \u3164", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", UNSEEN)
def test_what_shows_nothing_is_no_name(text: str) -> None:
    assert not is_visible(text)
    if text:
        with pytest.raises(ValueError, match="title: is blank"):
            understand("piano", {"title": text})


@pytest.mark.parametrize("text", ["a", "1", "비", "🎹", "…", "?", "हि", "\u200bx", "ㄱ", "👩\u200d🎤", "\ufffd"])
def test_what_shows_something_is_a_name(text: str) -> None:
    assert is_visible(text)
    assert is_visible(understand("piano", {"title": text}).title)


def test_a_name_is_one_composed_line_in_which_joiners_stay() -> None:
    assert one_line(" Caf\u0065\u0301\t au\u202e \n lait ") == "Café au lait"
    assert one_line("👩\u200d🎤") == "👩\u200d🎤"
    assert composed(unicodedata.normalize("NFD", "비")) == "비"
