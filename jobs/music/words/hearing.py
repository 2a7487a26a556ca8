"""What was heard in a prompt: the items of the text sorted by what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from jobs.music.brief import METRES
from jobs.music.words import defaults
from jobs.music.words.keys import Key
from jobs.music.words.lexer import Item, lower, normalise, read
from jobs.music.words.steering import steer
from jobs.music.words.vocabulary import Concept, vocabulary

_MEANINGLESS = frozenset({"word", "break", "filler", "join", "not", "noise", "degree", "order", "only"})
_BARE_TEMPO = (50.0, 220.0)  # a number without a unit in this range is taken for beats a minute


@dataclass(frozen=True, slots=True)
class Said:
    """A concept in the person's own letters."""

    concept: Concept
    text: str
    degree: float
    at: int


@dataclass(frozen=True, slots=True)
class Metre:
    """As asked ("5/4") and as one of METRES."""

    asked: str
    used: str


@lru_cache(maxsize=128)
def hear(prompt: str) -> Heard:
    """Read a prompt; never raises, in time proportional to its length.

    Remembered: the same words are looked at while they are typed, when the form is checked, and by the order.
    """
    text = normalise(prompt)
    items = read(text)
    only = steer(items)
    return Heard(lower(text), items, only, _language(prompt))


def _language(prompt: str) -> Literal["en", "ko"]:
    return "ko" if any("가" <= c <= "힣" or "ㄱ" <= c <= "ㅣ" or "ᄀ" <= c <= "ᇿ" for c in prompt) else "en"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


@dataclass
class Heard:
    """What was found stays. Lists are in the order of the text. ``said``: what is wanted, ``denied``: what is not."""

    text: str
    items: list[Item]
    only_items: list[Item]
    language: Literal["en", "ko"]
    said: list[Said] = field(init=False)
    denied: list[Said] = field(init=False)

    def __post_init__(self) -> None:
        self.said, self.denied = [], []
        eras = vocabulary().eras
        for item in self.items:
            concept = item.concept
            if item.figure and item.figure.kind == "era":
                concept = eras.get(f"{item.figure.value:g}", concept)
            text = self.text[item.start : item.end].strip()
            (self.denied if item.negated else self.said).append(Said(concept, text, item.degree, item.start))

    def of(self, *kinds: str) -> list[Said]:
        return [said for said in self.said if said.concept.kind in kinds]

    @cached_property
    def is_empty(self) -> bool:
        return all(said.concept.kind in _MEANINGLESS for said in self.said + self.denied)

    @cached_property
    def in_order(self) -> bool:
        """Does the text tell of a course ("starts calm, then …")?"""
        return bool(self.of("order"))

    @cached_property
    def vocal(self) -> bool:
        return any(said.concept.vocal for said in self.said)

    @cached_property
    def images(self) -> list[str]:
        return _unique(said.concept.image for said in self.said if said.concept.image)

    # Style ---------------------------------------------------------------------------------------------------

    @cached_property
    def denied_styles(self) -> frozenset[str]:
        return frozenset(said.concept.style for said in self.denied if said.concept.kind == "style")

    @cached_property
    def _style_words(self) -> list[Said]:
        return [s for s in self.said if s.concept.style and s.concept.style not in self.denied_styles]

    @cached_property
    def style_word(self) -> Said | None:
        """The first of the most specific words that name or suggest a style."""
        named = [said for said in self._style_words if said.concept.rank > 0]
        return max(named, key=lambda said: said.concept.rank, default=None)

    def tempo_range(self, style: str, usual: tuple[float, float]) -> tuple[float, float]:
        """Beats a minute: of the kind of the style that was named ("doom metal"), else the style's usual ones."""
        chosen = self.style_word
        return chosen.concept.tempo or usual if chosen and chosen.concept.style == style else usual

    @cached_property
    def rival_styles(self) -> list[str]:
        """Other genres that were named as plainly as the one that won."""
        chosen = self.style_word
        if chosen is None or chosen.concept.rank < 4:
            return []
        return _unique(
            s.concept.style
            for s in self._style_words
            if s.concept.rank == 4 and s.concept.kind == "style" and s.concept.style != chosen.concept.style
        )

    @cached_property
    def hinted_style(self) -> str:
        """What the instruments, else the pictures suggest; "" if nothing."""
        hints = [said.concept.hint for said in self.of("instrument")]
        hints += [said.concept.style for said in self._style_words]
        return next((hint for hint in hints if hint and hint not in self.denied_styles), "")

    def _effects(self, style: str) -> list[Said]:
        """Words whose energy and pace count: all but the form that the style itself is."""
        return [s for s in self.said if not (s.concept.kind == "style" and s.concept.name == style)]

    # Mood and energy -----------------------------------------------------------------------------------------

    @cached_property
    def moods(self) -> list[str]:
        """Mood words first, then what uses and pictures bring along."""
        denied = {mood for said in self.denied if said.concept.kind == "mood" for mood in said.concept.moods}
        spoken = [mood for said in self.of("mood") for mood in said.concept.moods]
        brought = [mood for said in self.said if said.concept.kind != "mood" for mood in said.concept.moods]
        return [mood for mood in _unique(spoken + brought) if mood not in denied]

    def says_mood(self, mood: str) -> bool:
        return any(mood in said.concept.moods for said in self.of("mood"))

    @cached_property
    def energy(self) -> float | None:
        """0 … 1 where the words say it, whatever the style."""
        values = [value for _, value in self.energies("")]
        return min(1.0, max(0.0, sum(values) / len(values))) if values else None

    def energies(self, style: str, with_moods: bool = True) -> list[tuple[str, float]]:
        """(kind of word, energy it asks for); denied words ask for a little of the opposite."""
        found: list[tuple[str, float]] = []
        for said in self._effects(style):
            value = said.concept.energy
            if value is None and said.concept.kind == "mood" and with_moods:
                value = sum(defaults.MOOD_ENERGY[mood] for mood in said.concept.moods) / len(said.concept.moods)
            if value is not None:
                found.append((said.concept.kind, 0.5 + (value - 0.5) * said.degree))
        for said in self.denied:
            value = said.concept.energy
            if said.concept.kind == "mood" and with_moods:
                value = defaults.MOOD_ENERGY[said.concept.moods[0]]
            if said.concept.kind in ("mood", "energy") and value is not None and abs(value - 0.5) > 0.2:
                found.append((said.concept.kind, 0.5 + (0.5 - value) * 0.4))
        return found

    @cached_property
    def arc(self) -> str:
        """One of ARCS or "": a word for it, the order of loud and quiet words, or what the use asks for."""
        arcs = _unique(said.concept.arc for said in self.of("arc"))
        if {"build", "fade"} <= set(arcs):
            return "wave"
        if arcs:
            return arcs[0]
        if self.in_order:
            levels = [value for kind, value in self.energies("") if kind in ("mood", "energy")]
            if len(levels) > 1 and abs(levels[-1] - levels[0]) > 0.25:
                return "build" if levels[-1] > levels[0] else "fade"
        return next((said.concept.arc for said in self.of("use") if said.concept.arc), "")

    # Tempo ---------------------------------------------------------------------------------------------------

    def _figures(self, kind: str) -> list[float]:
        return [i.figure.value for i in self.items if i.figure and i.figure.kind == kind and not i.negated]

    @cached_property
    def _tempos(self) -> list[float]:
        return self._figures("tempo") or list(self._bare_tempos())[:1]

    def _bare_tempos(self) -> Iterator[float]:
        """Numbers on their own or after a word of music ("techno 130"), not after others ("Route 66")."""
        low, high = _BARE_TEMPO
        for before, item in zip([None, *self.items], self.items, strict=False):
            alone = before is None or before.kind != "word"
            if item.figure and item.figure.kind == "number" and alone and low <= item.figure.value <= high:
                yield item.figure.value

    @cached_property
    def tempo_number(self) -> float | None:
        return self._tempos[0] if self._tempos else None

    @cached_property
    def tempo_terms(self) -> list[tuple[float, float]]:
        return [said.concept.tempo for said in self.of("tempo") if said.concept.tempo]

    def tempo_rivals(self, tempo: float, low: float, high: float) -> list[float | str]:
        """What else was said of the tempo and does not go with the number; low … high is the style's range."""
        rivals: list[float | str] = [round(other, 2) for other in self._tempos[1:] if abs(other - tempo) > 1]
        for said in self.of("tempo", "pace"):
            if said.concept.tempo:
                floor, ceiling = said.concept.tempo
                contradicts = not floor * 0.85 <= tempo <= ceiling * 1.15
            else:
                pace = said.concept.pace or 0.0
                contradicts = (pace < 0 and tempo > max(high, 110)) or (pace > 0 and tempo < min(low, 100))
            if contradicts:
                rivals.append(said.text)
        return rivals

    def has_pace(self, style: str) -> bool:
        return any(s.concept.pace is not None for s in self._effects(style)) or any(s.concept.pace for s in self.denied)

    @cached_property
    def paces(self) -> list[Said]:
        """Words for slow and fast; of two that contradict each other the first, unless the text tells of a course."""
        words = self.of("pace")
        if self.in_order or not words:
            return words
        return [said for said in words if (said.concept.pace or 0.0) * (words[0].concept.pace or 0.0) >= 0]

    @cached_property
    def pace_rivals(self) -> list[Said]:
        """The words for slow and fast that gave way."""
        return [said for said in self.of("pace") if said not in self.paces]

    def pace(self, style: str) -> float:
        """−1.3 … 1.3 within the style's range; a word for it outweighs a use."""
        words = self.paces or [s for s in self._effects(style) if s.concept.pace is not None]
        paces = [(s.concept.pace or 0.0) * s.degree for s in words]
        paces += [-0.35 * s.concept.pace for s in self.denied if s.concept.pace]
        return max(-1.3, min(1.3, sum(paces) / len(paces))) if paces else 0.0

    @cached_property
    def feel(self) -> float:
        """0.5 half-time, 2 double-time, else 1."""
        return next((said.concept.factor for said in self.of("feel")), 1.0)

    # Key -----------------------------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> list[Key]:
        return [item.key for item in self.items if item.key and not item.negated]

    @cached_property
    def modes(self) -> list[str]:
        """Of the keys first, then bare words; "not minor" means major and the other way round."""
        modes = [key.mode for key in self.keys if key.mode] + [said.concept.mode for said in self.of("mode")]
        opposite = {"minor": "major", "major": "minor"}
        denied = [said.concept.mode for said in self.denied if said.concept.kind == "mode"]
        return modes or [opposite[mode] for mode in denied if mode in opposite]

    @cached_property
    def implied_mode(self) -> str:
        return next((said.concept.mode for said in self.said if said.concept.mode), "")

    @cached_property
    def key_conflicts(self) -> list[tuple[str, str]]:
        """(kept, dropped) as "A minor"; just the mode where no tonic was named."""
        if not self.keys:
            return [(self.modes[0], other) for other in _unique(self.modes[1:]) if other != self.modes[0]]
        names = _unique(f"{key.tonic} {key.mode}".strip() for key in self.keys)
        bare = _unique(said.concept.mode for said in self.of("mode"))
        dropped = names[1:] + [mode for mode in bare if mode != self.modes[0]]
        return [(names[0], other) for other in dropped]

    # Metre and length ----------------------------------------------------------------------------------------

    @cached_property
    def metres(self) -> list[Metre]:
        """Figures first, then words and forms."""
        found: list[Metre] = []
        for item in self.items:
            if item.figure and item.figure.kind == "metre":
                asked = f"{item.figure.metre[0]}/{item.figure.metre[1]}"
                used = asked if asked in METRES else defaults.NEAREST_METRE.get(item.figure.metre)
                if used:
                    found.append(Metre(asked, used))
        return found + [Metre(s.concept.metre, s.concept.metre) for s in self.said if s.concept.metre]

    @cached_property
    def metre(self) -> str:
        return self.metres[0].used if self.metres else ""

    @cached_property
    def durations(self) -> list[float]:
        return self._figures("duration")

    @cached_property
    def lengths(self) -> list[Said]:
        return self.of("length")
