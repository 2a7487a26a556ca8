from random import Random

import pytest

from jobs.music import styles
from jobs.music.brief import METRES, MODES, TONICS, Brief
from jobs.music.composing.compose import compose
from jobs.music.composing.harmonise import harmonised
from jobs.music.composing.statements import layout
from jobs.music.given import GivenTune, find_key
from jobs.music.instruments import INSTRUMENTS
from jobs.music.styles.metres import BAR_BEATS
from tests.music.briefs import brief
from tests.music.measures import part
from tests.music.tunes import LEAVES, STARS, notes_of, tune

OPEN = ["pop", "lofi", "classical", "house", "gugak", "trap", "ambient"]


def in_c(style: str, given: GivenTune, **fields: object) -> Brief:
    values = {"tonic": "C", "mode": "major", "metre": "4/4", "tempo": 96, "duration": 90.0}
    return brief(style, **{**values, **fields}, tune=given)


@pytest.mark.parametrize("style", [*OPEN, "blues", "techno", "synthwave", "waltz", "salsa"])
def test_the_lead_plays_it_as_it_was_given_the_first_time(style: str) -> None:
    given = tune(STARS)
    score = compose(in_c(style, given), 3)
    lines = [line for line in score.parts if line.role == "melody"]
    first = score.sections[1].start
    start = next(note.start for note in lines[0].notes)
    assert start in (0.0, first)
    for line in lines[:1]:
        sung = [note for note in line.notes if start <= note.start < start + 48 - 1e-6]
        up = sung[0].pitch - given.notes[0].pitch
        assert up % 12 == 0
        assert [note.pitch - up for note in sung] == [note.pitch for note in given.notes]
        assert [note.start - start for note in sung] == pytest.approx([note.start for note in given.notes])
        low, high = INSTRUMENTS[line.instrument].low, INSTRUMENTS[line.instrument].high
        assert all(low <= note.pitch <= high for note in sung)


def test_it_moves_to_the_key_that_is_asked_for_by_the_nearer_way() -> None:
    given = tune(STARS)
    for tonic, up in (("D", 2), ("Bb", -2), ("F#", 6), ("G", -5)):
        line = part(compose(in_c("folk", given, tonic=tonic), 1), "melody")
        assert (line.notes[0].pitch - given.notes[0].pitch - up) % 12 == 0
        assert [b.pitch - a.pitch for a, b in zip(line.notes[:41], line.notes[1:42], strict=True)] == [
            b.pitch - a.pitch for a, b in zip(given.notes, given.notes[1:], strict=False)
        ]


def test_it_comes_back_developed() -> None:
    changed = 0
    for seed in range(6):
        score = compose(in_c("pop", tune(LEAVES, 2.5), tonic="A", mode="minor", metre="6/8", tempo=60), seed)
        notes = part(score, "melody").notes
        laps = [[(round((n.start - at) * 4), n.pitch) for n in notes if at - 1 <= n.start < at + 23] for at in (12, 36)]
        changed += laps[0] != laps[1]
        assert len(set(laps[0]) & set(laps[1])) > len(laps[0]) / 3
    assert changed >= 3


@pytest.mark.parametrize("style", ["jazz", "lofi"])
def test_what_is_on_the_grid_swings_and_what_was_played_does_not(style: str) -> None:
    played = [note.start + 0.03 * (index % 3) for index, note in enumerate(notes_of("60:.5 62:.5 64:.5 65:.5 67:2"))]
    loose = tune_of_starts(played)
    line = part(compose(in_c(style, loose), 1), "melody")
    start = line.notes[0].start
    assert [note.start - start for note in line.notes[:5]] == pytest.approx(played)
    straight = part(compose(in_c("jazz", tune("60:.5 62:.5 64:.5 65:.5 67:2")), 1), "melody")
    assert straight.notes[1].start - straight.notes[0].start > 0.55


def tune_of_starts(starts: list[float]) -> GivenTune:
    data = tune("60:.5 62:.5 64:.5 65:.5 67:2").to_json()
    data["notes"] = [
        [pitch, start, length, v] for start, (pitch, _, length, v) in zip(starts, data["notes"], strict=True)
    ]
    return GivenTune.from_json(data)


@pytest.mark.parametrize(
    ("text", "start", "metre", "numerals"),
    [
        (STARS, 0.0, "4/4", "I IV,I IV,I V,I I,IV I,V I,IV I,V I IV,I IV,I V,I"),
        (LEAVES, 2.5, "6/8", "i VII i V i VII i,V i"),
        (
            "62 67:2 71:.5 67:.5 71:2 69 67:2 64 62:2 62 67:2 71:.5 67:.5 71:2 69 67:5",
            2.0,
            "3/4",
            "I vi IV V I vi IV I",
        ),
    ],
)
def test_it_is_harmonised_as_people_do(text: str, start: float, metre: str, numerals: str) -> None:
    given = tune(text, start)
    key, bar = find_key(given), {"4/4": 4.0}.get(metre, 3.0)
    origin = bar if start else 0.0
    notes = [type(note)(note.start - origin, note.length, note.pitch) for note in given.notes]
    count = len(numerals.split())
    found = harmonised(notes, count, metre, bar, key.tonic, key.mode)
    expected = [tuple(token.split(",")) for token in numerals.split()]
    assert sum(a == b for a, b in zip(found, expected, strict=True)) >= count - 2
    assert found[-1][-1] in ("I", "i")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("metre", METRES)
def test_every_mode_and_metre_has_chords(mode: str, metre: str) -> None:
    chords = harmonised(notes_of(STARS), 12, metre, BAR_BEATS[metre], 0, mode)
    assert len(chords) == 12
    assert len(set(chords)) > 2


@pytest.mark.parametrize("metre", METRES)
def test_it_is_played_in_any_metre(metre: str) -> None:
    bar = BAR_BEATS[metre]
    given = tune(" ".join(f"{pitch}:{bar / 2:g}" for pitch in (60, 64, 67, 64, 65, 69, 67, 62) * 2))
    line = part(compose(in_c("pop", given, metre=metre), 1), "melody")
    start = line.notes[0].start
    assert start % bar == pytest.approx(0)
    assert [n.start - start for n in line.notes[:16]] == pytest.approx([note.start for note in given.notes])


def test_the_statements_fill_any_length() -> None:
    rng = Random(1)
    for _ in range(300):
        style = styles.get(rng.choice(OPEN))
        given = tune(" ".join(["60"] * rng.randint(1, 200)), rng.choice([0.0, 3.0, 5.5]))
        count = rng.randint(1, 140)
        sections, statements = layout(in_c(style.id, given), style, count)
        assert sum(bars for _, bars in sections) == count
        assert all(bars > 0 and kind in style.kinds for kind, bars in sections)
        assert statements[0].first == 0
        ends = [0, *(statement.at + statement.bars for statement in statements)]
        assert all(end <= statement.at for end, statement in zip(ends, statements, strict=False))
        assert ends[-1] <= count


@pytest.mark.parametrize("seed", range(24))
def test_whatever_is_given_it_is_composed(seed: int) -> None:
    rng = Random(seed)
    length = rng.choice([1, 5, 40, 200])
    text = " ".join(f"{rng.randint(21, 108)}:{rng.choice([0.01, 0.25, 0.37, 1, 3, 9])}" for _ in range(length))
    order = in_c(
        rng.choice(styles.all_ids()),
        tune(text, rng.choice([0.0, 0.3, 2.9, 40.0]), tempo=240.0),
        tonic=rng.choice(TONICS),
        mode=rng.choice(MODES),
        metre=rng.choice(METRES),
        tempo=rng.choice([40, 96, 240]),
        duration=rng.choice([5.0, 21.0, 100.0]),
        excluded=rng.choice([(), ("melody",), ("drums", "keys"), tuple(INSTRUMENTS)]),
        chords=rng.choice([(), ("I", "V7")]),
    )
    score = compose(order, seed)
    assert score.duration == order.duration
    assert part(score, "melody").notes
    for line in score.parts:
        for note in line.notes:
            assert INSTRUMENTS[line.instrument].low <= note.pitch <= INSTRUMENTS[line.instrument].high
            assert note.start >= 0 < note.length


def test_the_same_seed_makes_the_same_piece_of_it() -> None:
    order = in_c("jazz", tune(STARS))
    assert compose(order, 5) == compose(Brief.from_json(order.to_json()), 5)
    assert compose(order, 5) != compose(order, 6)
