"""The pieces that visitors hear on the front page: rendered once by ``manage.py demos --front-page``, and nobody's.

They lie under ``demos/`` in the default storage, beside an index that says what there is. A piece is on the page as
long as its words here are those that it was made of; where none is, the page does without.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import override

from jobs.music.files.cover import Cover, cover
from jobs.pages import labels
from jobs.pages.examples import OF_STYLES
from jobs.pages.pictures import bars

STYLES = (
    "lofi", "cinematic", "funk", "celtic", "hiphop", "classical", "synthwave", "salsa", "trot", "metal", "reggae",
    "flamenco",
)  # fmt: skip
DURATION, SEED = 30, 1  # seconds; of each piece
LARGEST = 10_000_000  # bytes of all of them
INDEX = "demos/index.json"
_REMEMBERED = 60  # seconds, in which a web process knows nothing of another rendering
_BARS = 72  # of the picture of its sound


@dataclass(frozen=True, slots=True)
class Demo:
    """A piece that was rendered. ``wave``: its sound as a path, see ``pictures.bars``; ``digest``: of its bytes."""

    style: str
    words: str  # that it was made of, in English
    digest: str
    size: int  # bytes
    duration: float  # seconds
    tempo: float  # bpm
    tonic: str
    mode: str
    wave: str

    @property
    def file(self) -> str:
        """The name in the storage; another one for other bytes."""
        return f"demos/{self.style}-{self.digest}.mp3"

    @property
    def name(self) -> str:
        """The style's, in the current language."""
        return labels.style_name(self.style)

    @property
    def prompt(self) -> str:
        """Its words in the current language: they ask for the same."""
        return str(OF_STYLES[self.style])

    @property
    def facts(self) -> str:
        """Tempo, key and length in words."""
        return f"{self.tempo:g} BPM · {labels.key_name(self.tonic, self.mode)} · {labels.clock(self.duration)}"

    @property
    def cover(self) -> Cover:
        """Its picture."""
        return cover(SEED, self.style)

    @property
    def url(self) -> str:
        """Of its sound: another one for other bytes."""
        return f"{reverse('demo', args=[self.style])}?{urlencode({'v': self.digest})}"

    @property
    def like_it(self) -> str:
        """Of the form with its words."""
        return f"{reverse('music')}?{urlencode({'prompt': self.prompt, 'duration': str(DURATION)})}"


def words_of(style: str) -> str:
    """What a piece in that style is made of, in English."""
    with override("en"):
        return str(OF_STYLES[style])


def ready() -> dict[str, Demo]:
    """The pieces that there are, by style, in the order of STYLES."""
    return cast("dict[str, Demo]", cache.get_or_set("demos", _read, _REMEMBERED))


def _read() -> dict[str, Demo]:
    try:
        with default_storage.open(INDEX) as content:
            listed = [Demo(**entry) for entry in json.load(content)["demos"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    known = {demo.style: demo for demo in listed if demo.style in STYLES and demo.words == words_of(demo.style)}
    return {style: known[style] for style in STYLES if style in known}


def described(style: str, audio: bytes, peaks: list[int], duration: float, key: Mapping[str, Any]) -> Demo:
    """What is known of a piece that was rendered. ``key``: its tempo, tonic and mode."""
    digest = hashlib.blake2b(audio, digest_size=6).hexdigest()
    wave = bars(peaks, _BARS)
    return Demo(style, words_of(style), digest, len(audio), round(duration, 2), wave=wave, **key)


def keep(pieces: Mapping[Demo, Path]) -> None:
    """Put these in the place of those that there are. Raises OSError where the storage takes nothing."""
    for demo, path in pieces.items():
        if not default_storage.exists(demo.file):
            default_storage.save(demo.file, ContentFile(path.read_bytes()))
    index = json.dumps({"version": 1, "demos": [asdict(demo) for demo in pieces]}, indent=1)
    default_storage.delete(INDEX)
    default_storage.save(INDEX, ContentFile(index.encode()))
    kept = {demo.file for demo in pieces} | {INDEX}
    for name in default_storage.listdir("demos")[1]:
        if f"demos/{name}" not in kept:
            default_storage.delete(f"demos/{name}")
    cache.delete("demos")
