import pytest

from jobs.music.notation.layout import Bar, bars_of, pieces, voices
from jobs.music.notation.quantise import Event
from jobs.music.score import Section
from tests.music.handmade import solo

FOUR = Bar(1, 0, 96, 96, 24)
SIX_EIGHT = Bar(1, 0, 72, 72, 36)


def values(bar: Bar, *spans: tuple[int, int], triplets: frozenset[int] = frozenset()) -> list[str]:
    """ "quarter." dotted, "(eighth)" a rest, "quarter~" tied to the next"""
    events = [Event(start, end, (60,)) for start, end in spans]
    return [
        ("{}" if piece.pitches else "({})").format(piece.value + "." * piece.dots + "~" * piece.tied_to)
        for piece in pieces(events, bar, triplets)
    ]


@pytest.mark.parametrize(
    ("span", "written"),
    [
        ((0, 96), ["whole"]),
        ((0, 72), ["half.", "(quarter)"]),
        ((0, 60), ["half~", "eighth", "(eighth)", "(quarter)"]),
        ((12, 36), ["(eighth)", "quarter", "(eighth)", "(half)"]),
        ((36, 60), ["(quarter)", "(eighth)", "eighth~", "eighth", "(eighth)", "(quarter)"]),
        ((24, 72), ["(quarter)", "half", "(quarter)"]),
        ((6, 24), ["(16th)", "eighth.", "(quarter)", "(half)"]),
    ],
)
def test_values_show_the_beats(span, written):
    assert values(FOUR, span) == written


def test_six_eight_shows_its_two_beats():
    assert values(SIX_EIGHT, (0, 36), (36, 72)) == ["quarter.", "quarter."]
    assert values(SIX_EIGHT, (0, 72)) == ["half."]
    assert values(SIX_EIGHT, (0, 48)) == ["quarter.~", "eighth", "(quarter)"]


def test_a_note_over_the_bar_line_is_tied():
    second = Bar(2, 96, 96, 96, 24)
    long = Event(72, 120, (60,))
    (*_, before), (after, *_) = pieces([long], FOUR, ()), pieces([long], second, ())
    assert (before.value, before.tied_to, before.tied_from) == ("quarter", True, False)
    assert (after.value, after.tied_to, after.tied_from) == ("quarter", False, True)


def test_triplets_are_bracketed_and_whole_beats_are_not():
    found = pieces([Event(0, 8, (60,)), Event(8, 24, (62,)), Event(24, 48, (64,))], FOUR, {0, 1})
    assert [(piece.value, piece.triplet, piece.tuplet) for piece in found[:3]] == [
        ("eighth", True, "start"),
        ("quarter", True, "stop"),
        ("quarter", False, ""),
    ]


def test_beams_join_a_beat_and_the_eighths_of_half_a_bar():
    eighths = pieces([Event(at, at + 12, (60,)) for at in range(0, 96, 12)], FOUR, ())
    assert [piece.beams for piece in eighths] == [("begin",), ("continue",), ("continue",), ("end",)] * 2
    mixed = pieces([Event(0, 18, (60,)), Event(18, 24, (60,)), Event(24, 36, (60,)), Event(36, 48, (60,))], FOUR, ())
    assert [piece.beams for piece in mixed[:4]] == [("begin",), ("end", "backward hook"), ("begin",), ("end",)]


def test_a_bar_always_adds_up():
    for start in range(0, 96, 3):
        for end in range(start + 3, 97, 3):
            assert sum(piece.length for piece in pieces([Event(start, end, (60,))], FOUR, ())) == 96


def test_two_voices_at_most_and_none_with_two_events_at_once():
    events = [
        Event(0, 96, (48,)),
        Event(0, 24, (60,)),
        Event(12, 48, (64,)),
        Event(12, 30, (67,)),
        Event(24, 48, (60,)),
    ]
    lines = voices(events)
    assert len(lines) == 2
    for line in lines:
        assert all(before.end <= after.start for before, after in zip(line, line[1:], strict=False))
    struck = {(event.start, pitch) for line in lines for event in line for pitch in event.pitches}
    assert struck == {(event.start, pitch) for event in events for pitch in event.pitches}


def test_sections_begin_bars_and_the_last_bar_is_full():
    sections = (Section("intro", 0.0, 6.0, 2), Section("verse", 6.0, 5.0, 2))
    bars = bars_of(solo(sections=sections, beats=11.0))
    assert [(bar.start, bar.length, bar.section) for bar in bars] == [
        (0, 96, "intro"),
        (96, 48, ""),
        (144, 96, "verse"),
        (240, 96, ""),
    ]
