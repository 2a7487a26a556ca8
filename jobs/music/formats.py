"""The formats that a piece comes in, by name: ``wav``, ``wav?bits=16&rate=48000``, ``lead-sheet.pdf``.

The name of a format with what is set is how it is ordered, how its file is kept, and the end of the file's address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import parse_qsl, urlencode

_BITS = {"bits": ("24", "16"), "rate": ("44100", "48000")}
_PRACTICE = {  # of the MP3: by which it sounds better, or otherwise
    "bitrate": ("192", "320"), "without": ("", "melody", "drums"), "tempo": ("100", "75"), "count_in": ("", "1"),
}  # fmt: skip
_OTHER_MUSIC = frozenset({"without", "tempo", "count_in"})  # settings
_FOR = {"transpose": ("", "bb", "eb")}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. ``settings``: name → values, of which the first holds where nothing is set."""

    name: str  # of the file, in which what is set comes before the first dot
    content_type: str
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_on_paper: bool = False  # of the notes alone: no sound has to be made
    draws_title: bool = False  # as outlines, or within an archive, so that no other can be put in its place


KINDS = {
    "audio": Kind("audio.mp3", "audio/mpeg", _PRACTICE),
    "opus": Kind("audio.opus", "audio/ogg"),
    "flac": Kind("audio.flac", "audio/flac", _BITS),
    "wav": Kind("audio.wav", "audio/wav", _BITS),
    "stems": Kind("stems.zip", "application/zip"),
    "layers": Kind("layers.zip", "application/zip", draws_title=True),
    "musicxml": Kind("score.musicxml", "application/vnd.recordare.musicxml+xml", _FOR, is_on_paper=True),
    "lead-sheet.svg": Kind("lead-sheet.svg", "image/svg+xml", _FOR, is_on_paper=True, draws_title=True),
    "lead-sheet.pdf": Kind("lead-sheet.pdf", "application/pdf", _FOR, is_on_paper=True, draws_title=True),
    "chords.txt": Kind("chords.txt", "text/plain; charset=utf-8", _FOR, is_on_paper=True),
    "chords.cho": Kind("chords.cho", "text/x-chordpro; charset=utf-8", _FOR, is_on_paper=True),
    "cues.csv": Kind("cues.csv", "text/csv; charset=utf-8", is_on_paper=True),
}


@dataclass(frozen=True, slots=True)
class Format:
    """A kind with what is set of it; ``str`` is its name, in which only what is not usual is said."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()  # in the order of the kind's settings, without the usual ones

    def __str__(self) -> str:
        return f"{self.kind}?{urlencode(self.values)}" if self.values else self.kind

    def __getitem__(self, setting: str) -> str:
        """What holds of a setting of the kind."""
        return dict(self.values).get(setting, KINDS[self.kind].settings[setting][0])

    @property
    def file_name(self) -> str:
        """ "lead-sheet-bb.pdf" """
        stem, _dot, ending = KINDS[self.kind].name.partition(".")
        return f"{'-'.join([stem, *(value for _, value in self.values)])}.{ending}"

    @property
    def is_on_paper(self) -> bool:
        return KINDS[self.kind].is_on_paper

    @property
    def is_other_music(self) -> bool:
        """Whether what is set makes it sound otherwise than the piece: to practise to."""
        return any(name in _OTHER_MUSIC for name, _ in self.values)

    @property
    def content_type(self) -> str:
        return KINDS[self.kind].content_type

    @property
    def is_usual(self) -> bool:
        """Whether nothing is set."""
        return not self.values


def chosen(kind: str, query: Mapping[str, str]) -> Format:
    """The format of that kind with what a query sets; what is no setting of it says nothing.

    Raise ValueError for another kind, or a value that a setting does not have.
    """
    if kind not in KINDS:
        raise ValueError(f"format: {kind!r} is none of {', '.join(KINDS)}")
    values = []
    for name, allowed in KINDS[kind].settings.items():
        value = query.get(name, allowed[0])
        if value not in allowed:
            raise ValueError(f"{name}: {value!r} is none of {', '.join(filter(None, allowed))}")
        if value != allowed[0]:
            values.append((name, value))
    return Format(kind, tuple(values))


def parse(name: str) -> Format:
    """The format of that name; raise ValueError as ``chosen``, and for a setting that its kind does not have."""
    kind, _mark, query = name.partition("?")
    settings = dict(parse_qsl(query, keep_blank_values=True))
    format_ = chosen(kind, settings)
    if unknown := settings.keys() - KINDS[kind].settings.keys():
        raise ValueError(f"format: {kind} has no {', '.join(sorted(unknown))}")
    return format_


def variants(kind: str) -> list[Format]:
    """The formats of a kind that are offered, the usual one first: MP3s to practise to at the usual bit rate alone."""
    settings = KINDS[kind].settings
    every = [chosen(kind, dict(zip(settings, values, strict=True))) for values in product(*settings.values())]
    return [each for each in every if not each.is_other_music or each["bitrate"] == settings["bitrate"][0]]
