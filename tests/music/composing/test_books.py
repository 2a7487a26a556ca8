"""What makes each style itself, as the handbooks of its players have it: read from the notes of composed pieces."""

from collections import Counter
from statistics import fmean

import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.instruments import INSTRUMENTS
from tests.music.briefs import brief
from tests.music.measures import bar_beats, chord_at, part
from tests.sweeps import sampled

KICK, SNARES, RIM, HAT, CLAVES, FLOOR = (35, 36), (38, 39, 40), 37, 42, 75, 41


def piece(style, seed=1, **fields):
    return compose(brief(style, **({"duration": 90.0} | fields)), seed)


def sections(score, kind):
    return [(one.start, one.start + one.length) for one in score.sections if one.name == kind]


def hits(score, pitches, kinds=()):
    """Bar → places in sixteenths (12 a bar in three-beat metres) at which the kit strikes one of the pitches."""
    wanted = [span for kind in kinds for span in sections(score, kind)] or [(0.0, score.beats)]
    bars = {}
    for note in part(score, "drums").notes:
        if note.pitch in pitches and any(start - 0.1 <= note.start < end - 0.1 for start, end in wanted):
            place = round(note.start * 4)
            bar = round(bar_beats(score) * 4)
            bars.setdefault(place // bar, set()).add(place % bar)
    return bars


def share(bars, places):
    """Of those bars, how many are struck at all these places."""
    return fmean(set(places) <= found for found in bars.values())


def test_reggae_has_its_one_drop():
    score = piece("reggae", energy=0.4)
    kicks = hits(score, KICK, ["verse"])
    assert share(kicks, [8]) > 0.9
    assert fmean(0 in found for found in kicks.values()) < 0.2
    assert share(hits(score, (*SNARES, RIM), ["verse"]), [8]) > 0.9


def test_reggae_has_its_skank_off_the_beat():
    places = [round(note.start * 4) % 4 for note in part(piece("reggae"), "chords").notes]
    assert sum(place == 0 for place in places) / len(places) < 0.7


def test_steppers_is_four_on_the_floor():
    assert share(hits(piece("reggae", energy=0.95), KICK, ["chorus"]), [0, 4, 8, 12]) > 0.7


@pytest.mark.parametrize("style", ["house", "techno", "trance", "disco"])
def test_music_for_dancing_has_four_on_the_floor(style):
    score = piece(style, energy=0.9)
    full = [found for found in hits(score, KICK).values() if len(found) >= 3]
    assert fmean({0, 4, 8, 12} <= found for found in full) > 0.85


@pytest.mark.parametrize("style", ["pop", "rock", "country", "soul", "funk", "synthwave", "disco"])
def test_the_backbeat_is_on_two_and_four(style):
    score = piece(style, energy=0.8, metre="4/4")
    assert share(hits(score, SNARES, [styles.get(style).core]), [4, 12]) > 0.65


@pytest.mark.parametrize("style", ["trap", "dubstep"])
def test_half_time_has_its_snare_on_three(style):
    score = piece(style, energy=0.9)
    assert share({k: v for k, v in hits(score, SNARES).items() if v}, [8]) > 0.6


def test_trap_rolls_its_hats():
    score = piece("trap", energy=0.8)
    hats = sorted(note.start for note in part(score, "drums").notes if note.pitch == HAT)
    gaps = [b - a for a, b in zip(hats, hats[1:], strict=False)]
    assert sum(gap < 0.14 for gap in gaps) > 8  # thirty-seconds
    assert sum(0.14 <= gap < 0.21 for gap in gaps) > 4  # triplets of sixteenths


@pytest.mark.parametrize(("style", "pitch"), [("salsa", CLAVES), ("bossa", RIM)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_phase_of_the_clave_holds_through_the_piece(style, pitch, seed):
    bars = {k: v for k, v in hits(piece(style, seed, duration=110.0), (pitch,)).items() if len(v) >= 2}
    by_parity = [Counter(tuple(sorted(v)) for k, v in bars.items() if k % 2 == side) for side in (0, 1)]
    if all(by_parity):
        commonest = [counts.most_common(1)[0][0] for counts in by_parity]
        assert commonest[0] != commonest[1]
        assert by_parity[0][commonest[1]] <= 0.1 * by_parity[0].total()


def test_salsa_has_its_tumbao():
    score = piece("salsa", energy=0.7)
    ahead = [
        note for note in part(score, "bass").notes if round(note.start * 4) % 16 == 12 and note.start < score.beats - 8
    ]
    assert len(ahead) > score.beats / 4 * 0.5
    assert fmean(note.pitch % 12 == chord_at(score, note.start + 1).root for note in ahead) > 0.7


def test_reggaeton_has_its_dembow():
    score = piece("reggaeton", energy=0.7)
    assert share(hits(score, (*SNARES, RIM), [styles.get("reggaeton").core]), [3, 6, 11, 14]) > 0.6


def test_jazz_walks_in_quarter_notes():
    score = piece("jazz")
    beats = [round(note.start) for note in part(score, "bass").notes if note.start < score.beats - 8]
    assert len(set(beats)) / max(beats) > 0.85


def test_jazz_rides_in_swing():
    score = piece("jazz", energy=0.6)
    rides = [note.start % 1 for note in part(score, "drums").notes if note.pitch in (51, 40)]
    assert sum(0.56 < place < 0.76 for place in rides) / len(rides) > 0.15


def test_a_waltz_has_its_bass_on_one_and_its_chords_on_two_and_three():
    score = piece("waltz")
    bass = [round(note.start) % 3 for note in part(score, "bass").notes]
    assert bass.count(0) / len(bass) > 0.6
    chords = {round(note.start) % 3 for note in part(score, "chords").notes}
    assert {1, 2} <= chords


def test_a_march_is_in_two():
    score = piece("march", metre="4/4")
    bass = {round(note.start * 4) % 16 for note in part(score, "bass").notes}
    assert {0, 8} <= bass


def test_gugak_plays_gutgeori():
    score = piece("gugak", metre="6/8", energy=0.4)
    low = hits(score, (FLOOR,), ["theme"])
    assert share(low, [0, 6]) > 0.85  # gung on the first and the fourth eighth of each half of the cycle
    sticks = hits(score, (RIM,), ["theme"])
    first = [found for bar, found in sticks.items() if bar % 2 == 0]
    second = [found for bar, found in sticks.items() if bar % 2 == 1]
    assert fmean(0 in found for found in first) > 0.8
    assert fmean(0 in found for found in second) < 0.2


def test_gugak_plays_semachi_in_thirds_all_together():
    score = piece("gugak", metre="3/4", duration=60.0)
    places = Counter(round(note.start * 6) % 6 for line in score.parts for note in line.notes if note.length > 0.15)
    assert places[4] > 50  # the last third of a beat
    assert places[3] < 0.05 * places[4]  # halves
    gung = hits(score, (FLOOR, *KICK), ["theme"])
    assert share(gung, [0]) > 0.9


def test_semachi_strikes_deong_deong_deok_gung_deok():
    strokes = {FLOOR: Counter(), RIM: Counter()}
    score = piece("gugak", metre="3/4", duration=60.0, energy=0.7)
    for note in part(score, "drums").notes:
        if note.pitch in strokes:
            strokes[note.pitch][round(note.start * 3) % 9] += 1
    assert sorted(place for place, _ in strokes[FLOOR].most_common(3)) == [0, 3, 6]  # both hands, both hands, gung
    assert sorted(place for place, _ in strokes[RIM].most_common(4)) == [0, 3, 5, 7]  # with them, and deok before gung


def test_jigs_run_in_eighths():
    counts = []
    for seed in range(1, 5):
        tune = part(piece("celtic", seed, metre="6/8"), "melody").notes
        bars = Counter(round(note.start, 2) // 3 for note in tune if note.length > 0.15)
        counts.append(fmean(bars.values()))
    assert fmean(counts) > 5.2  # of six; they had 4.8


@pytest.mark.parametrize(
    ("style", "doubles"), [("cinematic", {"high strings": 12, "low brass": -12}), ("classical", {"violins": 12})]
)
def test_an_orchestra_has_its_theme_in_octaves_where_it_is_fullest(style, doubles):
    heard = set()
    for seed in range(1, 5):
        score = piece(style, seed, duration=120.0, energy=0.9)
        theme = {round(note.start, 1): note.pitch for note in part(score, "melody").notes}
        for line in score.parts:
            if line.name in doubles:
                apart = [
                    note.pitch - theme[round(note.start, 1)] for note in line.notes if round(note.start, 1) in theme
                ]
                heard |= {line.name} if Counter(apart).most_common(1)[0][0] == doubles[line.name] else set()
    assert heard == set(doubles)


def test_gugak_waves_on_long_notes_and_keeps_to_five_tones():
    score = piece("gugak", seed=2)
    tune = part(score, "melody")
    bends = [control.value for control in tune.controls if control.number == 128]
    assert max(bends) > 500
    assert bends[-1] == 0
    assert len({note.pitch % 12 for note in tune.notes if note.length > 0.15}) <= 7


def test_blues_bends_and_has_blue_notes():
    scores = [piece("blues", seed=seed, instruments=("harmonica",)) for seed in (1, 2, 3)]
    assert any(control.number == 128 for score in scores for line in score.parts for control in line.controls)
    for score in scores:
        assert all(len(chord.pitches) >= 4 for chord in score.chords if chord.symbol in ("C7", "F7", "G7"))


def test_blues_sings_two_lines_and_an_answer():
    score = piece("blues", duration=120.0)
    start, end = sections(score, "chorus")[0]
    counts = [0] * 12
    for note in part(score, "melody").notes:
        if start <= note.start < end:
            counts[min(11, int((note.start - start) // 4))] += 1
    assert min(counts[3], counts[7]) <= 2  # the guitar's answer
    assert max(counts[:3]) > 0


def test_distorted_guitars_play_root_and_fifth():
    score = piece("metal")
    guitar = next(line for line in score.parts if line.instrument == "distortion_guitar" and line.role == "chords")
    for note in guitar.notes:
        chord = chord_at(score, note.start)
        assert (note.pitch - chord.root) % 12 in {0, (chord.pitches[min(2, len(chord.pitches) - 1)] - chord.root) % 12}


def test_sevenths_are_heard_where_the_style_has_them():
    score = piece("jazz", duration=60.0)
    comping = part(score, "chords")
    rich = [chord for chord in score.chords if len(chord.pitches) >= 4 and chord.length >= 2]
    heard = [
        any(
            chord.start - 0.1 <= n.start < chord.start + chord.length and n.pitch % 12 == chord.pitches[3]
            for n in comping.notes
        )
        for chord in rich
        if any(chord.start - 0.1 <= n.start < chord.start + chord.length for n in comping.notes)
    ]
    assert fmean(heard) > 0.9


def test_a_drop_comes_after_silence_of_the_kick():
    score = piece("house", duration=150.0, energy=0.8)
    drops = [one.start for one in score.sections if one.name == "drop" and one.start > 0]
    assert drops
    kicks = [note.start for note in part(score, "drums").notes if note.pitch in KICK]
    quieter = [start for start in drops if not any(start - 1.9 <= kick < start - 0.1 for kick in kicks)]
    assert quieter


@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_every_style_has_long_notes_ties_or_pickups_and_rhythms_that_change(style):
    rhythms, longest = set(), 0.0
    for seed in (1, 2):
        score = piece(style, seed, duration=60.0)
        tune = part(score, "melody")
        bar = bar_beats(score)
        bars = {}
        for note in tune.notes:
            bars.setdefault(int((note.start + 0.05) // bar), []).append(round((note.start % bar) * 4))
        rhythms |= {tuple(places) for places in bars.values()}
        longest = max(longest, max(note.length for note in tune.notes[:-1]))
    assert len(rhythms) >= 6
    assert longest >= 1.4


@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_every_instrument_can_play_its_part(style):
    for line in piece(style, duration=45.0).parts:
        instrument = INSTRUMENTS[line.instrument]
        assert all(instrument.low <= note.pitch <= instrument.high for note in line.notes)


def held(score):
    """Share of the eighths in whose middle the accompanists hold three tones of a chord and more."""
    lines = [line for line in score.parts if line.role in ("chords", "pad", "arpeggio")]
    moments = [eighth / 2 + 0.25 for eighth in range(int(score.beats * 2) - 8)]
    sounding = [
        {note.pitch % 12 for line in lines for note in line.notes if note.start <= at < note.start + note.length}
        for at in moments
    ]
    return fmean(len(tones) >= 3 for tones in sounding)


@pytest.mark.parametrize(
    ("style", "least"), [("jazz", 0.85), ("second_line", 0.75), ("electro_swing", 0.5), ("samba", 0.9)]
)
def test_chords_are_held_over_a_bass_that_walks_and_drums_that_roll(style, least):
    assert held(piece(style, duration=60.0)) > least


def test_a_second_line_has_its_chords_on_every_beat():
    score = piece("second_line", duration=60.0)
    places = Counter(round(note.start * 4) % 16 for note in part(score, "chords").notes)
    assert min(places[beat] for beat in (0, 4, 8, 12)) > 20
