"""From written events to what stands in each bar: voices, rests, ties, note values, triplets, beams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.music.notation.quantise import DIVISIONS, Event
from jobs.music.score import Score

_BEAT = DIVISIONS
_NAMES = {96: "whole", 48: "half", 24: "quarter", 12: "eighth", 6: "16th", 3: "32nd"}
VALUES = {length: (name, 0) for length, name in _NAMES.items()} | {
    length * 3 // 2: (name, 1) for length, name in _NAMES.items() if length > 3
}  # units → name and dots
TRIPLETS = {16: ("quarter", 0), 12: ("eighth", 1), 8: ("eighth", 0), 4: ("16th", 0)}
FLAGS = {"eighth": 1, "16th": 2, "32nd": 3}
_VOICES = 2  # of one staff


@dataclass(frozen=True, slots=True)
class Bar:
    """``start`` and ``length`` in DIVISIONS of a quarter note; ``section`` is named where one begins."""

    number: int
    start: int
    length: int
    whole: int  # units of a full bar of the metre
    pulse: int  # units from one tap of the foot to the next
    section: str = ""
    turn: bool = False  # a new line may begin here


@dataclass(frozen=True, slots=True)
class Piece:
    """One note value, a rest where it has no ``pitches``."""

    start: int
    length: int
    pitches: tuple[int, ...]
    value: str
    dots: int = 0
    triplet: bool = False
    tuplet: str = ""  # "start" or "stop" of a bracket
    tied_from: bool = False
    tied_to: bool = False
    beams: tuple[str, ...] = ()  # "begin", "continue", "end", "forward hook", "backward hook"


def bars_of(score: Score) -> list[Bar]:
    """The bars of a score, in order; a section always begins one, and the last is full."""
    whole = DIVISIONS * 4 * score.metre[0] // score.metre[1]
    pulse = _BEAT if score.metre[1] == 4 else _BEAT * 3 // 2
    end = _units(score.beats)
    edges = {_units(section.start): section.name for section in score.sections if section.start < score.beats}
    starts = sorted({0, *edges})
    bars: list[Bar] = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        for place, at in enumerate(range(start, stop, whole)):
            name = edges.get(at, "") if place == 0 else ""
            bars.append(Bar(len(bars) + 1, at, min(whole, stop - at), whole, pulse, name, place % 4 == 0))
    return [*bars[:-1], replace(bars[-1], length=whole)] if bars else []


def _units(beat: float) -> int:
    """To the nearest sixteenth."""
    return round(beat * 4) * DIVISIONS // 4


def voices(events: Iterable[Event]) -> list[list[Event]]:
    """The events of a staff as at most _VOICES lines, of which none has two events at once."""
    lines: list[list[Event]] = []
    for event in sorted(events, key=lambda event: (event.start, -event.end)):
        free = next((line for line in lines if line[-1].end <= event.start), None)
        if free is not None:
            free.append(event)
        elif len(lines) < _VOICES:
            lines.append([event])
        else:
            _squeeze(lines, event)
    return lines


def _squeeze(lines: list[list[Event]], event: Event) -> None:
    """Where no line is free, the one that was struck first ends, or what is struck together is one chord."""
    line = min(lines, key=lambda line: line[-1].start)
    last = line[-1]
    if last.start < event.start:
        line[-1] = replace(last, end=event.start)
        line.append(event)
    else:
        pitches = tuple(sorted({*last.pitches, *event.pitches}))
        line[-1] = Event(last.start, min(last.end, event.end), pitches)


def pieces(events: Sequence[Event], bar: Bar, triplets: Collection[int]) -> list[Piece]:
    """What one voice has in a bar, from its first unit to its last; nothing where it is silent there."""
    end = bar.start + bar.length
    inside = [event for event in events if event.start < end and event.end > bar.start]
    if not inside:
        return []
    cuts = {
        beat * _BEAT
        for beat in triplets
        if any(_in_triplet(edge, beat) for event in inside for edge in (event.start, event.end))
    }
    line: list[Piece] = []
    for segment in _filled(inside, bar.start, end):
        line += _valued(segment, bar, cuts)
    return _beamed(_bracketed(line, cuts), bar)


def _in_triplet(edge: int, beat: int) -> bool:
    place = edge - beat * _BEAT
    return 0 < place < _BEAT and place % 3 != 0


def _filled(events: Iterable[Event], start: int, end: int) -> Iterator[Event]:
    """The events with rests (no pitches) between them; those that began before or end later keep their edges."""
    at = start
    for event in events:
        if event.start > at:
            yield Event(at, event.start, ())
        yield event
        at = event.end
    if at < end:
        yield Event(at, end, ())


def _valued(event: Event, bar: Bar, triplet_beats: Collection[int]) -> list[Piece]:
    """The event inside the bar as note values that are tied."""
    start, end = max(event.start, bar.start), min(event.end, bar.start + bar.length)
    edges = {start, end}
    for beat in triplet_beats:
        if start < beat + _BEAT and end > beat and not (start <= beat and end >= beat + _BEAT):
            edges |= {edge for edge in (beat, beat + _BEAT) if start < edge < end}
    spans: list[tuple[int, int, bool]] = []
    ordered = sorted(edges)
    for left, right in zip(ordered, ordered[1:], strict=False):
        beat = left // _BEAT * _BEAT
        if beat in triplet_beats and right - left < _BEAT:
            spans += [(a, b, True) for a, b in _triplet_values(left, right)]
        else:
            offset = bar.start
            values = _values(left - offset, right - offset, bar, is_rest=not event.pitches)
            spans += [(a + offset, b + offset, False) for a, b in values]
    made = []
    for left, right, triplet in spans:
        value, dots = (TRIPLETS if triplet else VALUES)[right - left]
        sounds = bool(event.pitches)
        made.append(
            Piece(
                left, right - left, event.pitches, value, dots, triplet,
                tied_from=sounds and left > event.start, tied_to=sounds and right < event.end,
            )
        )  # fmt: skip
    return made


def _triplet_values(start: int, end: int) -> list[tuple[int, int]]:
    if end - start in TRIPLETS:
        return [(start, end)]
    longest = max(length for length in TRIPLETS if length < end - start)
    return [(start, start + longest), *_triplet_values(start + longest, end)]


def _values(start: int, end: int, bar: Bar, *, is_rest: bool) -> list[tuple[int, int]]:
    """The stretch, in units from the beginning of the bar, cut where a reader expects the beats."""
    if end - start in VALUES and _reads_well(start, end - start, bar, is_rest=is_rest):
        return [(start, end)]
    for unit in (bar.whole // 2 if bar.whole % (4 * _BEAT) == 0 else bar.pulse, bar.pulse, _BEAT // 2, _BEAT // 4, 3):
        edge = (start // unit + 1) * unit
        if edge < end:
            return _values(start, edge, bar, is_rest=is_rest) + _values(edge, end, bar, is_rest=is_rest)
    raise ValueError(f"{start} to {end} is on no grid")


def _reads_well(start: int, length: int, bar: Bar, *, is_rest: bool) -> bool:
    plain = length if VALUES[length][1] == 0 else length * 2 // 3
    end = start + length
    if start == 0 and end == bar.length:
        return True
    if is_rest and bar.pulse == _BEAT:  # never over a beat that nobody hears
        return length == plain and start % length == 0
    if bar.pulse == _BEAT:
        if plain >= 2 * _BEAT:
            return start % _BEAT == 0
        if plain == _BEAT:  # also on an off-beat, where the middle of the bar stays to be seen
            middle = bar.whole // 2 if bar.whole == 4 * _BEAT else 0
            return start % _BEAT == 0 or (start % (_BEAT // 2) == 0 and not start < middle < end)
    elif length % bar.pulse == 0:
        return start % bar.pulse == 0
    if start // bar.pulse != (end - 1) // bar.pulse:
        return False
    return start % plain == 0 or (start + length) % plain == 0 and start % (plain // 2 or 1) == 0


def _bracketed(line: list[Piece], triplet_beats: Collection[int]) -> list[Piece]:
    result = list(line)
    for beat in triplet_beats:
        places = [i for i, piece in enumerate(result) if piece.triplet and beat <= piece.start < beat + _BEAT]
        if len(places) > 1:
            result[places[0]] = replace(result[places[0]], tuplet="start")
            result[places[-1]] = replace(result[places[-1]], tuplet="stop")
    return result


def _beamed(line: list[Piece], bar: Bar) -> list[Piece]:
    """Flags of one beat are joined; in four-four also the eighths of half a bar."""
    result = list(line)
    for group in _groups(line, bar):
        counts = [FLAGS[line[index].value] for index in group]
        for place, index in enumerate(group):
            result[index] = replace(result[index], beams=tuple(_beams(counts, place)))
    return result


def _groups(line: Sequence[Piece], bar: Bar) -> Iterator[list[int]]:
    half = 2 * _BEAT if bar.whole == 4 * _BEAT else bar.pulse
    eighths = {
        start
        for start in range(0, bar.length, half)
        if all(_is_plain_eighth(piece) for piece in line if _within(piece, bar, start, half))
    }
    group: list[int] = []
    home = -1
    for index, piece in enumerate(line):
        place = piece.start - bar.start
        belongs = place // half * half if place // half * half in eighths else place // bar.pulse * bar.pulse
        if group and (belongs != home or piece.value not in FLAGS or not piece.pitches):
            yield from [group] if len(group) > 1 else []
            group = []
        if piece.value in FLAGS and piece.pitches:
            group.append(index)
            home = belongs
    if len(group) > 1:
        yield group


def _is_plain_eighth(piece: Piece) -> bool:
    return piece.value == "eighth" and not piece.dots and not piece.triplet


def _within(piece: Piece, bar: Bar, start: int, length: int) -> bool:
    return start <= piece.start - bar.start < start + length


def _beams(counts: Sequence[int], place: int) -> Iterator[str]:
    for level in range(1, counts[place] + 1):
        before = place > 0 and counts[place - 1] >= level
        after = place + 1 < len(counts) and counts[place + 1] >= level
        if before and after:
            yield "continue"
        elif before or after:
            yield "end" if before else "begin"
        else:
            yield "backward hook" if place > 0 else "forward hook"
