from __future__ import annotations

import pytest

from jobs.music.files.tags import clean, id3
from tests.music import id3 as reader


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "tag.mp3"
    path.write_bytes(id3({"TIT2": "밤의 <노래>", "TPE1": "A" * 300}, {"PROMPT": "🎹 &", "EMPTY": ""}) + b"\xff\xfb")
    assert reader.read(path) == {
        "TIT2": "밤의 <노래>",
        "TPE1": "A" * 300,
        "TXXX:PROMPT": "🎹 &",
        "TXXX:EMPTY": "",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\0b\x07c\x7f", "abc"),
        ("one\ntwo\ttab", "one\ntwo\ttab"),
        ("\u202egnp.exe", "gnp.exe"),
        ("half \ud800 surrogate", "half ? surrogate"),
        ("x" * 30_000, "x" * 20_000),
    ],
)
def test_text_is_cleaned(text, expected):
    assert clean(text) == expected
