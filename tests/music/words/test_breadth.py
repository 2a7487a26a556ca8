"""Names that were enumerated, and the turns of phrase that unseen prompts and lists of words brought to light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.music.words.spelling import mend
from jobs.music.words.understand import understand
from tests import words

NAMES = Path(words.__file__).with_name("names.txt")


def test_names_of_music_are_heard_as_the_nearest_style() -> None:
    misheard = []
    for line in NAMES.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        styles, _, names = line.partition(": ")
        for name in names.split(", "):
            brief = understand(name, seed=1)
            if brief.style not in styles.split("|") or brief.sources["style"] != "words":
                misheard.append(f"{name}: {brief.style}")
    assert misheard == []


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        # a country before folk is that country's
        ("armenian folk", {"style": "balkan"}),
        ("그리스 민요", {"style": "balkan"}),
        ("indie folk", {"style": "folk"}),
        # a vowel that is heard both ways, and phrases that begin with a number
        ("글램락", {"style": "rock"}),
        ("50s doo wop", {"style": "doo_wop"}),
        ("16-bit", {"style": "chiptune"}),
        # refusals: how far they reach, and words that are none
        ("non-aggressive techno", {"style": "techno"}),
        ("not your typical pop", {"style": "pop"}),
        ("i dont want drums, folk", {"excluded": ("drums",)}),
        ("beatless ambient", {"excluded": ("drums",), "fusion": ""}),
        ("보컬 필요없음", {"excluded": ("choir",)}),
        ("노는 느낌의 밴드 음악", {"style": "rock"}),
        ("hip hop beat, no 808", {"instruments": (), "excluded": ("tr808",)}),
        # which of two styles leads
        ("less jazz, more rock", {"style": "rock", "fusion": "jazz"}),
        ("재즈 느낌 나는 힙합", {"style": "hiphop", "fusion": "jazz"}),
        ("트로트를 EDM으로", {"style": "house", "fusion": "trot"}),
        ("발라드인데 후반에 록", {"style": "ballad"}),
        ("도쿄 네온 시티팝", {"style": "pop"}),
        ("lo-fi production indie rock", {"style": "indie", "fusion": "lofi"}),
        # only some, and what is more than that
        ("rock with a lone trumpet", {"instruments": ("trumpet",), "excluded": ()}),
        ("string quartet vibe, wedding", {"excluded": ()}),
        (
            "재즈 피아노 트리오",
            {
                "style": "jazz",
                "instruments": ("piano", "upright_bass", "jazz_drums"),
                "excluded": (
                    "mallets",
                    "organ",
                    "woodwind",
                    "guitar",
                    "strings",
                    "plucked",
                    "drums_pitched",
                    "choir",
                    "brass",
                    "synth",
                    "pad",
                ),
            },
        ),
        ("a jazz piano trio with a saxophone", {"excluded": ()}),
        ("pop song with a string quartet", {"style": "pop", "excluded": ()}),
        ("비트만 있으면 돼요. 드릴", {"excluded": ()}),
        ("해금 독주로 시작했다가 웅장하게", {"excluded": ()}),
        # a word belongs to the longer phrase, and a style that is not heard lends no mode
        ("fast electronic drum n bass", {"style": "drum_and_bass", "instruments": ()}),
        # numbers
        ("140 techno", {"tempo": 140}),
        ("quarter note = 96, folk", {"tempo": 96}),
        ("100 정도 템포의 팝", {"tempo": 100}),
        ("4분음표=90", {"tempo": 90}),
        ("[BPM] 140 [장르] 트랩", {"tempo": 140}),
        ("드럼앤베이스 174 리퀴드", {"tempo": 174}),
        ("couple minutes of lofi", {"duration": 120}),
        ("house but slower than usual, like 110", {"tempo": 110}),
        ("folk in G", {"tonic": "G", "mode": "major"}),
        # what is told of somebody
        ("I'm so sad and lonely, play something happy", {"moods": ("happy",)}),
        ("우울해서 그런데 밝은 노래", {"moods": ("happy",)}),
        ("재즈를 좋아하던 그녀에게 바치는 왈츠", {"style": "waltz"}),
        ("grunge, quiet verses, angry", {"moods": ("aggressive",)}),
        ("trap with a guitar loop and a piano", {"loop": False}),
        ("루프탑 재즈", {"loop": False}),
        # a game is played on chips, but for what no chip plays
        ("game music", {"style": "chiptune"}),
        ("game music, harp and flute", {"style": "classical"}),
    ],
)
def test_turns_of_phrase_are_taken_as_they_are_meant(prompt: str, wanted: dict[str, Any]) -> None:
    brief = understand(prompt, seed=1)
    assert {name: getattr(brief, name) for name in wanted} == wanted


@pytest.mark.parametrize("word", ["corridor", "water", "woman", "money", "here", "rogue", "parties", "foster", "torn"])
def test_everyday_words_are_no_slips_of_musical_ones(word: str) -> None:
    assert mend(word)[0] == word
