"""The chords: progressions of the style's grammar laid over the form, with cadences, colour and the way home."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from jobs.music.brief import Brief
from jobs.music.composing.form import Bar, Form, Span
from jobs.music.composing.sections import kind_in
from jobs.music.composing.statements import Given
from jobs.music.composing.substitution import BETWEEN, DECORATED, KINDRED, SWAY
from jobs.music.score import Chord
from jobs.music.styles import Style, shared
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS
from jobs.music.theory import MINOR_THIRD, RELATIVE_MAJOR, Quality, chord_scale, numeral, pitch_name, plain, seventh

SHORT = 6  # bars of a piece that has to begin at home to come back there
FROM_HOME = 2.5  # how much likelier a progression is that begins on the tonic: the key must be heard

LAPS, LAST = 2.2, 2.0  # how much likelier a chord of a later lap is another, and a fourth bar gets a second chord
TURNED = 1.6  # how much likelier every second lap is another progression of the row than a bar gets a second chord
LED = {"major": 0.5, "minor": 0.5}  # how much rarer second chords are: too many hide the key, but make a church mode
LEANING = 1.0  # how much likelier a chord that stays is decorated than another gets a second one

APPROACHES = (5, 2, 1, 10, 11)  # semitones from a chord that leads on up to the one it leads to
FOURTH = 5  # semitones from the tonic to its subdominant
FIFTH = 7  # semitones from the tonic to its dominant

DOMINANT = 0.5  # how often a dominant that goes home has its seventh, whatever other chords have

PREPARED = (2, 5, 7, 9)  # degrees, in semitones, whose own dominant does not lead the ear away

Bars = list[tuple[str, ...]]  # for each bar the numerals it holds


@dataclass(frozen=True, slots=True)
class Harmony:
    """One chord as planned. ``tones``: pitch classes, root first; ``scale``: what fits over it."""

    start: float  # beats
    length: float
    root: int  # pitch class
    tones: tuple[int, ...]
    scale: tuple[int, ...]
    name: str
    tonic: int  # pitch class of the key that rules here
    home: bool = False  # the tonic chord

    @property
    def end(self) -> float:
        return self.start + self.length

    def chord(self) -> Chord:
        return Chord(self.start, self.length, self.root, self.tones, self.name)


def plan_harmony(
    brief: Brief, style: Style, form: Form, stream: Callable[[str], Random], given: Given | None = None
) -> tuple[Harmony, ...]:
    """Chords from beat 0 to the end of the form's last bar, one after another without a gap.

    A tune that was given has its own where it is stated.
    """
    chords: list[Harmony] = []
    if brief.chords:
        for bar, tokens in zip(
            form.bars, _asked(brief, style, form.spans, _own_of(brief, form), form.rests), strict=True
        ):
            chords += _placed(bar, tokens, brief, 0.0, brief.tonic_pitch_class, stream)
        return tuple(_joined(chords, form))
    for index in range(len(form.spans)):
        chords += plan_section(brief, style, form, index, stream, given)
    return tuple(_joined(chords, form))


def plan_section(
    brief: Brief, style: Style, form: Form, index: int, stream: Callable[[str], Random], given: Given | None = None
) -> list[Harmony]:
    """The chords of one section, whose lengths hold within it."""
    span, last = form.spans[index], form.rests and index == len(form.spans) - 1
    bars = [bar for bar in form.bars if bar.span == index]
    chords: list[Harmony] = []
    own = _own_of(brief, form).get(span.kind)
    if own and not given:
        for bar, tokens in zip(bars, _own(brief, style, own, span.bars, last), strict=True):
            chords += _placed(bar, tokens, brief, 0.0, brief.tonic_pitch_class, stream)
        return chords
    row = style.kinds[span.kind].harmony
    numerals = _section(brief, style, row, span.bars - last, stream, last)
    if index == 0 and len(form.bars) <= SHORT and numeral(numerals[0][0], brief.mode).root:
        numerals[0] = (_home(style, brief.mode), numerals[0][-1])
    if last:
        numerals.append((_home(style, brief.mode),))
    if given:
        numerals = given.over(form.bars.index(bars[0]), numerals)
    tonic = (brief.tonic_pitch_class + span.shift) % 12
    for bar, tokens in zip(bars, numerals, strict=True):
        chords += _placed(bar, tokens, brief, style.colour, tonic, stream)
    return chords


def rows(style: Style, mode: str, *names: str) -> Sequence[str]:
    """The first row of progressions among ``names`` that the style has for the mode.

    For a mode in which the style has none at all, the shared ones: by the same names, or those for any section.
    """
    table = style.harmony.get(mode) or shared().harmony[mode]
    return next((table[name] for name in names if name in table), ())


def _home(style: Style, mode: str) -> str:
    return next(iter(rows(style, mode, "home")), "i" if mode in MINOR_THIRD else "I")


def _own_of(brief: Brief, form: Form) -> dict[str, tuple[str, ...]]:
    """Kind of section of the form → the chords that a person gives for it."""
    kinds = {span.kind for span in form.spans}
    return {kind_in(kinds, name): bars for name, bars in brief.section_chords.items()}


def _own(brief: Brief, style: Style, given: Sequence[str], count: int, last: bool) -> Bars:
    """The person's own chords for a section, as many laps as it has room for; at the very end home."""
    pulses = _pulses(brief)
    lap = [bar[at : at + pulses] for bar in (tuple(b.split(",")) for b in given) for at in range(0, len(bar), pulses)]
    bars = [lap[place % len(lap)] for place in range(count)]
    return [*bars[:-1], (_home(style, brief.mode),)] if last else bars


def _pulses(brief: Brief) -> int:
    return round(BAR_BEATS[brief.metre] / PULSE_BEATS[brief.metre])


def _asked(brief: Brief, style: Style, spans: Sequence[Span], own: Mapping[str, Sequence[str]], rests: bool) -> Bars:
    """The person's own chords for all bars: a lap begins with each section that has room for it, and where the piece
    ``rests``, its last bar is home.

    A piece shorter than a lap has as many chords in each bar as it takes, at most one a pulse.
    """
    pulses = _pulses(brief)
    given = [tuple(bar.split(",")) for bar in brief.chords]
    room = sum(span.bars for span in spans) - rests
    tokens = [token for bar in given for token in bar]
    if len(given) > room > 0:
        dense = min(pulses, -(-len(tokens) // room))
        lap = [tuple(tokens[at : at + dense]) for at in range(0, len(tokens), dense)]
    else:
        lap = [bar[at : at + pulses] for bar in given for at in range(0, len(bar), pulses)]
    bars: Bars = []
    place = 0
    for span in spans:
        if span.kind in own:
            bars += _own(brief, style, own[span.kind], span.bars, last=False)
            continue
        place = 0 if len(lap) <= span.bars else place
        bars += [lap[(place + index) % len(lap)] for index in range(span.bars)]
        place += span.bars
    if rests:
        tonics = (token for token in tokens if numeral(token, brief.mode).root == 0)
        bars[-1] = (next(tonics, _home(style, brief.mode)),)
    return bars


def _section(brief: Brief, style: Style, row: str, count: int, stream: Callable[[str], Random], last: bool) -> Bars:
    """Numerals for ``count`` bars: a progression as often as it fits, then a cadence, at the very end the final one.

    Every progression draws its own lot, and every kind of change bar by bar, so that a section of another length
    begins with the same chords.
    """
    rng = stream(f"harmony:{row}")
    options = rows(style, brief.mode, row, "any")
    fitting = [option for option in options if len(option.split()) <= max(4, count)] or list(options)
    whole = [option for option in fitting if count % len(option.split()) == 0]
    longest = max((len(option.split()) for option in whole), default=0)
    if longest > 8:
        whole = [option for option in whole if len(option.split()) == longest]
    lots = {option: rng.random() ** (1 / _weight(option, brief.mode)) for option in options}
    loop = [tuple(token.split(",")) for token in max(whole or fitting, key=lots.__getitem__).split()]
    loop = _with_dominants(loop, style.secondary, brief.mode, rng)
    rest = sorted(lots, key=lots.__getitem__, reverse=True)
    others = [[tuple(t.split(",")) for t in option.split()] for option in rest if len(option.split()) == len(loop)][1:]
    turns = bool(others) and len(loop) <= 4 and rng.random() < TURNED * style.motion
    laps = [loop, _with_dominants(others[0], style.secondary, brief.mode, rng)] if turns else [loop]
    bars = [laps[place // len(loop) % len(laps)][place % len(loop)] for place in range(count)]
    bars = _other_laps(bars, len(loop), style.motion, brief.mode, stream(f"harmony:{row}:laps"))
    led = LED.get(brief.mode, 1.0) * style.motion
    bars = _led_on(bars, led, brief.mode, stream(f"harmony:{row}:led on"))
    bars = _leaning(bars, LEANING * style.motion, brief.mode, stream(f"harmony:{row}:leaning"))
    cadences = rows(style, brief.mode, "final") if last else rows(style, brief.mode, f"{row}_cadence", "cadence")
    if cadences and (last or count >= 4):
        cadence = [tuple(token.split(",")) for token in cadences[int(rng.random() * len(cadences))].split()]
        if count == 1:  # no room but for home and what leads back to it
            return [(_home(style, brief.mode), cadence[-1][-1])]
        if len(cadence) >= count:
            cadence = cadence[-(count - 1) :]
        bars[count - len(cadence) :] = cadence
    away = all(numeral(token, brief.mode).root for bar in bars for token in bar)
    if last and count < 4 and away:  # too short to leave home without having been there
        bars[0] = (_home(style, brief.mode), bars[0][-1])
    often = DOMINANT if style.colour and brief.mode in ("major", "minor") else 0.0  # elsewhere it leaves the mode
    return _resolving(bars, often, stream(f"harmony:{row}:resolving"))


def _other_laps(bars: Bars, lap: int, chance: float, mode: str, rng: Random) -> Bars:
    """Later laps of a short loop with other chords of the same function; the first of each stays what it is."""
    result = []
    for place, bar in enumerate(bars):
        lot, which = rng.random(), rng.random()
        others = KINDRED[mode].get(bar[0], ())
        changes = lap <= 4 and place >= lap and place % lap and lot < chance * LAPS
        result.append((others[int(which * len(others))],) if changes and len(bar) == 1 and others else bar)
    return result


def _led_on(bars: Bars, chance: float, mode: str, rng: Random) -> Bars:
    """Here and there a second chord that leads to the next, rather in a fourth bar than in others."""
    result = []
    for place, bar in enumerate(bars):
        lot, which = rng.random(), rng.random()
        if len(bar) == 1 and lot < chance * (LAST if place % 4 == 3 else 1.0):
            ways = _between(bar[0], bars[(place + 1) % len(bars)][0], mode)
            bar = (bar[0], ways[int(which * len(ways))]) if ways else bar
        result.append(bar)
    return result


def _leaning(bars: Bars, chance: float, mode: str, rng: Random) -> Bars:
    """Chords that fill their bar, here and there decorated; the first of a section and of each four stays plain."""
    result = []
    for place, bar in enumerate(bars):
        lot, which = rng.random(), rng.random()
        table = DECORATED[mode]
        ways = table.get(bar[0], ()) if len(bar) == 1 and place % 4 else ()
        result.append(tuple(ways[int(which * len(ways))].split(",")) if ways and lot < chance else bar)
    return result


def _resolving(bars: Bars, chance: float, rng: Random) -> Bars:
    """Dominants that go home, here and there with the seventh that wants to."""
    result = []
    for place, bar in enumerate(bars):
        home = bars[(place + 1) % len(bars)][0] in ("I", "i")
        result.append((*bar[:-1], "V7") if rng.random() < chance and bar[-1] == "V" and home else bar)
    return result


def _between(chord: str, after: str, mode: str) -> list[str]:
    """Chords of the key that can stand between two: a fifth or a step before the second one.

    None leads to the relative major as its dominant does: that would be heard as home. In dorian it is IV, which makes
    the mode.
    """
    here, there = numeral(chord, mode), numeral(after, mode)
    if here.root == there.root:
        return [sway for sway in SWAY[mode] if numeral(sway, mode).root not in (here.root, FIFTH)]
    if here.root == FIFTH:  # a dominant goes where it goes
        return [plain(chord) + "7"] if here.suffix == "" and there.root == 0 else []
    roots = {candidate: numeral(candidate, mode).root for candidate in BETWEEN[mode]}
    if mode in ("minor", "phrygian") and there.root == RELATIVE_MAJOR[mode]:
        roots = {candidate: root for candidate, root in roots.items() if (root - there.root) % 12 != FIFTH}
    return [
        candidate
        for candidate, root in roots.items()
        if root not in (here.root, there.root) and (there.root - root) % 12 in APPROACHES
    ]


def _weight(progression: str, mode: str) -> float:
    first = progression.split()[0].split(",")[0]
    return FROM_HOME if numeral(first, mode).root == 0 else 1.0


def _with_dominants(loop: Bars, chance: float, mode: str, rng: Random) -> Bars:
    """Now and then the second half of a bar becomes the dominant of the chord that follows."""
    bars = list(loop)
    for place, (bar, after) in enumerate(zip(loop, loop[1:], strict=False)):
        target = numeral(after[0], mode)
        parallel = mode in MINOR_THIRD and target.root == FOURTH  # its dominant is the tonic with a major third
        leads = target.root in PREPARED and not parallel and target.intervals[1] in (3, 4) and 7 in target.intervals
        if rng.random() < chance and len(bar) == 1 and leads and "/" not in after[0] and bar != after[:1]:
            bars[place] = (bar[0], f"V7/{plain(after[0])}")
    return bars


def _placed(
    bar: Bar, tokens: tuple[str, ...], brief: Brief, colour: float, tonic: int, stream: Callable[[str], Random]
) -> list[Harmony]:
    pulse = PULSE_BEATS[brief.metre]
    pulses = max(1, round(bar.length / pulse))
    tokens = tokens[-pulses:]
    chords = []
    edges = [bar.start + round(pulses * index / len(tokens) + 0.01) * pulse for index in range(len(tokens))]
    edges.append(bar.start + bar.length)
    moving = len({numeral(token, brief.mode).root for token in tokens}) < len(tokens)  # a voice inside one chord
    for token, start, end in zip(tokens, edges, edges[1:], strict=False):
        quality = numeral(token, brief.mode)
        if not moving and stream(f"colour:{token}:{bar.place % 4}").random() < colour:
            quality = seventh(quality, brief.mode)
        chords.append(_harmony(quality, start, end, tonic, brief.mode))
    return chords


def _harmony(quality: Quality, start: float, end: float, tonic: int, mode: str) -> Harmony:
    root = (tonic + quality.root) % 12
    tones = tuple(dict.fromkeys((root + interval) % 12 for interval in quality.intervals))
    name = pitch_name(root, tonic, mode) + quality.suffix
    scale = chord_scale(tonic, mode, root, quality.intervals)
    return Harmony(start, end - start, root, tones, scale, name, tonic, home=quality.root == 0)


def _joined(chords: list[Harmony], form: Form) -> list[Harmony]:
    """The same chords, each to the start of the next."""
    ends = [chord.start for chord in chords[1:]] + [form.beats]
    return [
        Harmony(c.start, end - c.start, c.root, c.tones, c.scale, c.name, c.tonic, c.home)
        for c, end in zip(chords, ends, strict=True)
    ]


def with_section(chords: Sequence[Harmony], form: Form, index: int, others: Sequence[Harmony]) -> tuple[Harmony, ...]:
    """The chords, those of the section ``index`` taken from ``others``."""
    start, end = form.spans[index].start, form.spans[index].start + form.spans[index].length
    inside = [chord for chord in others if start - 1e-6 <= chord.start < end - 1e-6]
    before = [chord for chord in chords if chord.start < start - 1e-6]
    after = [chord for chord in chords if chord.start >= end - 1e-6]
    return tuple(_joined([*before, *inside, *after], form))


def given(brief: Brief, style: Style, form: Form, index: int, lap: Sequence[str]) -> list[Harmony]:
    """The chords of a section as a person gives them, ``lap`` as ``Brief.chords``; the piece comes to rest at home."""
    tonic = (brief.tonic_pitch_class + form.spans[index].shift) % 12
    chords: list[Harmony] = []
    for bar in (bar for bar in form.bars if bar.span == index):
        tokens = (_home(style, brief.mode),) if bar.final else tuple(lap[bar.place % len(lap)].split(","))
        chords += _placed(bar, tokens, brief, 0.0, tonic, Random)
    return chords
