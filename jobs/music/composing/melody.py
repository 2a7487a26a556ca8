"""The tune: a skeleton of chord tones along a contour, filled with steps; motifs that return, move on and answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, pi, sin
from random import Random

from jobs.music.composing.form import Bar, Span
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.plan import Plan
from jobs.music.instruments import Instrument
from jobs.music.score import Note
from jobs.music.styles import shared
from jobs.music.styles.pattern import BAR_BEATS, Step, steps
from jobs.music.theory import MINOR_THIRD, PENTATONIC

SHORT_BAR = 1.7  # seconds; where a bar is shorter, a motif takes two of them
STRONG = {"4/4": (0.0, 2.0), "3/4": (0.0,), "6/8": (0.0, 1.5)}  # beats of the bar that carry chord tones
PERIODS = ("mnm", "mmn", "mnm", "mnn")  # three motifs before each fourth, which closes or stays open
CLOSES = "oc"
LOUD, ACCENT, SOFT = 86, 12, -12
GRACE = 0.12  # beats

Key = tuple[tuple[float, tuple[int, ...]], ...]  # chords of a unit, as they count for its melody


@dataclass(frozen=True, slots=True)
class Tone:
    """One note of a motif: beats from the unit's start, and whether it belongs to the skeleton."""

    at: float
    length: float
    pitch: int
    sign: str
    strong: bool


@dataclass
class Tune:
    """Writes the melody unit by unit and remembers every motif, so that what returns is recognised."""

    plan: Plan
    low: int
    high: int
    motifs: dict[tuple[str, str], tuple[Tone, ...]] = field(default_factory=dict)
    known: dict[tuple[str, str, Key], tuple[Tone, ...]] = field(default_factory=dict)

    def span(self, span: Span, bars: Sequence[Bar]) -> list[Note]:
        """The melody of one section; ``bars`` without the one in which the piece comes to rest."""
        kind = self.plan.style.kinds[span.kind]
        size = 2 if BAR_BEATS[self.plan.brief.metre] * 60 / self.plan.bpm < SHORT_BAR else 1
        units = [bars[index : index + size] for index in range(0, len(bars), size)]
        labels = labels_of(len(units), self.plan.stream(f"melody:form:{kind.theme}"))
        notes: list[Note] = []
        for index, (unit, label) in enumerate(zip(units, labels, strict=True)):
            tones = self._unit(kind.theme, label, unit, span, size * BAR_BEATS[self.plan.brief.metre])
            notes += self._sung(tones, unit, span, index / max(1, len(units) - 1))
        return notes

    def _unit(self, theme: str, label: str, bars: Sequence[Bar], span: Span, full: float) -> tuple[Tone, ...]:
        """The motif of that label over these bars; ``full``: beats that a unit has where it is not cut short."""
        start, length = bars[0].start, bars[-1].start + bars[-1].length - bars[0].start
        chords = [_in_first_key(c, start, span.shift) for c in self.plan.chords_between(start, start + length)]
        key = (*((round(chord.start, 3), chord.tones) for chord in chords), (round(length, 3), ()))
        known = self.known.get((theme, label, key))
        if known is None:
            motif = self.motifs.get((theme, label)) or self._invent(theme, label, chords, full)
            self.motifs.setdefault((theme, label), motif)
            known = self._refitted(motif, chords, length)
            self.known[theme, label, key] = known
        return known

    def _invent(self, theme: str, label: str, chords: Sequence[Harmony], length: float) -> tuple[Tone, ...]:
        rng = self.plan.stream(f"melody:{theme}:{label}")
        first = self.motifs.get((theme, "m"))
        if label == "m" or first is None:
            return self._pitched(self._rhythm(theme, rng, length), theme, 0.0, chords, rng)
        if label in CLOSES:
            return self._closing(theme, label, chords, length, rng)
        turn = rng.random()
        if turn < 0.35:
            return self._refitted(_moved(first, rng.choice((-3, 2, 3, 4))), chords, length)
        if turn < 0.5:
            return self._refitted(_mirrored(first), chords, length)
        return self._pitched(self._rhythm(theme, rng, length), theme, 0.18, chords, rng)

    def _rhythm(self, theme: str, rng: Random, length: float) -> list[Step]:
        """One or two bars of the style's cells, as busy as style and section are."""
        metre, manner = self.plan.brief.metre, self.plan.style.melody
        cells = shared().cells[manner.cells][metre]
        energy = max((kind.energy for kind in self.plan.style.kinds.values() if kind.theme == theme), default=0.5)
        density = min(1.0, max(0.0, 0.26 + 0.74 * manner.density + 0.3 * (energy - 0.55)))
        rhythm: list[Step] = []
        bar = BAR_BEATS[metre]
        for start in range(round(length / bar)):
            wanted = density * (len(cells) - 1) + rng.uniform(-0.9, 0.9) - 0.5 * start
            cell = cells[round(min(len(cells) - 1, max(0.0, wanted)))]
            rhythm += [replace(step, at=step.at + start * bar) for step in steps(cell, metre, metre)[0]]
        return rhythm

    def _closing(
        self, theme: str, label: str, chords: Sequence[Harmony], length: float, rng: Random
    ) -> tuple[Tone, ...]:
        """The first half of the motif again, then one or two longer notes: settled in ``c``, left open in ``o``."""
        half = BAR_BEATS["4/4"] / 2 if self.plan.brief.metre == "4/4" and length == 4.0 else length - length // 2
        pulse = self.plan.pulse
        head = [tone for tone in self._refitted(self.motifs[theme, "m"], chords, length) if tone.at < half - 0.1]
        head = [replace(tone, length=min(tone.length, half - tone.at)) for tone in head]
        end = length - (pulse if length - half > pulse else pulse / 2)
        splits = [half] if end - half < 2 * pulse or rng.random() < 0.4 else [half, half + pulse]
        rhythm = [Step(at, "x", stop - at) for at, stop in zip(splits, [*splits[1:], end], strict=True)]
        before = [tone.pitch for tone in head]
        tail = self._pitched(rhythm, theme, -0.1 if label == "c" else 0.05, chords, rng, before, settled=label == "c")
        return (*head, *tail)

    def _pitched(
        self,
        rhythm: Sequence[Step],
        theme: str,
        height: float,
        chords: Sequence[Harmony],
        rng: Random,
        sung: Sequence[int] = (),
        settled: bool = False,
    ) -> tuple[Tone, ...]:
        """Skeleton first, along the contour; then the weak notes between its tones. ``sung``: pitches before."""
        contour = self.plan.stream(f"melody:contour:{theme}").choice((sin_arch, rising, dipping, sin_arch))
        total = rhythm[-1].at + rhythm[-1].length
        strong = [
            index in (0, len(rhythm) - 1) or self._is_strong(step) or (step.at % 1 == 0 and rng.random() < 0.4)
            for index, step in enumerate(rhythm)
        ]
        pitches: dict[int, int] = {}
        before = list(sung)
        for index, step in enumerate(rhythm):
            if strong[index]:
                level = 0.5 + height + 0.32 * contour(step.at / total)
                target = self.low + level * (self.high - self.low)
                last = settled and index == len(rhythm) - 1
                pitches[index] = self._skeleton(_at(chords, step.at), target, before, rng, last)
                before.append(pitches[index])
        self._fill(rhythm, strong, pitches, chords, rng)
        return tuple(
            Tone(step.at, step.length, pitches[index], step.sign, strong[index]) for index, step in enumerate(rhythm)
        )

    def _is_strong(self, step: Step) -> bool:
        bar = BAR_BEATS[self.plan.brief.metre]
        return round(step.at % bar, 3) in STRONG[self.plan.brief.metre] or step.length >= 0.99 * self.plan.pulse

    def _skeleton(self, chord: Harmony, target: float, before: list[int], rng: Random, settled: bool) -> int:
        """A chord tone near the contour, by a singable interval from the one before."""
        options = [pitch for pitch in range(self.low, self.high + 1) if pitch % 12 in chord.tones[:4]]
        ease = 1.0 - 0.6 * self.plan.style.melody.leaps

        def cost(pitch: int) -> float:
            price = 0.4 * abs(pitch - target) + 0.5 * chord.tones.index(pitch % 12) / 3
            price += 0.5 * ((pitch - chord.tonic) % 12 not in (0, 3, 4, 7))  # the key's own triad weighs more
            if before:
                gap = abs(pitch - before[-1])
                price += ease * (0.9 if gap == 0 else 0.3 * max(0, gap - 2) + 3 * (gap > 9) + 2 * (gap == 6))
                price += 1.5 * (len(before) > 1 and before[-1] == before[-2] == pitch)
            if settled:
                price += 3.0 * (pitch % 12 != chord.root)
            return price

        weights = [exp(-1.3 * cost(pitch)) for pitch in options]
        return rng.choices(options, weights)[0] if sum(weights) > 0 else min(options, key=cost)

    def _fill(
        self,
        rhythm: Sequence[Step],
        strong: Sequence[bool],
        pitches: dict[int, int],
        chords: Sequence[Harmony],
        rng: Random,
    ) -> None:
        """Weak notes: a run to the next tone of the skeleton, its neighbour, or the tone again."""
        anchors = [index for index, is_strong in enumerate(strong) if is_strong]
        for left, right in zip(anchors, anchors[1:], strict=False):
            count = right - left - 1
            if not count:
                continue
            scales = [self._ladder(_at(chords, rhythm[left + 1 + offset].at)) for offset in range(count)]
            start = _rung(scales[0], pitches[left])
            goal = _rung(scales[-1], pitches[right])
            path = _path(start, goal, count, rng)
            for offset, rung in enumerate(path):
                ladder = scales[offset]
                pitches[left + 1 + offset] = ladder[min(len(ladder) - 1, max(0, rung))]

    def _ladder(self, chord: Harmony) -> list[int]:
        """The pitches that a weak note may take over a chord."""
        scale: set[int] = set(chord.scale)
        if self.plan.style.melody.pentatonic:
            five = PENTATONIC[self.plan.brief.mode in MINOR_THIRD]
            scale = {(self.plan.brief.tonic_pitch_class + step) % 12 for step in five} & scale | set(chord.tones[:3])
        return [pitch for pitch in range(self.low - 2, self.high + 3) if pitch % 12 in scale]

    def _refitted(self, motif: Sequence[Tone], chords: Sequence[Harmony], length: float) -> tuple[Tone, ...]:
        """The motif over other chords: where it is, if it fits; else moved along the scale and set on chord tones."""
        tones = [tone for tone in motif if tone.at < length - 0.2] or [replace(motif[0], at=0.0)]
        middle = (self.low + self.high) / 2

        def cost(shift: int) -> float:
            misses = sum(self._miss(tone, shift, _at(chords, tone.at)) for tone in tones)
            mean = sum(tone.pitch for tone in tones) / len(tones) + shift
            return misses + 0.3 * abs(shift) + 0.15 * max(0.0, abs(mean - middle) - 4)

        shift = min(range(-6, 7), key=cost)
        fitted: list[Tone] = []
        drift = shift
        for tone in tones:
            chord = _at(chords, tone.at)
            pitch = tone.pitch + (shift if tone.strong else drift)
            if tone.strong and self._miss(tone, shift, chord) >= 1:
                options = [option for option in range(self.low - 2, self.high + 3) if option % 12 in chord.tones[:4]]
                pitch = min(options, key=lambda option: abs(option - tone.pitch - shift))
            elif pitch % 12 not in chord.scale:
                pitch = min(self._ladder(chord), key=lambda option: abs(option - pitch))
            drift = pitch - tone.pitch
            end = min(tone.at + tone.length, length)
            fitted.append(Tone(tone.at, end - tone.at, pitch, tone.sign, tone.strong))
        return tuple(fitted)

    def _miss(self, tone: Tone, shift: int, chord: Harmony) -> float:
        """How badly a note of a motif fits a chord: 0 a chord tone, below 1 tolerable, else its distance and 1."""
        pitch = (tone.pitch + shift) % 12
        tones = chord.tones[:4]
        if pitch in tones:
            return 0.0
        if not tone.strong:
            return 0.0 if pitch in chord.scale else 0.3
        rubs = any((pitch - other) % 12 in (1, 11) for other in tones)
        weighty = tone.at % BAR_BEATS[self.plan.brief.metre] == 0 or tone.length >= 1.4 * self.plan.pulse
        if pitch in chord.scale and not rubs and not weighty:
            return 0.4
        return 1.0 + _distance(pitch, tones)

    def _sung(self, tones: Sequence[Tone], bars: Sequence[Bar], span: Span, place: float) -> list[Note]:
        """The unit as notes: where it lies in the piece, its phrasing, graces when it returns."""
        rng = self.plan.stream(f"melody:graces:{bars[0].start}")
        manner = self.plan.style.melody
        start = bars[0].start
        total = tones[-1].at + tones[-1].length
        swell = 6 * sin(pi * min(1.0, 0.2 + 0.7 * place))
        notes: list[Note] = []
        for tone in tones:
            pitch = tone.pitch + span.shift
            phrase = 7 * sin(pi * (0.15 + 0.8 * tone.at / total))
            accent = {"X": ACCENT, "o": SOFT}.get(tone.sign, 0) - (0 if tone.strong else 7)
            velocity = round(LOUD + swell + phrase + accent)
            legato = manner.legato if tone.length <= 1 else 1.0
            if tone.strong and tone.at > GRACE and rng.random() < manner.graces * (1.0 if tone.length >= 1 else 0.4):
                below = pitch - (1 if rng.random() < manner.blue + 0.3 else 2)
                notes.append(Note(start + tone.at - GRACE, GRACE, below, velocity - 18))
            notes.append(Note(start + tone.at, tone.length * legato, pitch, velocity))
        return notes


def melody_range(plan: Plan, instrument: Instrument, lift: int = 0) -> tuple[int, int]:
    """Lowest and highest pitch of the tune on that instrument: its comfortable middle, where the style wants it."""
    manner = plan.style.melody
    low = manner.centre + lift - manner.span // 2
    room = instrument.high - instrument.low
    span = min(manner.span, room)
    low = min(max(low, instrument.low + min(3, room - span)), instrument.high - span)
    return low, low + span


def labels_of(count: int, rng: Random) -> str:
    """Which motif each unit of a section takes: ``m`` the first, ``n`` its answer, ``o`` open, ``c`` closed."""
    period = rng.choice(PERIODS)
    if count < 4:
        return {1: "m", 2: "mc", 3: "mmc"}[count]
    whole, rest = divmod(count, 4)
    labels = (period + "o") * whole + (period + "o")[4 - rest :] * (rest > 0)
    return labels[:-1] + "c"


def sin_arch(place: float) -> float:
    return sin(pi * place) - 0.4


def rising(place: float) -> float:
    return place - 0.5


def dipping(place: float) -> float:
    return 0.5 - sin(pi * place)


def _path(start: int, goal: int, count: int, rng: Random) -> list[int]:
    """``count`` rungs of the scale's ladder from ``start`` (before them) to ``goal`` (after them)."""
    way = goal - start
    if abs(way) >= count + 1 or (abs(way) >= 2 and rng.random() < 0.7):
        return [start + round(way * (offset + 1) / (count + 1)) for offset in range(count)]
    side = rng.choice((1, -1)) if way == 0 else (1 if way > 0 else -1)
    if count == 1:
        return [rng.choice((start, start + side, goal + side))]
    approach = goal + rng.choice((1, -1))
    middle = [start + side if offset % 2 == 0 else start for offset in range(count - 1)]
    return [*middle, approach]


def _moved(motif: Sequence[Tone], semitones: int) -> tuple[Tone, ...]:
    """A sequence: the motif higher; the chords make the steps diatonic."""
    return tuple(replace(tone, pitch=tone.pitch + semitones) for tone in motif)


def _mirrored(motif: Sequence[Tone]) -> tuple[Tone, ...]:
    """The inversion around the first note."""
    axis = motif[0].pitch
    return tuple(replace(tone, pitch=2 * axis - tone.pitch) for tone in motif)


def _in_first_key(chord: Harmony, start: float, shift: int) -> Harmony:
    """The chord counted from the unit's start and in the key in which the piece began."""

    def down(classes: Sequence[int]) -> tuple[int, ...]:
        return tuple((pitch - shift) % 12 for pitch in classes)

    return Harmony(
        max(0.0, chord.start - start),
        chord.length,
        (chord.root - shift) % 12,
        down(chord.tones),
        down(chord.scale),
        chord.name,
        chord.tonic - shift,
        chord.home,
    )


def _at(chords: Sequence[Harmony], beat: float) -> Harmony:
    return max((chord for chord in chords if chord.start <= beat + 1e-6), key=lambda c: c.start, default=chords[0])


def _rung(ladder: Sequence[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda index: abs(ladder[index] - pitch))


def _distance(pitch: int, classes: Sequence[int]) -> int:
    """Semitones to the nearest of the pitch classes."""
    return min(min((pitch - tone) % 12, (tone - pitch) % 12) for tone in classes)
