"""Pitches for the rhythm of a phrase: a skeleton of chord tones along its arc, and what leads from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, pi, sin
from random import Random

from jobs.music.composing.harmony import Harmony
from jobs.music.composing.phrases import Phrase
from jobs.music.composing.rhythm import Metre, Onset
from jobs.music.styles.metres import STRONG
from jobs.music.styles.tune import MelodyStyle
from jobs.music.theory import IN_SCALE, MINOR_THIRD, PENTATONIC

ARC = 0.36  # how far a phrase's arc goes from its middle, in shares of the range
TOP = 0.12  # how much higher the one bar of the climax reaches
WIDEST = 9  # semitones of a leap inside a phrase
OCTAVE = 12
SEQUENCE = {"+": (2, 5), "-": (-5, -2)}  # semitones between which a sequence moves
ARPEGGIO = 0.22  # how often one or two weak notes are tones of the chord
WINDING = 0.4  # how often a line turns to and fro instead of running
FEW = 4  # tones of a pentatonic scale, from which it is enough over a chord
HOME, AWAY = {0: 0.0, 3: 0.1, 4: 0.1, 7: 0.25}, 0.4  # price of a tone by its degree: the key's own triad weighs more
ESCAPE = 3  # steps that a line goes out of its way at most


@dataclass(frozen=True, slots=True)
class Tone:
    """One note of a phrase: beats from its first bar line; ``strong``: it belongs to the skeleton."""

    at: float
    length: float
    pitch: int
    strong: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Where and how the pitches of a tune may move."""

    low: int
    high: int
    metre: Metre
    mode: str
    tonic: int  # pitch class
    manner: MelodyStyle

    def pitched(self, onsets: Sequence[Onset], phrase: Phrase, chords: Sequence[Harmony], rng: Random) -> list[Tone]:
        """Skeleton first, along the phrase's arc; then the weak notes between its tones."""
        total = max(self.metre.bar, onsets[-1].at + onsets[-1].length)
        strong = [self._is_strong(index, onsets, rng) for index in range(len(onsets))]
        shifts = self._shifts(onsets, strong, phrase, chords)
        pitches: dict[int, int] = {}
        before: list[int] = []
        for index, onset in enumerate(onsets):
            if not strong[index]:
                continue
            options = self._options(onset, chords)
            source = None if onset.source is None else onset.source + shifts[onset.bar]
            level = 0.5 + phrase.height + ARC * CONTOURS[phrase.contour](max(0.0, onset.at) / total)
            if phrase.climax and 0.5 <= onset.at / total < 0.8:
                level += TOP
            target = self.low + level * (self.high - self.low)
            if source is not None and self._fits(onset, source, chords) and self.low - 4 <= source <= self.high + 4:
                pitches[index] = source
            else:
                last = phrase.closed and index == len(onsets) - 1
                chord = self._chord_for(onset, chords)
                target = target if source is None else source
                pitches[index] = self._skeleton(chord, options, target, before, rng, last)
            before.append(pitches[index])
        self._follow(onsets, strong, shifts, pitches, chords)
        self._fill(onsets, pitches, chords, rng)
        return self._singable([Tone(o.at, o.length, pitches[index], strong[index]) for index, o in enumerate(onsets)])

    @staticmethod
    def _singable(tones: Sequence[Tone]) -> list[Tone]:
        """The same tones, those further than an octave from the one before an octave nearer to it."""
        sung: list[Tone] = []
        for tone in tones:
            away = tone.pitch - sung[-1].pitch if sung else 0
            nearer = OCTAVE * ((away < -OCTAVE) - (away > OCTAVE))
            sung.append(replace(tone, pitch=tone.pitch + nearer))
        return sung

    def ladder(self, chord: Harmony) -> list[int]:
        """The pitches that a weak note may take over a chord."""
        scale: set[int] = set(chord.scale)
        five = self._five() & scale
        if five:
            scale = five if len(five) >= FEW else five | set(chord.tones[:3])
        return [pitch for pitch in range(self.low - 3, self.high + 4) if pitch % 12 in scale]

    def _five(self) -> set[int]:
        """The pitch classes of the pentatonic scale, for a style that keeps to them."""
        if not self.manner.pentatonic:
            return set()
        steps = IN_SCALE if self.mode == "phrygian" else PENTATONIC[self.mode in MINOR_THIRD]
        return {(self.tonic + step) % 12 for step in steps}

    def refitted(self, tones: Sequence[Tone], chords: Sequence[Harmony]) -> list[Tone]:
        """The same tones over other chords: what does not fit goes to the nearest tone that does."""
        fitted = []
        following = [*(tone.pitch for tone in tones[1:]), tones[-1].pitch] if tones else []
        for tone, after in zip(tones, following, strict=True):
            pitch, onset = tone.pitch, Onset(tone.at, tone.length)
            chord = at(chords, tone.at)
            if tone.strong and not self._fits(onset, pitch, chords):
                pitch = min(self._options(onset, chords), key=lambda option: abs(option - tone.pitch))
            elif not tone.strong:
                outside = pitch % 12 not in chord.scale and abs(after - pitch) != 1
                if outside or self._rubs_long(onset, pitch, chord):
                    pitch = self._passing(onset, pitch, chord)
            fitted.append(Tone(tone.at, tone.length, pitch, tone.strong))
        return self._singable(fitted)

    def _is_strong(self, index: int, onsets: Sequence[Onset], rng: Random) -> bool:
        onset = onsets[index]
        lot = rng.random()
        if onset.at < -1e-6:
            return self._crosses(onset) or onset.length >= 0.99 * self.metre.pulse
        place = round(onset.at % self.metre.bar, 3)
        return (
            index == len(onsets) - 1
            or place in STRONG[self.metre.name]
            or onset.length >= 1.4 * self.metre.pulse
            or self._crosses(onset)
            or (onset.length >= 0.99 * self.metre.pulse and lot < 0.45)
            or (onset.at % self.metre.bar % self.metre.pulse == 0 and lot < 0.25)
        )

    def _crosses(self, onset: Onset) -> bool:
        """It is struck before a bar line and sounds after it."""
        line = -(-onset.at // self.metre.bar) * self.metre.bar
        return onset.at < line - 1e-6 and onset.at + onset.length > line + 1e-6

    def _chord_for(self, onset: Onset, chords: Sequence[Harmony]) -> Harmony:
        """The chord with which the note belongs together: of a pushed one, the chord that follows."""
        if self._crosses(onset) and onset.at % self.metre.bar >= self.metre.bar - self.metre.pulse:
            return at(chords, onset.at + self.metre.pulse)
        return at(chords, onset.at)

    def _fits(self, onset: Onset, pitch: int, chords: Sequence[Harmony]) -> bool:
        chord = self._chord_for(onset, chords)
        return self._miss(onset, pitch, chord) < 1 and not self._rubs_long(onset, pitch, at(chords, onset.at))

    def _rubs_long(self, onset: Onset, pitch: int, chord: Harmony) -> bool:
        """It would stand for a pulse and longer a semitone beside a tone of the chord that still sounds."""
        return (
            onset.length >= 0.85 * self.metre.pulse
            and pitch % 12 not in chord.tones
            and any((pitch - tone) % 12 in (1, 11) for tone in chord.tones)
        )

    def _options(self, onset: Onset, chords: Sequence[Harmony]) -> list[int]:
        """The chord tones that a note of the skeleton may take."""
        tones, sounding = self._chord_for(onset, chords).tones[:4], at(chords, onset.at)
        options = [pitch for pitch in range(self.low - 2, self.high + 3) if pitch % 12 in tones]
        calm = [pitch for pitch in options if not self._rubs_long(onset, pitch, sounding)]
        five = [pitch for pitch in calm if pitch % 12 in self._five()]
        return (
            five or calm or [pitch for pitch in range(self.low - 2, self.high + 3) if pitch % 12 in sounding.tones[:4]]
        )

    def _shifts(
        self, onsets: Sequence[Onset], strong: Sequence[bool], phrase: Phrase, chords: Sequence[Harmony]
    ) -> dict[int, int]:
        """By how many semitones each bar that takes up an idea moves it."""
        shifts = {}
        for bar, place in enumerate(phrase.places):
            inside = [(o, s) for o, s in zip(onsets, strong, strict=True) if o.bar == bar and o.source is not None]
            low, high = SEQUENCE.get(place.turn, (-4, 4))

            def cost(shift: int, inside: list[tuple[Onset, bool]] = inside, turn: str = place.turn) -> float:
                misses = sum(
                    self._miss(onset, (onset.source or 0) + shift, at(chords, onset.at)) * (1 if is_strong else 0.4)
                    for onset, is_strong in inside
                )
                return misses + (0.0 if turn in SEQUENCE else 0.5 * abs(shift))

            shifts[bar] = min(range(low, high + 1), key=cost) if inside else 0
        return shifts

    def _skeleton(
        self, chord: Harmony, options: Sequence[int], target: float, before: list[int], rng: Random, settled: bool
    ) -> int:
        """A chord tone near the arc, by a singable interval from the one before."""
        ease = 0.9 - 0.6 * self.manner.leaps

        def cost(pitch: int) -> float:
            rank = chord.tones.index(pitch % 12) if pitch % 12 in chord.tones else 3
            price = 0.4 * abs(pitch - target) + 0.17 * rank
            price += HOME.get((pitch - chord.tonic) % 12, AWAY)
            if before:
                gap = abs(pitch - before[-1])
                price += ease * (1.1 if gap == 0 else 0.22 * max(0, gap - 5) + 3 * (gap > WIDEST) + 2 * (gap == 6))
                price += 1.8 * (len(before) > 1 and before[-1] == before[-2] == pitch)
            if len(before) > 1 and abs(before[-1] - before[-2]) > 5:  # a leap is answered
                price += 1.5 * ((pitch - before[-1]) * (before[-1] - before[-2]) >= 0)
            if settled:
                price += 3.0 * (pitch % 12 != chord.root)
            return price

        weights = [exp(-1.3 * cost(pitch)) for pitch in options]
        return rng.choices(options, weights)[0] if sum(weights) > 0 else min(options, key=cost)

    def _miss(self, onset: Onset, pitch: int, chord: Harmony) -> float:
        """How badly a pitch fits a chord: 0 a chord tone, below 1 tolerable, else its distance and 1."""
        tones = chord.tones[:4]
        if pitch % 12 in tones:
            return 0.0
        rubs = any((pitch - other) % 12 in (1, 11) for other in tones)
        place = round(onset.at % self.metre.bar, 3)
        weighty = place in STRONG[self.metre.name] or onset.length >= 0.9 * self.metre.pulse
        if pitch % 12 in chord.scale and not rubs and not weighty:
            return 0.4
        return 1.0 + min(min((pitch - tone) % 12, (tone - pitch) % 12) for tone in tones)

    def _follow(
        self,
        onsets: Sequence[Onset],
        strong: Sequence[bool],
        shifts: dict[int, int],
        pitches: dict[int, int],
        chords: Sequence[Harmony],
    ) -> None:
        """Weak notes of an idea that returns go with the strong ones around them."""
        drift = 0
        for index, onset in enumerate(onsets):
            if onset.source is None:
                continue
            if strong[index]:
                drift = pitches[index] - onset.source - shifts[onset.bar]
                continue
            wanted = onset.source + shifts[onset.bar] + drift
            pitches[index] = self._passing(onset, wanted, at(chords, onset.at))

    def _passing(self, onset: Onset, wanted: int, chord: Harmony) -> int:
        """The tone of the scale nearest to the one wanted; a long one does not rub against the chord."""
        ladder = self.ladder(chord)
        calm = [pitch for pitch in ladder if not self._rubs_long(onset, pitch, chord)]
        return min(calm or ladder, key=lambda pitch: abs(pitch - wanted))

    def _fill(self, onsets: Sequence[Onset], pitches: dict[int, int], chords: Sequence[Harmony], rng: Random) -> None:
        """Weak notes between the known ones: a run, a way round, a neighbour, the same note again."""
        known = sorted(pitches)
        self._lead_in(onsets, pitches, known[0], chords, rng)
        for left, right in zip(known, known[1:], strict=False):
            count = right - left - 1
            if not count:
                continue
            ladders = [self.ladder(at(chords, onsets[left + 1 + offset].at)) for offset in range(count)]
            if count <= 2 and rng.random() < ARPEGGIO:
                self._arpeggio(onsets, pitches, left, right, chords, rng)
                continue
            rungs = path(rung(ladders[0], pitches[left]), rung(ladders[-1], pitches[right]), count, rng)
            for offset, place in enumerate(rungs):
                ladder, onset = ladders[offset], onsets[left + 1 + offset]
                wanted = ladder[min(len(ladder) - 1, max(0, place))]
                pitches[left + 1 + offset] = self._passing(onset, wanted, at(chords, onset.at))
            last, goal = onsets[right - 1], pitches[right]
            chromatic = 0.0 if self.manner.pentatonic else self.manner.manner.chromatic
            if rng.random() < 1.6 * chromatic and last.length <= 0.5 and last.at % self.metre.bar % self.metre.pulse:
                pitches[right - 1] = goal + (1 if pitches[right - 1] > goal else -1)

    def _arpeggio(
        self,
        onsets: Sequence[Onset],
        pitches: dict[int, int],
        left: int,
        right: int,
        chords: Sequence[Harmony],
        rng: Random,
    ) -> None:
        """Tones of the chord between two of the skeleton, other than these, by leaps that come back."""
        before = pitches[left]
        for index in range(left + 1, right):
            tones = at(chords, onsets[index].at).tones[:4]
            near = [p for p in range(self.low - 2, self.high + 3) if p % 12 in tones and 0 < abs(p - before) <= 7]
            near = [pitch for pitch in near if pitch != pitches[right] and abs(pitch - pitches[right]) <= 9]
            before = pitches[index] = rng.choice(near) if near else before

    def _lead_in(
        self, onsets: Sequence[Onset], pitches: dict[int, int], first: int, chords: Sequence[Harmony], rng: Random
    ) -> None:
        """The notes of an upbeat: by step into the first tone of the skeleton, or the fourth below it."""
        ladder = self.ladder(at(chords, 0.0))
        goal = rung(ladder, pitches[first])
        side = rng.choice((-1, -1, 1))
        fourth = rng.random() < 0.3
        for index in range(first):
            distance = 3 if fourth and index == 0 else first - index
            wanted = ladder[min(len(ladder) - 1, max(0, goal + side * distance))]
            pitches[index] = self._passing(onsets[index], wanted, at(chords, onsets[index].at))


def path(start: int, goal: int, count: int, rng: Random) -> list[int]:
    """``count`` rungs of the scale's ladder from ``start`` (before them) to ``goal`` (after them).

    Where there are more notes than steps, the line first goes the other way or beyond the goal and returns.
    """
    way, moves = goal - start, count + 1
    side = 1 if way > 0 or (way == 0 and rng.random() < 0.5) else -1
    if abs(way) > moves:
        return [start + round(way * (offset + 1) / moves) for offset in range(count)]
    spare = moves - abs(way)
    skips = spare % 2 == 1 and rng.random() < 0.5
    out = min(ESCAPE, (spare + skips) // 2)
    there = [side] * (abs(way) + out - skips)
    if skips and there:
        there[rng.randrange(len(there))] *= 2
    steps = there + [-side] * out if rng.random() < 0.5 else [-side] * out + there
    while len(steps) < moves:
        place = rng.randrange(len(steps) + 1)
        steps[place:place] = [side, -side] if moves - len(steps) > 1 else [0]
    if rng.random() < WINDING:
        rng.shuffle(steps)
    places, here = [], start
    for step in steps[:count]:
        here += step
        places.append(here)
    return places


def rung(ladder: Sequence[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda index: abs(ladder[index] - pitch))


def at(chords: Sequence[Harmony], beat: float) -> Harmony:
    return max((chord for chord in chords if chord.start <= beat + 1e-6), key=lambda c: c.start, default=chords[0])


CONTOURS: dict[str, Callable[[float], float]] = {  # place in the phrase, 0 … 1 → −1 … 1
    "arch": lambda place: sin(pi * min(1.0, place)) * 1.3 - 0.65,
    "rising": lambda place: 1.2 * place - 0.6,
    "falling": lambda place: 0.7 - 1.3 * place,
    "wave": lambda place: 0.6 * sin(2 * pi * place),
    "late": lambda place: 1.4 * sin(pi * min(1.0, place) ** 1.8) - 0.6,
}
