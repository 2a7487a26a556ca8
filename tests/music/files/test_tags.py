from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jobs.music.files.tags import clean, id3, origin
from tests.music import id3 as reader
from tests.music.briefs import brief
from tests.music.tunes import tune


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


def test_lyrics_have_a_frame_of_their_own(tmp_path):
    frames, custom = origin("x", replace(brief("pop"), lyrics="[verse]\n비가 온다"), 1, "y")
    path = tmp_path / "tag.mp3"
    path.write_bytes(id3(frames, custom))
    tags = reader.read(path)
    assert tags["USLT"] == "[verse]\n비가 온다"
    assert "lyrics" not in json.loads(tags["TXXX:BRIEF"])
    assert "USLT" not in origin("x", brief("pop"), 1, "y")[0]


def test_a_given_tune_is_not_written_into_the_file():
    given = replace(brief("jazz"), tune=tune(" ".join(["60:.1"] * 1500)))
    order = origin("x", given, 1, "y")[1]["BRIEF"]
    assert json.loads(clean(order))["style"] == "jazz"
    assert "tune" not in json.loads(order)
