"""A tune that was given, as the piece is planned around it: when it is stated, in which key, over which chords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobs.music.brief import Brief
from jobs.music.composing.harmonise import harmonised
from jobs.music.given import GivenNote, extent, find_key
from jobs.music.styles import Style
from jobs.music.styles.pattern import BAR_BEATS

FRAME = 8  # bars before and after the tune, together; a quarter of a short piece
INTRO, LONGEST = 4, 8  # bars of an introduction, and where there is time to spare
UNIT, WHOLE = 8, 12  # bars of a section; a tune of so many is one
AGAIN = 16  # bars of a tune whose second half may come again alone
BRIDGES = ("bridge", "solo", "break", "middle", "trio", "development")  # between two statements, what the style has
GRID = 0.25  # beats

Sections = list[tuple[str, int]]  # kinds with their bars


@dataclass(frozen=True, slots=True)
class Statement:
    """The tune once: ``bars`` of it, from its bar ``first`` on, at bar ``at`` of the piece."""

    at: int
    first: int
    bars: int


@dataclass(frozen=True, slots=True)
class Given:
    """The tune in the key of the piece, counted in beats from its own first bar line; upbeats lie before 0."""

    notes: tuple[GivenNote, ...]
    statements: tuple[Statement, ...]
    numerals: tuple[tuple[str, ...], ...]  # of each of its bars
    bar: float  # beats
    on_grid: bool  # written, not played: its sixteenths may swing with the others

    def over(self, first: int, numerals: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The same bars, the first of them at bar ``first`` of the piece, with the tune's chords where it is stated."""
        return [self._at(first + index) or tokens for index, tokens in enumerate(numerals)]

    def states(self, start: float) -> bool:
        """Whether the tune is stated in the bar that begins at that beat."""
        return bool(self._at(round(start / self.bar)))

    def moved(self, sections: Sequence[tuple[int, int]], order: Sequence[tuple[int | None, int]]) -> Given:
        """The same tune, stated where its sections have gone.

        ``sections``: of each one as laid out its first bar and its length in bars. ``order``: of each one as it shall
        be, which of those it is, None for a new one, and its length. What a shorter one cuts off is not stated.
        """
        pieces: list[Statement] = []
        place = 0
        for source, length in order:
            start, bars = (0, 0) if source is None else sections[source]
            for statement in self.statements:
                first = max(start, statement.at)
                size = min(start + min(bars, length), statement.at + statement.bars) - first
                if size > 0:
                    pieces.append(Statement(place + first - start, statement.first + first - statement.at, size))
            place += length
        return replace(self, statements=_rejoined(pieces))

    def _at(self, bar: int) -> tuple[str, ...]:
        for statement in self.statements:
            if statement.at <= bar < statement.at + statement.bars:
                return self.numerals[statement.first + bar - statement.at]
        return ()


def _rejoined(pieces: Sequence[Statement]) -> tuple[Statement, ...]:
    """The pieces, as one where the tune goes on from one to the next."""
    joined: list[Statement] = []
    for piece in pieces:
        before = joined[-1] if joined else Statement(0, 0, 0)
        if joined and (before.at + before.bars, before.first + before.bars) == (piece.at, piece.first):
            joined[-1] = replace(before, bars=before.bars + piece.bars)
        else:
            joined.append(piece)
    return tuple(joined)


def given_of(brief: Brief, style: Style, count: int) -> Given | None:
    """The brief's tune in a piece of ``count`` bars before the last chord; None where none was given."""
    tune = brief.tune
    if tune is None:
        return None
    bar = BAR_BEATS[brief.metre]
    place = extent(tune, bar)
    up = (brief.tonic_pitch_class - find_key(tune).tonic + 5) % 12 - 5  # the nearer way
    notes = tuple(replace(note, start=note.start - place.origin, pitch=note.pitch + up) for note in tune.notes)
    numerals = harmonised(notes, place.bars, brief.metre, bar, brief.tonic_pitch_class, brief.mode)
    on_grid = all(abs(note.start / GRID - round(note.start / GRID)) < 0.02 for note in notes)
    return Given(notes, layout(brief, style, count)[1], tuple(numerals), bar, on_grid)


def layout(brief: Brief, style: Style, count: int) -> tuple[Sections, tuple[Statement, ...]]:
    """The sections of ``count`` bars, and the statements in them of the tune that was given.

    As many as there is time for; what is over becomes a frame, a bridge before the last statement, or the tune's second
    half once more. A tune that is longer than the piece breaks off.
    """
    assert brief.tune  # noqa: S101 - whoever asks knows
    place = extent(brief.tune, BAR_BEATS[brief.metre])
    size, lead = place.bars, int(place.upbeat and count > 1)
    if count < size + lead:
        sections = [(_intro(style), lead)] * lead + _stated(style, count - lead, several=False)
        return sections, (Statement(lead, 0, count - lead),)
    frame = min(FRAME, max(lead, count // 4))
    laps = max(1, (count - frame) // size)
    left = count - laps * size
    half = max(0, left - frame) // UNIT * UNIT if size >= AGAIN else 0
    left -= half
    parts = [(0, size)] * laps + ([(size - half, half)] if half else [])
    bridge = next((kind for kind in BRIDGES if kind in style.kinds and kind != style.core), "")
    intro = max(lead, min(INTRO, left // 2))
    between = min(UNIT, max(0, left - intro - INTRO) // 4 * 4) if bridge and len(parts) > 1 else 0
    intro = max(intro, min(LONGEST, left - between - LONGEST))
    return _laid(style, parts, intro, bridge if between else "", between, left - intro - between)


def _laid(
    style: Style, parts: Sequence[tuple[int, int]], intro: int, bridge: str, between: int, outro: int
) -> tuple[Sections, tuple[Statement, ...]]:
    sections: Sections = [(_intro(style), intro)] if intro else []
    statements: list[Statement] = []
    for index, (first, bars) in enumerate(parts):
        if bridge and index == len(parts) - 1:
            sections.append((bridge, between))
        statements.append(Statement(sum(length for _, length in sections), first, bars))
        sections += _stated(style, bars, several=index == 0 and len(parts) > 1)
    if outro:
        sections.append((style.plan[-1][0], outro))
    return sections, tuple(statements)


def _intro(style: Style) -> str:
    return style.plan[0][0]


def _stated(style: Style, bars: int, *, several: bool) -> Sections:
    """Sections over one statement: what leads to the refrain, then the refrain; ``several``: others follow it."""
    sizes = [UNIT] * (bars // UNIT) if bars > WHOLE else [bars]
    if bars > WHOLE and bars % UNIT:
        sizes = [*sizes, bars % UNIT] if bars % UNIT >= UNIT // 2 else [*sizes[:-1], sizes[-1] + bars % UNIT]
    kinds = [kind for kind, _ in style.plan[1:]]
    before = kinds[: kinds.index(style.core)] if style.core in kinds else []
    verse = before[0] if before else style.core
    leading = len(sizes) // 2 if len(sizes) > 1 else int(several)
    return [(verse if index < leading else style.core, size) for index, size in enumerate(sizes)]
