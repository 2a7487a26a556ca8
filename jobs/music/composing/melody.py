"""The tune: phrases planned for each section, put into rhythm and pitch, remembered, developed when they return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import pi, sin

from jobs.music.composing.development import developed, second_voice
from jobs.music.composing.form import Bar, Span
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.phrases import CADENCES, REST, SOLO, TWELVE, Phrase, choose_form, plan_phrases
from jobs.music.composing.pitch import Line, Tone
from jobs.music.composing.plan import Plan
from jobs.music.composing.rhythm import BarRhythm, Metre, Onset, draw_bar, phrase_rhythm, read_bar, varied
from jobs.music.instruments import Instrument
from jobs.music.score import Note
from jobs.music.styles import shared
from jobs.music.styles.pattern import BAR_BEATS
from jobs.music.styles.rhythms import bars_for

LOUD, WEAK = 86, -7
GRACE = 0.12  # beats
EXTRA = 3  # semitones by which the climax may leave the span of the style
SPARSE, DENSE = 0.7, 2.0  # notes a beat at density 0 and 1
UNEVEN = (0.25, 1.75)  # between which the bars of a tune differ
VARY = 0.4  # of the style's own share: bars that the form does not vary
SAME = 0.55  # of the sections that return for the first time: how many are sung as they were
AIR, BREATH = 0.55, 0.35  # pulses of silence between phrases; how often, besides the style's own share
CLOSING = 0.55  # how much emptier the last bar of a phrase is
CONTRAST = 0.16  # share by which refrain and verse differ in density
FAST, SLOW = 1.5, 3.2  # seconds of a bar beyond which a tune has fewer or more notes in it
RUNNING = ("reel",)  # families that dance: in quick bars they run all the more
IN_TWO = ("keys", "guitar", "mallets", "organ", "strings", "plucked", "synth")  # who can play a second voice


@dataclass
class Tune:
    """Writes the melody section by section and remembers every idea, so that what returns is recognised."""

    plan: Plan
    low: int
    high: int
    instrument: Instrument | None = None
    ideas: dict[tuple[str, str], tuple[BarRhythm, tuple[Tone, ...]]] = field(default_factory=dict)
    phrases: dict[tuple[object, ...], list[Tone]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)

    def span(self, span: Span, bars: Sequence[Bar]) -> list[Note]:
        """The melody of one section; ``bars`` without the one in which the piece comes to rest."""
        kind = self.plan.style.kinds[span.kind]
        core = kind.theme == self.plan.style.kinds[self.plan.style.core].theme
        rng = self.plan.stream(f"melody:form:{kind.theme}")
        form = choose_form(span.kind, kind, core, self._twelve(span), self.plan.style.melody.manner, rng)
        phrases = plan_phrases(form, len(bars), rng)
        times = self.heard.get(kind.theme, 0)
        self.heard[kind.theme] = times + 1
        later = self.plan.form.spans[bars[0].span + 1 : -1]
        last = all(self.plan.style.kinds[other.kind].theme != kind.theme for other in later)
        notes: list[Note] = []
        first = 0
        for index, phrase in enumerate(phrases):
            inside = bars[first : first + len(phrase.places)]
            first += len(phrase.places)
            tones = self._phrase(kind.theme, span, index, phrase, inside, times)
            if tones:
                name = f"{kind.theme}:{index}"
                sung = self._sung(tones, inside, span, name, index / max(1, len(phrases)), core and last and times > 0)
                start = min(note.start for note in sung)
                notes = self._parted([note for note in notes if note.start < start - 0.05], start, name) + sung
        return _one_after_another(notes)

    def _parted(self, notes: list[Note], following: float, name: str) -> list[Note]:
        """What was sung, with a breath before the phrase that begins at ``following``, where there is time for one."""
        if not notes:
            return notes
        last, air = notes[-1], AIR * self.plan.pulse
        breath = BREATH + self.plan.style.melody.manner.breath
        if last.length < 1.5 * air or self.plan.stream(f"melody:air:{name}").random() > breath:
            return notes
        return [*notes[:-1], replace(last, length=max(air, min(last.length, following - air - last.start)))]

    def _twelve(self, span: Span) -> bool:
        """The style's own plan has twelve bars there, as a blues."""
        return dict(self.plan.style.plan).get(span.kind, 1) % TWELVE == 0

    def _line(self) -> Line:
        brief = self.plan.brief
        metre = Metre(brief.metre, self.plan.pulse, BAR_BEATS[brief.metre])
        return Line(self.low, self.high, metre, brief.mode, brief.tonic_pitch_class, self.plan.style.melody)

    def _phrase(
        self, theme: str, span: Span, index: int, phrase: Phrase, bars: Sequence[Bar], times: int
    ) -> list[Tone]:
        """The tones of one phrase, as invented, or as it returns."""
        start, end = bars[0].start, bars[-1].start + bars[-1].length
        before = start - BAR_BEATS[self.plan.brief.metre]
        chords = [in_first_key(chord, start, span.shift) for chord in self.plan.chords_between(before, end)]
        letters = " ".join(place.idea + place.turn for place in phrase.places)
        line = self._line()
        known = self.phrases.get((theme, index, letters))
        if known is None:
            known = self._invented(theme, span, index, phrase, chords, line)
            self.phrases[theme, index, letters] = known
            return _within(known, end - start)
        tones = line.refitted(known, chords)
        if times and self._develops(theme, times):
            rng = self.plan.stream(f"melody:return:{theme}:{times}:{index}")
            tones = line.refitted(developed(tones, line, chords, rng), chords)
        return _within(tones, end - start)

    def _develops(self, theme: str, times: int) -> bool:
        """Whether a section is developed at this return; the third and later ones more often than the second."""
        return self.plan.stream(f"melody:develops:{theme}:{times}").random() > SAME / (1 + 0.3 * (times - 1))

    def _invented(
        self, theme: str, span: Span, index: int, phrase: Phrase, chords: Sequence[Harmony], line: Line
    ) -> list[Tone]:
        rng = self.plan.stream(f"melody:{theme}:{index}")
        manner, metre = self.plan.style.melody.manner, line.metre
        family = "line" if SOLO in span.kind and metre.name == "4/4" else self.plan.style.melody.cells
        rows = bars_for(shared().rhythms, family, metre.name)
        wanted = self._notes_a_bar(theme, family == "line") * metre.bar
        used: list[str] = []
        bars: list[BarRhythm] = []
        for place in phrase.places:
            idea = self.ideas.get((theme, place.idea))
            if idea is None or place.idea in CADENCES:
                notes = wanted * rng.uniform(*UNEVEN) * (CLOSING if place.stage == "closes" else 1.0)
                pattern = draw_bar(rows, place.stage, notes, used, metre, rng)
                used.append(pattern)
                bars.append(read_bar(pattern, metre))
            else:
                known = _sourced(*idea)
                changes = place.turn == "'" or rng.random() < manner.vary * VARY
                bars.append(varied(known, metre, rng) if changes else known)
            if place.idea not in CADENCES + REST:
                self.ideas.setdefault((theme, place.idea), (bars[-1], ()))
        onsets = phrase_rhythm(phrase, bars, metre, manner, rng)
        if not onsets:
            return []
        tones = line.pitched(onsets, phrase, chords, rng)
        for position, place in enumerate(phrase.places):
            rhythm, before = self.ideas.get((theme, place.idea), (None, ()))
            if rhythm and not before:
                begin = position * metre.bar
                pairs = zip(onsets, tones, strict=True)
                inside = tuple(replace(tone, at=tone.at - begin) for onset, tone in pairs if onset.bar == position)
                self.ideas[theme, place.idea] = (rhythm, inside)
        return tones

    def _notes_a_bar(self, theme: str, runs: bool) -> float:
        """Notes a beat: as busy as style, section and pace want it; a refrain is broader than what leads to it."""
        style = self.plan.style
        energy = max((kind.energy for kind in style.kinds.values() if kind.theme == theme), default=0.5)
        density = min(1.0, max(0.0, 0.05 + 0.8 * style.melody.density + 0.3 * (energy - 0.5) + 0.3 * runs))
        notes = SPARSE + (DENSE - SPARSE) * density
        side = self.plan.stream("melody:contrast").choice((-1, 1, 1))
        notes *= 1 + CONTRAST * side * (-1 if theme == style.kinds[style.core].theme else 1)
        seconds = BAR_BEATS[self.plan.brief.metre] * 60 / self.plan.bpm
        hurried = seconds < FAST and style.melody.cells not in RUNNING
        return notes * (0.75 if hurried else 1.25 if seconds > SLOW else 1.0)

    def _sung(
        self, tones: Sequence[Tone], bars: Sequence[Bar], span: Span, name: str, place: float, largest: bool
    ) -> list[Note]:
        """The phrase as notes: where it lies in the piece, dynamics, graces, the second voice of the last refrain."""
        rng = self.plan.stream(f"melody:graces:{name}")
        manner = self.plan.style.melody
        start = bars[0].start
        total = max(tones[-1].at + tones[-1].length, 1.0)
        swell = 3 * sin(pi * min(1.0, 0.2 + 0.7 * place)) + 3 + 4 * largest
        middle = sum(tone.pitch for tone in tones) / len(tones)
        notes: list[Note] = []
        for tone in tones:
            pitch = tone.pitch + span.shift
            phrase = 7 * sin(pi * min(1.0, max(0.0, 0.15 + 0.8 * tone.at / total)))
            height = max(-5.0, min(5.0, 0.6 * (tone.pitch - middle)))
            velocity = round(LOUD + swell + phrase + height + (0 if tone.strong else WEAK))
            legato = manner.legato if tone.length <= 1 else 1.0
            at = start + tone.at
            if at < 0:
                continue
            if tone.strong and tone.at > GRACE and rng.random() < manner.graces * (1.0 if tone.length >= 1 else 0.4):
                below = pitch - (1 if rng.random() < manner.blue + 0.3 else 2)
                notes.append(Note(at - GRACE, GRACE, below, velocity - 18))
            notes.append(Note(at, tone.length * legato, pitch, velocity))
        if largest and self.instrument and self.instrument.family in IN_TWO:
            chords = [
                in_first_key(c, start, span.shift)
                for c in self.plan.chords_between(start - bars[0].length, start + total)
            ]
            for tone in second_voice(tones, self._line(), chords):
                notes.append(Note(start + tone.at, tone.length * 0.95, tone.pitch + span.shift, LOUD - 16))
        return sorted(notes)


def melody_range(plan: Plan, instrument: Instrument, lift: int = 0) -> tuple[int, int]:
    """Lowest and highest pitch of the tune on that instrument: its comfortable middle, where the style wants it."""
    manner = plan.style.melody
    span = manner.span + EXTRA
    low = manner.centre + lift - span // 2
    room = instrument.high - instrument.low
    span = min(span, room)
    low = min(max(low, instrument.low + min(3, room - span)), instrument.high - span)
    return low, low + span


def _sourced(rhythm: BarRhythm, tones: Sequence[Tone]) -> BarRhythm:
    """The rhythm of an idea, each note with the pitch that it had."""
    onsets = []
    for onset in rhythm.onsets:
        near = min(tones, key=lambda tone: abs(tone.at - onset.at), default=None)
        source = near.pitch if near and abs(near.at - onset.at) < 0.6 else None
        onsets.append(Onset(onset.at, onset.length, source))
    return BarRhythm(tuple(onsets), rhythm.held)


def _within(tones: Sequence[Tone], length: float) -> list[Tone]:
    """The tones that begin in a phrase of that length, none longer than a breath beyond it."""
    kept = [tone for tone in tones if tone.at < length - 0.2]
    return [replace(tone, length=min(tone.length, length - tone.at)) for tone in kept]


def _one_after_another(notes: Sequence[Note]) -> list[Note]:
    """The same line, no note sounding into a later one; notes struck together stay together."""
    result: list[Note] = []
    following = float("inf")
    before = float("inf")
    for note in reversed(notes):
        if note.start < before - 0.05:
            following, before = before, note.start
        result.append(replace(note, length=max(0.05, min(note.length, following - note.start))))
    return result[::-1]


def in_first_key(chord: Harmony, start: float, shift: int) -> Harmony:
    """The chord counted from the phrase's start and in the key in which the piece began."""

    def down(classes: Sequence[int]) -> tuple[int, ...]:
        return tuple((pitch - shift) % 12 for pitch in classes)

    return Harmony(
        chord.start - start,
        chord.length,
        (chord.root - shift) % 12,
        down(chord.tones),
        down(chord.scale),
        chord.name,
        (chord.tonic - shift) % 12,
        chord.home,
    )
