"""What was heard in a prompt: the items of the text sorted by what they are about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from jobs.music.brief import Cue, Place
from jobs.music.words import defaults
from jobs.music.words.chords import Progression, implied_mode
from jobs.music.words.course import find_places, find_sections, set_aside, turn_at
from jobs.music.words.cues import find_cues
from jobs.music.words.genres import FORM, TRACE, rank_styles
from jobs.music.words.lexer import Item, read
from jobs.music.words.names import Named, find_names
from jobs.music.words.scenes import mark_scenes
from jobs.music.words.spelling import mend
from jobs.music.words.steering import steer
from jobs.music.words.sung import tells_words
from jobs.music.words.text import lower, normalise
from jobs.music.words.timing import Said, Timing, unique
from jobs.music.words.vocabulary import vocabulary

_MEANINGLESS = frozenset({"word", "break", "filler", "join", "not", "noise", "degree", "order", "only", "music"})
_BUT = frozenset({"but", "yet", "still", "though", "하지만", "그러나"})
_AGAINST = re.compile("[가-힣]{0,3}?(?:지만|면서도?|는데|은데|한데)(?![가-힣])|하나(?= )")
_GROWING = frozenset({"점점", "점차", "갈수록", "서서히", "increasingly", "gradually", "progressively"})
_COMPARED = re.compile(  # "funkier and funkier", "gets slower", "more and more hectic"
    r"(?<![a-z])(?:(?P<twice>[a-z]{2,12}er) and (?P=twice)|(?:gets?|getting|grows?|growing|becom(?:es?|ing))"
    r"(?: (?:gradually|steadily|slowly|ever|much|a (?:bit|little)))? (?P<once>[a-z]{3,12}er)"
    r"|more and more [a-z]+)(?![a-z])"
)
_LESS = frozenset({
    "quieter", "softer", "slower", "calmer", "gentler", "sparser", "fainter", "thinner", "emptier", "dimmer",
    "sleepier", "lonelier", "lighter", "smaller", "weaker", "sweeter", "simpler", "lower",
})  # fmt: skip
_NO_COURSE = frozenset({"together", "older", "younger", "closer", "nearer", "further", "over", "ever", "better"})
_PLAINLY = 0.08  # energy from the middle of which a mood is a louder or a quieter one
_OF_ANY_BAND = frozenset({"piano", "pop"})  # a piano or bells play in all styles: another instrument says more


@lru_cache(maxsize=128)
def hear(prompt: str) -> Heard:
    """Read a prompt; never raises, in time proportional to its length.

    Remembered: the same words are looked at while they are typed, when the form is checked, and by the order.
    """
    text, written = mend(normalise(prompt))
    items, progressions = read(text)
    names = _mark_names(items, text)
    cues = find_cues(lower(text))
    for item in items:  # a moment is no length, and what happens there no mood
        if any(start <= item.start < end for start, end in cues.spans):
            item.scene = item.scene or item.figure is not None
    mark_scenes(items, lower(text))
    only = steer(items, lower(text))
    set_aside(items, lower(text))
    rank_styles(items, lower(text))
    return Heard(lower(text), items, only, _language(prompt), written, names, progressions, cues.cues)


def _mark_names(items: list[Item], text: str) -> list[Named]:
    """The names in the text that are no words for music; words within them tell of no music."""
    names: list[Named] = []
    for named in find_names(text):
        within = [item for item in items if named.start <= item.start < named.end]
        if named.bare and any(item.kind != "word" for item in within):
            continue
        if within and within[0].kind in ("word", "artist") and all(named.start >= other.end for other in names):
            names.append(named)
            for item in within:
                item.scene = item.kind != "artist"
    return names


def _is_prop(said: Said) -> bool:
    """Is it a word that, within a scene, is only a part of the scene?"""
    return said.concept.everyday or said.concept.kind == "use"


def _is_trace(said: Said) -> bool:
    """Is the style it names heard in another one?"""
    return said.rank >= TRACE or (said.concept.colours and said.rank >= said.concept.rank)


def _language(prompt: str) -> Literal["en", "ko"]:
    return "ko" if any("가" <= c <= "힣" or "ㄱ" <= c <= "ㅣ" or "ᄀ" <= c <= "ᇿ" for c in prompt) else "en"


@dataclass
class Heard(Timing):
    """What was found stays. Lists are in the order of the text. ``said``: what is wanted, ``denied``: what is not."""

    text: str
    items: list[Item]
    only_items: list[Item]
    language: Literal["en", "ko"]
    written: Mapping[str, str] = field(default_factory=dict)  # of mended words: what the person wrote
    names: list[Named] = field(default_factory=list)
    progressions: tuple[Progression, ...] = ()
    cues: tuple[Cue, ...] = ()
    said: list[Said] = field(init=False)
    denied: list[Said] = field(init=False)

    def __post_init__(self) -> None:
        self.said, self.denied = [], []
        eras = vocabulary().eras
        for item in self.items:
            concept = item.concept
            if item.figure and item.figure.kind == "era":
                concept = eras.get(f"{item.figure.value:g}", concept)
                item.rank = concept.rank if concept.style and not item.scene else 0.0
            said = Said(concept, self.text_of(item), item.degree, item.start, item.rank, item.scene, item.joined)
            if not (item.placed or (item.negated and item.scene)):
                (self.denied if item.negated else self.said).append(said)

    def text_of(self, item: Item) -> str:
        return self.as_written(self.text[item.start : item.end].strip())

    def without(self, unheard: Collection[str]) -> Heard:
        """The same, but for the words that a person does not want to be listened to."""
        kept = [item for item in self.items if self.text_of(item) not in unheard]
        only = [item for item in self.only_items if item in kept]
        chords = {item.start for item in kept if item.kind == "chords"}
        progressions = tuple(one for one in self.progressions if one.start in chords)
        return Heard(self.text, kept, only, self.language, self.written, self.names, progressions, self.cues)

    def as_written(self, text: str) -> str:
        """A piece of the mended text as the person wrote it."""
        return " ".join(self.written.get(word, word) for word in text.split(" ")) if self.written else text

    @cached_property
    def is_empty(self) -> bool:
        return all(said.concept.kind in _MEANINGLESS for said in self.said + self.denied)

    @cached_property
    def vocal(self) -> bool:
        """Is a voice asked for, or are there words to be sung?"""
        spoken = any(said.concept.vocal and not said.scene for said in self.said)
        return spoken or tells_words(self.items, self.text)

    @cached_property
    def loops(self) -> bool:
        """Shall it go round without an end?"""
        return any(said.concept.loop and not said.scene for said in self.said)

    @cached_property
    def images(self) -> list[str]:
        return unique(said.concept.image for said in self.said if said.concept.image)

    @cached_property
    def sections(self) -> tuple[str, ...]:
        return find_sections(self.items, self.text)

    def places(self, style: str, base: str) -> tuple[Place, ...]:
        return find_places(self.items, style, base)

    # Style ---------------------------------------------------------------------------------------------------

    @cached_property
    def denied_styles(self) -> frozenset[str]:
        """Less those that a plainer word names: "electronic, no four on the floor"."""
        named = {(said.concept.style, said.rank) for said in self.said if said.concept.kind == "style"}
        denied = [said.concept for said in self.denied if said.concept.kind == "style"]
        return frozenset(one.style for one in denied if not any(s == one.style and r > one.rank for s, r in named))

    @cached_property
    def _style_words(self) -> list[Said]:
        return [s for s in self.said if s.concept.style and s.concept.style not in self.denied_styles]

    @cached_property
    def style_word(self) -> Said | None:
        """The first of the most specific words that name or suggest a style."""
        players = [said.concept for said in self.of("instrument") if said.concept.hint and not said.scene]
        distorted = any(player.id == "distortion_guitar" for player in players)  # is no part of a use's habit
        yielding = {
            said.concept.name
            for said in self._style_words
            if players and (said.concept.yields or (distorted and said.concept.kind == "use"))
        }
        named = [said for said in self._style_words if said.rank > 0 and said.concept.name not in yielding]
        return max(named, key=lambda said: said.rank, default=None)

    def tempo_range(self, style: str, usual: tuple[float, float]) -> tuple[float, float]:
        """Beats a minute: of the kind of the style that was named ("doom metal"), else the style's usual ones."""
        chosen = self.style_word
        return chosen.concept.tempo or usual if chosen and chosen.concept.style == style else usual

    @cached_property
    def _other_styles(self) -> list[Said]:
        """Styles that were named besides the one that won, the plainest first."""
        chosen = self.style_word
        named = [said for said in self._style_words if said.concept.kind == "style" and _is_trace(said)]
        named = [said for said in named if said.concept.style != "piano"]  # an instrument, and played anyway
        others = [said for said in named if chosen and said.concept.style != chosen.concept.style]
        return sorted(others, key=lambda said: -said.rank)

    @cached_property
    def fusion(self) -> str:
        """The style whose traits shall be heard besides; "" if none was named, or only where the piece turns to it."""
        return self._other_styles[0].concept.style if self._other_styles and not self._turns else ""

    @cached_property
    def silenced(self) -> tuple[str, ...]:
        """Instruments and families that do not go with the style that is heard besides: "acoustic pop"."""
        return self._other_styles[0].concept.silences if self.fusion else ()

    @cached_property
    def _turns(self) -> bool:
        return turn_at(self.items) is not None

    @cached_property
    def rival_styles(self) -> list[str]:
        """Other styles that were named in their own right, and neither as an adjective nor for their metre or band."""
        rivals = [
            said
            for said in self._other_styles
            if said.rank >= FORM and not (said.joined or said.concept.is_form or said.concept.instruments)
        ]
        return [] if self._turns else unique(said.concept.style for said in rivals)

    @cached_property
    def hinted_styles(self) -> list[str]:
        """What the instruments, then what the pictures suggest."""
        hints = [said.concept.hint for said in self.of("instrument") if not said.scene]
        hints.sort(key=lambda hint: hint in _OF_ANY_BAND)
        hints += [
            said.concept.style
            for said in self._style_words
            if not said.scene or not (self.moods or said.concept.everyday)
        ]
        return unique(hint for hint in hints if hint and hint not in self.denied_styles)

    @cached_property
    def wanted(self) -> list[Said]:
        """What may ask for instruments: no part of a scene, and no manner of playing beside what is played."""
        return [said for said in self.said if not said.scene]

    @cached_property
    def implied_mode(self) -> str:
        """The mode that goes with the chords, the use or a style; of a style that is not heard none."""
        for one in self.progressions:
            if one.are_numerals and (mode := implied_mode(one)):
                return mode
        heard = {self.fusion, self.style_word.concept.style if self.style_word else ""}
        moded = [said.concept for said in self.said if said.concept.mode and not said.scene]
        return next((one.mode for one in moded if one.kind != "style" or one.style in heard), "")

    # Mood and energy -----------------------------------------------------------------------------------------

    @cached_property
    def moods(self) -> list[str]:
        """Mood words, else what uses, pictures and scenes bring along; and what belongs to the named styles."""
        denied = {mood for said in self.denied if said.concept.kind == "mood" for mood in said.concept.moods}
        spoken = [mood for said in self.of("mood") if not said.scene for mood in said.concept.moods]
        styled = [mood for said in self.of("style") if not said.scene for mood in said.concept.moods]
        leaning = [s for s in self.said if s.concept.kind != "style" and not (s.scene and _is_prop(s))]
        brought = [] if spoken else [mood for said in leaning for mood in said.concept.moods]
        return [mood for mood in unique(spoken + styled + brought) if mood not in denied]

    def says_mood(self, mood: str) -> bool:
        return any(mood in said.concept.moods for said in self.of("mood"))

    @cached_property
    def contrasted(self) -> frozenset[str]:
        """Moods that are set against one before and wanted beside it: "quiet but tense", "조용하지만 긴장감 있는"."""
        found: set[str] = set()
        said = against = False
        for item in self.items:
            if item.kind == "mood":
                found.update(item.concept.moods if against else ())
                said, against = True, bool(_AGAINST.match(self.text, item.end))
            elif item.kind == "break" and item.concept.name == "sentence":
                said = against = False
            elif said and self.text[item.start : item.end] in _BUT:
                against = True
        return frozenset(found)

    @cached_property
    def energy(self) -> float | None:
        """0 … 1 where the words say it, whatever the style."""
        values = [value for _, value in self.energies("")]
        return min(1.0, max(0.0, sum(values) / len(values))) if values else None

    def energies(self, style: str, with_moods: bool = True) -> list[tuple[str, float]]:
        """(kind of word, energy it asks for); denied words ask for a little of the opposite."""
        found: list[tuple[str, float]] = []
        for said in self.effects(style):
            value = said.concept.energy
            if value is None and said.concept.kind == "mood" and said.concept.moods and with_moods:
                value = sum(defaults.MOOD_ENERGY[mood] for mood in said.concept.moods) / len(said.concept.moods)
            if value is not None:
                found.append((said.concept.kind, 0.5 + (value - 0.5) * said.degree))
        for said in self.denied:
            value = said.concept.energy
            if said.concept.kind == "mood" and said.concept.moods and with_moods:
                value = defaults.MOOD_ENERGY[said.concept.moods[0]]
            if said.concept.kind in ("mood", "energy") and value is not None and abs(value - 0.5) > 0.2:
                found.append((said.concept.kind, 0.5 + (0.5 - value) * 0.4))
        return found

    @cached_property
    def _growth(self) -> str:
        """ "점점 긴박하게", "increasingly tense": "build" or "fade" by how loud it becomes; "" if neither."""
        for at, item in enumerate(self.items):
            if self.text[item.start : item.end] not in _GROWING or item.scene:
                continue
            for becomes in self.items[at + 1 : at + 3]:
                if becomes.kind not in ("mood", "energy") or becomes.negated or becomes.scene:
                    continue
                level = becomes.concept.energy
                if level is None and becomes.concept.moods:
                    level = defaults.MOOD_ENERGY[becomes.concept.moods[0]]
                if level is not None and abs(level - 0.5) > _PLAINLY:
                    return "build" if level > 0.5 else "fade"
        for compared in _COMPARED.finditer(self.text):
            word = compared["twice"] or compared["once"] or ""
            scene = any(item.scene for item in self.items if compared.start() <= item.start < compared.end())
            if word not in _NO_COURSE and not scene:
                return "fade" if word in _LESS else "build"
        return ""

    @cached_property
    def arc(self) -> str:
        """One of ARCS or "": a word for it, the order of loud and quiet words, or what the use asks for.

        A section is one where nothing says when it comes.
        """
        timed = self.sections or any(item.figure and item.figure.kind == "moment" for item in self.items)
        said = self.of("arc", "turn") if timed else self.of("arc", "turn", "section")
        arcs = unique(word.concept.arc for word in said if word.concept.arc and not word.scene)
        if {"build", "fade"} <= set(arcs):
            return "wave"
        if arcs:
            return arcs[0]
        if grows := self._growth:
            return grows
        if self.in_order:
            levels = [value for kind, value in self.energies("") if kind in ("mood", "energy")]
            if len(levels) > 1 and abs(levels[-1] - levels[0]) > 0.25:
                return "build" if levels[-1] > levels[0] else "fade"
        return next((said.concept.arc for said in self.of("use") if said.concept.arc and not said.scene), "")
