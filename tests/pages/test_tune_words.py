"""Whatever is wrong with a tune is told in the reader's language."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from jobs.music.files.midi_tune import MAX_BYTES, MAX_TRACKS
from jobs.music.given import HIGHEST, LOWEST, MAX_NOTES

SOURCES = ("jobs/music/given.py", "jobs/music/files/midi_tune.py")
NUMBERS = {
    "MAX_BYTES // 1000": MAX_BYTES // 1000, "MAX_TRACKS": MAX_TRACKS, "MAX_NOTES": MAX_NOTES, "LOWEST": LOWEST,
    "HIGHEST": HIGHEST,
}  # fmt: skip


def sentences() -> list[str]:
    found = []
    for source in SOURCES:
        for call in re.findall(r"BadTune\((.*)\)", Path(settings.BASE_DIR, source).read_text("utf-8")):
            found += re.findall(r'"([A-Z][^"]+)"', call)
    return [re.sub(r"\{([^}]+)\}", lambda name: str(NUMBERS[name[1]]), text) for text in dict.fromkeys(found)]


def test_there_are_sentences() -> None:
    assert len(sentences()) >= 15


@pytest.mark.parametrize("sentence", sentences())
def test_each_has_korean_words(sentence: str) -> None:
    with translation.override("ko"):
        assert re.search("[가-힣]", gettext(sentence))
