"""What was understood from the words and the form: the composer's only input besides the seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from jobs.music.given import GivenTune
from jobs.music.theory import numeral

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES = ("major", "minor", "dorian", "mixolydian", "phrygian", "lydian")
METRES = ("4/4", "3/4", "6/8", "2/4", "5/4", "7/8", "12/8")
ARCS = ("steady", "build", "fade", "wave", "burst")
MASTERS = {"standard": -14.0, "gentle": -18.0, "loud": -10.0}  # LUFS of the finished file
MOODS = (
    "happy", "sad", "calm", "energetic", "dark", "romantic", "epic", "dreamy", "tense", "playful",
    "nostalgic", "hopeful", "mysterious", "aggressive", "peaceful",
)  # fmt: skip

MIN_DURATION, MAX_DURATION = 5.0, 300.0  # seconds
MIN_TEMPO, MAX_TEMPO = 40.0, 240.0  # beats a minute
MAX_CHORDS = 64  # bars of a progression
MAX_INTRO = 16  # bars before a loop
LAYERS = (3, 4, 5)  # intensities that a piece may come in; the first where nothing is set
CUE_KINDS = ("hit", "drop", "calm")  # an accent; the fullest section, led up to; where it gets quiet
MAX_CUES = 64
MOST_CUES, LATEST_CUE = 500, 86_400.0  # that are looked at; seconds: no picture has a moment beyond

Source = Literal["form", "words", "tune", "mood", "style", "seed", "default"]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know of how their words were read: a stable code and its values.

    The site words it in the reader's language. ``code`` is one of the keys of ``jobs.remarks``.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Something that shall happen at one place of the piece.

    ``what``: "solo" and "without" (``name``: an instrument or a family), "style" (``name``: a style), or a kind of
    section ("drop"). ``where``: "start", "middle", "end", a kind of section, seconds, or "before …" or "after …" one of
    these.
    """

    what: str
    name: str
    where: str | float

    @property
    def is_section(self) -> bool:
        """Shall a section, such as a solo, come there?"""
        return self.what not in ("without", "style")

    @property
    def begins_section(self) -> bool:
        """Shall a section begin at a second?"""
        return self.is_section and not isinstance(self.where, str)


@dataclass(frozen=True, slots=True)
class Cue:
    """A moment of a picture, in seconds, that the music shall meet; ``kind``: one of CUE_KINDS."""

    at: float
    kind: str = "hit"


@dataclass(frozen=True, slots=True)
class Brief:
    """A complete order to the composer; nothing is left open.

    ``sources`` says for each field where its value came from: the form, the words, a tune that was given, the mood
    the words carry, the style's habit, the seed's choice or a default.
    """

    prompt: str
    language: Literal["en", "ko"]
    title: str
    style: str
    tempo: float  # quarter notes a minute; in 6/8 and 12/8 dotted quarters a minute
    tonic: str  # one of TONICS
    mode: str  # one of MODES
    metre: str  # one of METRES
    duration: float  # seconds, the whole file
    energy: float  # 0 (still) … 1 (wild)
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()  # asked for, ids of jobs.music.instruments
    excluded: tuple[str, ...] = ()  # to be left out: instrument ids or families ("drums", "bass", "melody")
    arc: str = "wave"  # one of ARCS: how the intensity goes over the piece
    master: str = "standard"  # one of MASTERS: how loud it is made
    fusion: str = ""  # another style whose traits shall be heard in this one
    chords: tuple[str, ...] = ()  # asked for: a bar each in roman numerals of the mode, "ii7,V7"
    section_chords: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # kind of section → its own bars of them
    sections: tuple[str, ...] = ()  # asked for: kinds of sections in their order
    places: tuple[Place, ...] = ()
    melody_seed: int | None = None  # draws the tune from another seed and leaves all the rest as it is
    tune: GivenTune | None = None  # given: the lead plays it, in this key
    loop: bool = False  # it ends where it begins, in whole bars
    intro: int = 0  # of a loop: bars before it that are not repeated
    cues: tuple[Cue, ...] = ()  # in their order
    layers: int = 0  # intensities in which it is exported for games, one of LAYERS; 0: nothing is set
    lyrics: str = ""  # to be sung, as jobs.music.lyrics keeps them; "": none were given
    sources: Mapping[str, Source] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # field, or "moods.sad" → the person's words that gave it
    remarks: tuple[Remark, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError naming the first field whose value is outside its range."""
        choices: tuple[tuple[str, Collection[str]], ...] = (
            ("tonic", TONICS), ("mode", MODES), ("metre", METRES), ("arc", ARCS), ("master", MASTERS),
        )  # fmt: skip
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not one of {', '.join(allowed)}")
        for name, low, high in (
            ("tempo", MIN_TEMPO, MAX_TEMPO),
            ("duration", MIN_DURATION, MAX_DURATION),
            ("energy", 0.0, 1.0),
            ("intro", 0, MAX_INTRO),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: {getattr(self, name)} is not from {low:g} to {high:g}")
        if self.layers not in (0, *LAYERS):
            raise ValueError(f"layers: {self.layers} is none of {LAYERS}")
        if any(cue.kind not in CUE_KINDS or not 0 <= cue.at <= MAX_DURATION for cue in self.cues):
            raise ValueError("cues: a moment or its kind is unknown")
        if unknown := set(self.moods) - set(MOODS):
            raise ValueError(f"moods: {sorted(unknown)} unknown")
        for name, bars in (("chords", self.chords), *(("section_chords", own) for own in self.section_chords.values())):
            if len(bars) > MAX_CHORDS or (not bars and name != "chords"):
                raise ValueError(f"{name}: not from 1 to {MAX_CHORDS} bars")
            for chord in (chord for bar in bars for chord in bar.split(",")):
                try:
                    numeral(chord, self.mode)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from error

    @property
    def key(self) -> str:
        """'A minor', 'Eb major', …"""
        return f"{self.tonic} {self.mode}"

    @property
    def tonic_pitch_class(self) -> int:
        """0 (C) … 11 (B)"""
        return TONICS.index(self.tonic)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; ``from_json`` takes it back."""
        plain = {name: getattr(self, name) for name in _FIELDS}
        plain["cues"] = [asdict(cue) for cue in self.cues]
        plain["places"] = [asdict(place) for place in self.places]
        plain["words"] = dict(self.words)
        if self.tune:
            plain["tune"] = self.tune.to_json()
        else:
            del plain["tune"]
        for name in _RARE:
            if not plain[name]:
                del plain[name]
        plain["section_chords"] = {kind: list(bars) for kind, bars in self.section_chords.items()}
        return {**plain, "remarks": [{"code": one.code, "values": dict(one.values)} for one in self.remarks]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Brief:
        """Raise ValueError for a missing, unknown or out-of-range field."""
        if unknown := set(data) - set(_FIELDS):
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        values = dict(data)
        try:
            values["remarks"] = tuple(Remark(**remark) for remark in values.get("remarks", ()))
            values["places"] = tuple(Place(**place) for place in values.get("places", ()))
            values["cues"] = tuple(Cue(**cue) for cue in values.get("cues", ()))
            values["tune"] = GivenTune.from_json(values["tune"]) if values.get("tune") else None
            own = dict(values.get("section_chords", {}))
            values["section_chords"] = {kind: tuple(bars) for kind, bars in own.items()}
            for name in ("moods", "instruments", "excluded", "chords", "sections"):
                values[name] = tuple(values.get(name, ()))
            return cls(**values)
        except TypeError as error:
            raise ValueError(str(error)) from error


_FIELDS = tuple(one.name for one in fields(Brief))
_RARE = ("loop", "intro", "cues", "layers", "lyrics")  # kept only where they are set
