"""Bass, drums, chords, melody, counter-melody and groove, each on a real plan."""

from dataclasses import replace

import pytest

from jobs.music import styles
from jobs.music.composing.arrange import bars_of
from jobs.music.composing.bass import bass_line
from jobs.music.composing.cast import cast
from jobs.music.composing.comping import comp, voicings
from jobs.music.composing.compose import written
from jobs.music.composing.counter import counter_line
from jobs.music.composing.drums import drum_line, kick_beats, pick_groove
from jobs.music.composing.groove import swung, without_overlaps
from jobs.music.composing.melody import Tune, melody_range
from jobs.music.composing.plan import make_plan
from jobs.music.composing.voicing import movement
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.styles.reader import PartStyle
from tests.music.briefs import brief


def plan_of(style, seed=1, **fields):
    return make_plan(brief(style, **fields), styles.get(style), seed)


def bars(plan):
    return [bar for bar in plan.form.bars if not bar.final]


def style_part(style, role):
    return next(part for part in styles.get(style).parts if part.role == role)


def test_the_bass_plays_the_root_where_a_chord_begins():
    plan = plan_of("pop")
    notes = bass_line(plan, style_part("pop", "bass"), bars(plan), [])
    roots = {round(note.start, 3): note.pitch % 12 for note in notes}
    assert all(roots[round(bar.start, 3)] == plan.chord_at(bar.start).root for bar in bars(plan))


def test_the_bass_walks_in_jazz_by_steps_into_the_next_chord():
    plan = plan_of("jazz")
    notes = bass_line(plan, style_part("jazz", "bass"), bars(plan), [])
    assert len(notes) == 4 * len(bars(plan))
    into = [
        abs(after.pitch - before.pitch)
        for before, after in zip(notes, notes[1:], strict=False)
        if plan.chord_at(before.start) is not plan.chord_at(after.start)
    ]
    assert sum(step <= 2 for step in into) / len(into) > 0.8


def test_the_bass_locks_to_the_kick():
    plan = plan_of("trap")
    kicks = [0.0, 1.5, 3.5, 4.0, 6.75]
    part = replace(style_part("trap", "bass"), patterns={"4/4": ("kick",)})
    notes = bass_line(plan, part, bars(plan)[:2], kicks)
    changes = {chord.start for chord in plan.chords}
    assert [note.start for note in notes if note.start in kicks] == kicks
    assert {note.start for note in notes} <= {*kicks, *changes}


def test_the_bass_leaps_octaves_in_disco():
    plan = plan_of("disco", energy=1.0)
    notes = bass_line(plan, style_part("disco", "bass"), bars(plan), [])
    octaves = sum(abs(b.pitch - a.pitch) == 12 for a, b in zip(notes, notes[1:], strict=False))
    assert octaves / len(notes) > 0.5


def test_the_drums_fill_before_a_new_section_and_crash_into_it():
    plan = plan_of("rock", duration=90.0)
    notes = drum_line(plan, bars(plan))
    hands = [note for note in notes if note.pitch in (38, 41, 45, 47, 50)]
    edges = [span.start for span in plan.form.spans[1:]]
    fills = [sum(edge - 2 <= note.start < edge for note in hands) for edge in edges]
    usual = [sum(edge - 10 <= note.start < edge - 8 for note in hands) for edge in edges]
    assert sum(fills) > 1.5 * sum(usual)
    loud = [span.start for span in plan.form.spans if span.energy >= 0.75 and span.start > 0]
    assert loud
    crashes = {note.start for note in notes if note.pitch == 49}
    assert set(loud) <= crashes


def test_a_fill_is_as_strong_as_what_it_leads_to():
    rising, falling = [], []
    for seed in range(6):
        plan = plan_of("rock", seed, duration=120.0)
        toms = [note for note in drum_line(plan, bars(plan)) if note.pitch in (41, 45, 47, 50)]
        for span, after in zip(plan.form.spans, plan.form.spans[1:], strict=False):
            strokes = sum(after.start - 4 <= note.start < after.start for note in toms)
            (rising if after.energy > span.energy else falling).append(strokes)
    assert sum(rising) / len(rising) > 1.4 * sum(falling) / len(falling)


def test_the_drums_have_accents_and_ghosts():
    velocities = {note.velocity for note in drum_line(plan_of("soul"), bars(plan_of("soul")))}
    assert max(velocities) - min(velocities) > 40


def test_the_drums_are_busier_in_louder_sections():
    plan = plan_of("pop")
    quiet, loud = pick_groove(plan, 0.1, "verse"), pick_groove(plan, 0.9, "verse")
    assert len("".join(quiet.lanes.values()).replace(".", "")) < len("".join(loud.lanes.values()).replace(".", ""))


def test_a_fill_is_the_drummers_and_other_hands_play_on():
    plan = plan_of("salsa", duration=120.0, energy=0.9)
    claves = [note.start for note in drum_line(plan, bars(plan)) if note.pitch == 75]
    places = {index: sorted(round(at % 8 * 4) for at in claves if at // 8 == index) for index in range(4, 20)}
    assert set(map(tuple, places.values())) <= {(0, 6, 12, 20, 24), (4, 8, 16, 22, 28)}


def test_a_build_up_has_its_own_groove():
    assert pick_groove(plan_of("house"), 0.6, "build").sections == ("build",)


def test_kicks_are_found():
    assert kick_beats([Note(1.0, 0.1, 36, 90), Note(0.5, 0.1, 38, 90), Note(0.0, 0.1, 35, 90)]) == [0.0, 1.0]


@pytest.mark.parametrize("style", ["pop", "jazz", "cinematic", "soul"])
def test_chords_move_by_small_steps(style):
    plan = plan_of(style, duration=90.0)
    voiced = voicings(plan, style_part(style, "chords"))
    moves = [movement(before, after) for before, after in zip(voiced, voiced[1:], strict=False)]
    assert sum(moves) / len(moves) <= 3


def test_an_arpeggio_plays_one_note_at_a_time_of_the_chord():
    plan = plan_of("pop")
    part = PartStyle("arp", "arpeggio", {"harp": 1}, patterns={"4/4": ("1.2.3.4.",)})
    notes = comp(plan, part, bars(plan))
    assert len({note.start for note in notes}) == len(notes)
    assert all(note.pitch % 12 in plan.chord_at(note.start).tones for note in notes)


def test_a_pad_holds_what_stays():
    plan = plan_of("metal")
    part = PartStyle("pad", "pad", {"strings": 1}, patterns={"4/4": ("x---",)})
    notes = comp(plan, part, bars(plan))
    assert max(note.length for note in notes) > 4


def test_chords_are_struck_again_when_they_change_within_a_stroke():
    plan = plan_of("jazz", seed=2)
    changes = [chord for chord in plan.chords if chord.start % 4]
    assert changes
    part = PartStyle("keys", "chords", {"piano": 1}, patterns={"4/4": ("x---",)})
    starts = {note.start for note in comp(plan, part, bars(plan))}
    assert {chord.start for chord in changes if chord.start < plan.form.landing} <= starts


def tune(plan, instrument="flute"):
    low, high = melody_range(plan, INSTRUMENTS[instrument])
    written = Tune(plan, low, high)
    notes = []
    for index, span in enumerate(plan.form.spans):
        if plan.style.kinds[span.kind].theme:
            notes += written.span(span, [bar for bar in bars(plan) if bar.span == index])
    return notes, low, high


def test_the_melody_stays_in_its_range_and_sings_small_intervals():
    notes, low, high = tune(plan_of("folk", duration=90.0))
    assert all(low - 4 <= note.pitch <= high + 4 for note in notes)
    steps = [abs(b.pitch - a.pitch) for a, b in zip(notes, notes[1:], strict=False)]
    assert sum(step <= 4 for step in steps) / len(steps) > 0.7


def test_the_melody_breathes():
    notes, _, _ = tune(plan_of("pop", duration=90.0))
    rests = [b.start - a.start - a.length for a, b in zip(notes, notes[1:], strict=False)]
    assert sum(rest >= 0.5 for rest in rests) >= len(bars(plan_of("pop", duration=90.0))) / 12


def test_the_melody_returns_with_its_section_and_grows():
    shares = []
    for seed in range(1, 13):
        plan = plan_of("pop", seed=seed, duration=150.0)
        notes, _, _ = tune(plan)
        choruses = [span for span in plan.form.spans if span.kind == "chorus" and not span.shift][:2]
        sung = [
            {(round(n.start - span.start, 2), n.pitch) for n in notes if 0 <= n.start - span.start < 16}
            for span in choruses
        ]
        shares.append(len(sung[0] & sung[1]) / len(sung[0] | sung[1]))
    assert sum(shares) / len(shares) > 0.6
    assert any(share < 1 for share in shares)


def test_a_melody_fits_the_instrument_that_plays_it():
    plan = plan_of("pop")
    for name in ("piccolo", "cello", "trumpet", "kalimba"):
        instrument = INSTRUMENTS[name]
        low, high = melody_range(plan, instrument, lift=5)
        assert instrument.low <= low < high <= instrument.high


def test_the_second_voice_answers_in_the_rests_of_the_first():
    plan = plan_of("pop")
    melody = [Note(4.0, 1.0, 72, 80), Note(5.0, 1.0, 74, 80), Note(8.0, 4.0, 76, 80), Note(12.0, 3.9, 72, 80)]
    notes = counter_line(plan, style_part("pop", "counter"), bars(plan)[:8], melody)
    answers = [note for note in notes if 6.0 <= note.start < 8.0]
    assert len(answers) == 2
    assert all(note.start + note.length <= 8.0 for note in answers)
    begins = {chord.start for chord in plan.chords}
    assert all(note.pitch % 12 in plan.chord_at(note.start).tones for note in notes if note.start in begins)
    assert all(note.pitch % 12 in plan.chord_at(note.start).scale for note in notes)


@pytest.mark.parametrize("style", ["classical", "cinematic", "gospel", "soul"])
def test_another_family_answers_the_tune_at_its_second_statement_where_it_rests(style):
    for seed in (1, 2):
        plan = plan_of(style, seed, duration=90.0, energy=styles.get(style).energy)
        lines = written(plan)
        lead = next(player for player in lines.players if player.part.role == "melody")
        other = next(player for player in lines.players if player.part.answers)
        assert other.instrument.family != lead.instrument.family
        tune = lines.notes[lead.part.name]
        answers = [note for note in lines.notes[other.part.name] if note.start < plan.form.landing]
        assert len(answers) >= 3
        for note in answers:
            sounding = [one for one in tune if one.start <= note.start + 1e-6 < one.start + one.length]
            assert all(note.start - one.start >= 2 * plan.pulse for one in sounding)  # what is held has been heard
            assert not any(note.start + 0.01 < one.start < note.start + note.length - 0.01 for one in tune)
            span = next(one for one in plan.form.spans if one.start <= note.start < one.start + one.length)
            theme = plan.style.kinds[span.kind].theme
            before = [one for one in plan.form.spans if one.start < span.start]
            assert sum(plan.style.kinds[one.kind].theme == theme for one in before) % 2


def test_a_tune_leaves_its_answer_room_in_the_last_bars_of_its_phrases():
    plan = plan_of("classical", duration=90.0)
    again = next(index for index, span in enumerate(plan.form.spans) if span.kind == "theme" and span.occurrence == 1)
    lines = written(plan)
    lead = next(player for player in lines.players if player.part.role == "melody")
    fourth = next(bar for bar in plan.form.bars if bar.span == again and bar.place == 3)
    late = [n for n in lines.notes[lead.part.name] if fourth.start + 2.1 < n.start < fourth.start + fourth.length - 0.1]
    assert not late


def test_the_second_voice_is_led_again_as_it_was_when_a_section_returns():
    plan = plan_of("pop", duration=150.0)
    part = style_part("pop", "counter")
    notes = counter_line(plan, part, bars(plan), [])
    verses = [span for span in plan.form.spans if span.kind == "verse" and not span.shift][:2]
    sung = [
        [(note.start - span.start, note.pitch) for note in notes if span.start <= note.start < span.start + 16]
        for span in verses
    ]
    assert sung[0] == sung[1] != []


def test_the_bass_lies_where_it_lay_when_a_section_returns():
    plan = plan_of("rock", duration=150.0)
    notes = bass_line(plan, style_part("rock", "bass"), bars(plan), [])
    verses = [span for span in plan.form.spans if span.kind == "verse" and not span.shift][:2]
    lines = [
        [(note.start - span.start, note.pitch) for note in notes if span.start <= note.start < span.start + 16]
        for span in verses
    ]
    assert lines[0] == lines[1] != []


def test_hands_move_on_to_another_inversion_while_the_harmony_waits():
    plan = plan_of("pop", duration=150.0)
    part = PartStyle("keys", "chords", {"piano": 1}, patterns={"4/4": ("x-------x-------",)})
    notes = comp(plan, part, bars(plan))
    still = [bar for bar in bars(plan) if bar.place % 2 and len(plan.chords_between(bar.start, bar.start + 4)) == 1]
    halves = [[{note.pitch for note in notes if note.start == bar.start + at} for at in (0.0, 2.0)] for bar in still]
    assert any(first and second and first != second for first, second in halves)


def test_the_bass_keeps_to_its_bar_while_the_chord_stays():
    same = []
    for style in ("synth_pop", "calypso", "reggaeton"):
        for seed in range(4):
            plan = plan_of(style, seed, duration=120.0)
            notes = bass_line(plan, style_part(style, "bass"), bars(plan), [])
            for span in (span for span in plan.form.spans if span.bars >= 8):
                starts = [span.start + 4 * bar for bar in (0, 1, 3, 5)]
                starts = [start for start in starts if len(plan.chords_between(start, start + 4)) == 1]
                played = [[n.start - start for n in notes if start <= n.start < start + 4] for start in starts]
                same += [one == played[0] for one in played[1:]]
    assert sum(same) / len(same) > 0.9


def test_swing_moves_only_the_off_beats():
    assert swung(1.0, 1.0, 0.5) == 1.0
    assert swung(1.5, 1.0, 0.5) == pytest.approx(1 + 2 / 3)
    assert swung(1.5, 0.0, 0.5) == 1.5
    assert swung(1.25, 0.5, 0.25) == pytest.approx(1 + 0.5 * (0.5 + 0.5 / 6))


def test_swing_leaves_triplets_where_they_are():
    assert [swung(1 + third / 3, 0.6, 0.5) for third in range(3)] == pytest.approx([1, 4 / 3, 5 / 3])
    assert swung(2 / 3, 0.6, 0.25) == pytest.approx(2 / 3)


def test_no_note_sounds_into_its_own_repetition():
    notes = without_overlaps([Note(0, 2, 60, 80), Note(1, 1, 60, 80), Note(1, 1, 64, 80), Note(1.01, 1, 60, 80)])
    assert [(note.start, note.pitch) for note in notes] == [(0, 60), (1, 60), (1, 64)]
    assert notes[0].length < 1


def players(style, wanted=(), excluded=()):
    return cast(styles.get(style), wanted, excluded, plan_of(style).stream("cast"))


@pytest.mark.parametrize(
    ("style", "wanted", "role"),
    [
        ("pop", "violin", "melody"),
        ("jazz", "vibraphone", "melody"),
        ("piano", "cello", "melody"),
        ("ambient", "drums", "drums"),
        ("rock", "choir", "pad"),
        ("classical", "tuba", "bass"),
        ("house", "timpani", "percussion"),
        ("folk", "harp", "arpeggio"),
    ],
)
def test_who_is_asked_for_plays_in_a_role_that_suits(style, wanted, role):
    player = next(player for player in players(style, (wanted,)) if player.instrument.id == wanted)
    assert player.asked
    assert player.part.role == role
    assert player.part.enter == 0


@pytest.mark.parametrize("excluded", ["drums", "bass", "melody", "keys", "guitar", "strings", "vocals"])
def test_who_is_left_out_does_not_play(excluded):
    for style in styles.all_ids():
        for player in players(style, excluded=(excluded,)):
            assert excluded not in (player.instrument.id, player.instrument.family, player.part.role)
            assert excluded != "vocals" or player.instrument.id not in ("voice", "choir", "choir_pad")


def test_somebody_plays_even_when_all_are_left_out():
    everybody = tuple(INSTRUMENTS) + ("drums", "bass", "melody", "chords", "pad", "arpeggio")
    assert [player.part.role for player in players("pop", excluded=everybody)] == ["chords"]


def band(style, seed, wanted=()):
    return cast(styles.get(style), wanted, (), plan_of(style, seed).stream("cast"))


@pytest.mark.parametrize("style", ["pop", "soul", "cinematic", "country"])
def test_the_band_differs_from_piece_to_piece_and_its_frame_stays(style):
    bands = [{player.part.name for player in band(style, seed)} for seed in range(12)]
    assert len(set(map(frozenset, bands))) >= 3
    written = styles.get(style).parts
    for names in bands:
        assert names >= {part.name for part in written if part.enter == 0 or part.role == "pad"}
        assert any(part.name in names for part in written if part.enter > 0)
        assert len(names) >= len(written) - 1


def test_who_is_asked_for_does_not_stay_away():
    for seed in range(12):
        assert "violin" in {player.instrument.id for player in band("pop", seed, ("violin", "harp"))}


def test_a_piano_solo_is_one_instrument():
    assert {player.instrument.id for player in players("piano")} == {"piano"}


def test_layers_enter_and_leave():
    plan = plan_of("pop", duration=120.0)
    playing = bars_of(plan, players("pop"))
    by_span = {
        index: frozenset(name for name, inside in playing.items() if any(bar.span == index for bar in inside))
        for index in range(len(plan.form.spans))
    }
    assert len(set(by_span.values())) >= 3
    assert "drums" not in by_span[next(i for i, span in enumerate(plan.form.spans) if span.kind == "bridge")]


@pytest.mark.parametrize("style", ["pop", "jazz", "rock", "house"])
def test_a_refrain_opens_with_everybody(style):
    core = styles.get(style).core
    for seed in range(8):
        plan = plan_of(style, seed, duration=56.0, sections=("intro", core))
        crew = cast(plan.style, (), (), plan.stream("cast"))
        playing = bars_of(plan, crew)
        refrain = [bar for bar in plan.form.bars if bar.span == 1]
        for inside in playing.values():
            assert refrain[0] in inside or not set(refrain) & set(inside)


def test_every_section_has_an_accompaniment():
    for style in styles.all_ids():
        plan = plan_of(style, energy=0.0, duration=90.0)
        crew = players(style)
        roles = {player.part.name: player.part.role for player in crew}
        playing = bars_of(plan, crew)
        for index in range(len(plan.form.spans)):
            present = {roles[name] for name, inside in playing.items() if any(bar.span == index for bar in inside)}
            assert present & {"chords", "pad", "arpeggio"}, (style, plan.form.spans[index].kind)
