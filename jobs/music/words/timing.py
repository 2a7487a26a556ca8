"""What was heard of tempo, key, metre and length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from jobs.music import styles
from jobs.music.brief import METRES
from jobs.music.words import chords, defaults
from jobs.music.words.chords import Progression
from jobs.music.words.keys import Key
from jobs.music.words.lexer import Item
from jobs.music.words.vocabulary import Concept

_BARE_TEMPO = (50.0, 220.0)  # a number without a unit in this range is taken for beats a minute
_ABOUT = 0.94
_A_GENRE = 2  # rank above which a word names a genre
_AROUND = frozenset({"like", "around", "about", "say", "approx", "approximately", "roughly", "maybe", "circa"})
_SOUNDING = frozenset({"style", "mood", "energy", "pace", "key", "mode", "break"})
_FOLLOWING = _SOUNDING | {"instrument"}
_LENGTH_NOUNS = frozenset({"music", "style", "use", "length"})
_DESCRIBING = frozenset({"filler", "degree", "mood", "energy", "pace", "mode", "key"})


@dataclass(frozen=True, slots=True)
class Said:
    """A concept in the person's own letters. ``rank``: how plainly it names its style; ``implied``: by a style."""

    concept: Concept
    text: str
    degree: float
    at: int
    rank: float = 0.0
    scene: bool = False
    joined: bool = False
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Metre:
    """As asked ("5/4", "세마치") and as one of METRES."""

    asked: str
    used: str

    @property
    def in_thirds(self) -> bool:
        """Whether it is a cycle of nine eighths: three quarters, where quarters divide into thirds."""
        return self.asked == "9/8" or (self.used == "3/4" and not self.asked[0].isdigit())


def unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _is_usual(tempo: float, style: Item) -> bool:
    """Is it a tempo of the style right before it: "드럼앤베이스 174 리퀴드 스타일로"?"""
    if not style.concept.style:
        return False
    low, high = style.concept.tempo or styles.get(style.concept.style).tempo
    return low * _ABOUT <= tempo <= high / _ABOUT


class Timing:
    """The part of what was heard that has to do with time and pitch. Lists are in the order of the text."""

    text: str
    items: list[Item]
    said: list[Said]
    denied: list[Said]
    progressions: tuple[Progression, ...]

    def of(self, *kinds: str) -> list[Said]:
        return [said for said in self.said if said.concept.kind in kinds]

    @cached_property
    def progression(self) -> Progression | None:
        """The first one that is for the whole piece."""
        return next((one for one in self.progressions if not one.section), None)

    @cached_property
    def section_progressions(self) -> dict[str, Progression]:
        """The first one for each section that has its own."""
        return {one.section: one for one in reversed(self.progressions) if one.section}

    @cached_property
    def in_order(self) -> bool:
        """Does the text tell of a course ("starts calm, then …")?"""
        return any(not said.scene for said in self.of("order"))

    def effects(self, style: str) -> list[Said]:
        """Words whose energy and pace count: all but the form that the style itself is."""
        return [s for s in self.said if not s.scene and not (s.concept.kind == "style" and s.concept.name == style)]

    # Tempo ---------------------------------------------------------------------------------------------------

    def _figures(self, kind: str) -> list[float]:
        return [i.figure.value for i in self.items if i.figure and i.figure.kind == kind and not (i.negated or i.scene)]

    @cached_property
    def _tempos(self) -> list[float]:
        return self._figures("tempo") or list(self._bare_tempos())[:1]

    def _bare_tempos(self) -> Iterator[float]:
        """Numbers on their own or after a word of music ("techno 130"), not after others ("Route 66").

        Where words follow, only between words for how it sounds ("drill 140 dark", not "jazz for 80 guests") or, at the
        beginning of a part, before a style ("140 techno").
        """
        low, high = _BARE_TEMPO
        neighbours = zip([None, *self.items], self.items, [*self.items[1:], None], strict=False)
        for place, (before, item, after) in enumerate(neighbours):
            if item.figure is None or item.scene or not low <= item.figure.value <= high:
                continue
            about = before is not None and self.text[before.start : before.end] in _AROUND
            alone = item.figure.kind == "number" and (before is None or before.kind != "word" or about)
            told = before is not None and before.kind in _SOUNDING and not before.scene
            follows = item.figure.kind == "perhaps" and after is not None and after.kind in _FOLLOWING
            between = follows and told
            opens = item.figure.kind == "perhaps" and (before is None or before.kind == "break")
            opens = opens and after is not None and after.kind == "style"
            usual = told and before is not None and _is_usual(item.figure.value, before)
            usual = usual or ((follows or item.figure.kind == "number") and self._is_of_style(place))
            if alone or between or opens or usual:
                yield item.figure.value

    def _is_of_style(self, place: int) -> bool:
        """Is it a usual tempo of the style one word before it, or at the end of the text of any that is named?

        "드럼앤베이스 리퀴드 174 부드러운 패드", "hyperpop glitchy pitched up 165".
        """
        number, before = self.items[place].figure, self.items[place - 1]
        if number is None or not place or before.scene:
            return False
        ends = number.kind == "number" and place + 1 == len(self.items)
        near = self.items[max(0, place - 2) : place - 1] if before.kind == "word" else []
        named = [item for item in (self.items[:place] if ends else near) if item.kind == "style" and not item.negated]
        return any(style.rank > _A_GENRE and _is_usual(number.value, style) for style in named)

    @cached_property
    def tempo_number(self) -> float | None:
        return self._tempos[0] if self._tempos else None

    @cached_property
    def tempo_terms(self) -> list[tuple[float, float]]:
        return [said.concept.tempo for said in self.of("tempo") if said.concept.tempo and not said.scene]

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
        return bool(self._denied_paces) or any(said.concept.pace is not None for said in self.effects(style))

    @cached_property
    def _denied_paces(self) -> list[Said]:
        """Of what is refused only words for pace say one: "no sleep" is no tempo."""
        return [said for said in self.denied if said.concept.kind == "pace" and said.concept.pace]

    @cached_property
    def paces(self) -> list[Said]:
        """Words for slow and fast; of two that contradict each other the first, unless the text tells of a course."""
        words = [said for said in self.of("pace") if not said.scene]
        if self.in_order or not words:
            return words
        return [said for said in words if (said.concept.pace or 0.0) * (words[0].concept.pace or 0.0) >= 0]

    @cached_property
    def pace_rivals(self) -> list[Said]:
        """The words for slow and fast that gave way."""
        return [said for said in self.of("pace") if said not in self.paces and not said.scene]

    def pace(self, style: str) -> float:
        """−1.3 … 1.3 within the style's range; a word for it outweighs a use."""
        words = self.paces or [s for s in self.effects(style) if s.concept.pace is not None]
        paces = [(s.concept.pace or 0.0) * s.degree for s in words]
        paces += [-0.35 * (s.concept.pace or 0.0) for s in self._denied_paces]
        return max(-1.3, min(1.3, sum(paces) / len(paces))) if paces else 0.0

    @cached_property
    def feel(self) -> float:
        """0.5 half-time, 2 double-time, else 1."""
        return next((said.concept.factor for said in self.of("feel")), 1.0)

    # Key -----------------------------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> list[Key]:
        """As named; else of the progression, if one is spelt out."""
        named = [item.key for item in self.items if item.key and not (item.negated or item.scene)]
        spelt = [one for one in self.progressions if not one.are_numerals]
        if not named and spelt:
            tonic, mode = chords.key_of([bar for one in spelt for bar in one.bars])
            asked = next((said.concept.mode for said in self.of("mode") if not said.scene), "")
            named = [Key(tonic, asked or mode, spelt[0].start, spelt[0].end)]
        return named

    @cached_property
    def modes(self) -> list[str]:
        """Of the keys first, then bare words; "not minor" means major and the other way round."""
        bare = [said.concept.mode for said in self.of("mode") if not said.scene]
        modes = [key.mode for key in self.keys if key.mode] + bare
        opposite = {"minor": "major", "major": "minor"}
        denied = [said.concept.mode for said in self.denied if said.concept.kind == "mode"]
        return modes or [opposite[mode] for mode in denied if mode in opposite]

    @cached_property
    def key_conflicts(self) -> list[tuple[str, str]]:
        """(kept, dropped) as "A minor"; just the mode where no tonic was named."""
        if not self.keys:
            return [(self.modes[0], other) for other in unique(self.modes[1:]) if other != self.modes[0]]
        names = unique(f"{key.tonic} {key.mode}".strip() for key in self.keys)
        bare = unique(said.concept.mode for said in self.of("mode") if not said.scene)
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
        named = [said for said in self.said if said.concept.metre and not said.scene]
        return found + [Metre(s.text if s.concept.near else s.concept.metre, s.concept.metre) for s in named]

    @cached_property
    def metre(self) -> str:
        return self.metres[0].used if self.metres else ""

    @cached_property
    def durations(self) -> list[float]:
        return self._figures("duration")

    @cached_property
    def lengths(self) -> list[Said]:
        """Words for long and short where a length stands: before a word for the piece ("short tune"), or alone."""
        at = {said.at: said for said in self.of("length") if not said.scene}
        return [at[item.start] for place, item in enumerate(self.items) if item.start in at and self._is_length(place)]

    def _is_length(self, place: int) -> bool:
        if place and self._is_ending(self.items[place - 1], self.items[place]):
            return False
        before = self._plain_before(place)
        for item in self.items[place + 1 :]:
            if item.kind in _LENGTH_NOUNS:
                return True
            if item.kind not in _DESCRIBING:
                return before and item.kind in ("break", "join", "figure", "not", "order", "noise")
        return before

    def _is_ending(self, before: Item, item: Item) -> bool:
        """ "재즈긴 재즈인데", "신나긴 한데": what it is for all that, and no word for long."""
        glued = before.end + len(before.tail) == item.start and before.kind not in ("degree", "join", "filler")
        return glued and self.text[item.start : item.end] == "긴"

    def _plain_before(self, place: int) -> bool:
        """Does its part of the sentence begin with nothing else: no "all night long", no "vocal clip"?"""
        while place and self.items[place - 1].kind != "break":
            place -= 1
            if self.items[place].kind not in _DESCRIBING | _LENGTH_NOUNS | {"join", "not", "order", "only", "figure"}:
                return False
        return True
