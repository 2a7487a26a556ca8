from __future__ import annotations

import gc
import threading
from dataclasses import replace

import numpy as np
import pytest

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Control, Note, Part, Tempo
from jobs.music.sound import choice, synth
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import BITE, SAMPLE_RATE, Buffers, Fluid
from jobs.music.sound.mix import layout
from jobs.music.sound.soundfont import find
from tests.listen.level import clicks
from tests.music.handmade import solo, song

BANK = find()


def whole(score) -> np.ndarray:
    strips, voices = layout(score, BANK)
    frames = round(score.duration * SAMPLE_RATE)
    return np.concatenate([b.dry.copy() for b in synth.play(score, BANK, voices, len(strips), frames)], axis=1)


def test_seconds_follow_the_tempo_map():
    score = solo(tempos=(Tempo(0.0, 120.0), Tempo(4.0, 60.0), Tempo(6.0, 30.0)))
    beats = np.array([-1.0, 0.0, 1.0, 4.0, 5.0, 6.0, 8.0])
    assert synth.seconds(score, beats) == pytest.approx([score.seconds(beat) for beat in beats])


def test_a_key_that_is_struck_again_ends_its_first_note():
    part = Part("a", "melody", "piano", (Note(0.0, 4.0, 60, 90), Note(0.0, 4.0, 64, 90), Note(1.0, 1.0, 60, 90)))
    assert synth.untangled(part) == [Note(0.0, 1.0, 60, 90), Note(0.0, 4.0, 64, 90), Note(1.0, 1.0, 60, 90)]


def test_two_strokes_at_once_are_one():
    part = Part("a", "melody", "piano", (Note(0.0, 1.0, 60, 80), Note(0.0, 2.0, 60, 90), Note(1.0, 0.0, 62, 90)))
    assert synth.untangled(part) == [Note(0.0, 2.0, 60, 90)]


def test_a_pedal_lets_notes_ring_until_it_comes_up():
    pedal = (Control(0.0, 64, 127), Control(3.0, 64, 0), Control(5.0, 64, 100))
    notes = (Note(0.0, 1.0, 60, 90), Note(0.0, 1.0, 64, 90), Note(2.0, 0.5, 60, 90), Note(3.5, 1.0, 64, 90))
    part = Part("a", "melody", "piano", (*notes, Note(4.5, 1.0, 60, 90)), controls=pedal)
    assert [(note.start, note.length, note.pitch) for note in synth.ringing(part)] == [
        (0.0, 2.0, 60),  # struck again
        (0.0, 3.0, 64),
        (2.0, 1.0, 60),
        (3.5, 1.0, 64),
        (4.5, 1.0, 60),  # never comes up again: as written
    ]


def test_notes_sound_when_they_should():
    strokes = tuple(Note(beat, 0.1, 38, 110) for beat in (1.0, 2.5, 3.25))
    score = solo(parts=(Part("drums", "drums", "drums", strokes),), tempos=(Tempo(0.0, 60.0),), duration=5.0)
    level = np.abs(whole(score)[0])
    for beat in (1.0, 2.5, 3.25):
        at = round(beat * SAMPLE_RATE)
        assert level[at - 2000 : at - 64].max() < 0.05 * level[at : at + 4410].max()
        assert level[at : at + 882].max() > 0.3 * level.max()


def test_every_key_of_every_part_is_played_once_and_the_work_is_even():
    _, voices = layout(song(20.0), BANK)
    lots = synth.shares(voices)
    played = sorted((voice.part.name, key) for lot in lots for voice, keys in lot for key in keys)
    assert played == sorted((voice.part.name, key) for voice in voices for key in {n.pitch for n in voice.part.notes})
    weights = [sum(voice.weights[key] for voice, keys in lot for key in keys) for lot in lots]
    assert len(lots) == 2
    assert max(weights) < 1.05 * min(weights)


def test_a_drum_kit_stays_together():
    _, voices = layout(song(20.0), BANK)
    for lot in synth.shares(voices):
        for voice, keys in lot:
            if INSTRUMENTS[voice.part.instrument].drums:
                assert keys == {note.pitch for note in voice.part.notes}


def alone(instrument: str, notes, controls=()) -> np.ndarray:
    """These notes of one part at 120 bpm, as the synthesizers play them."""
    part = Part("line", "melody", instrument, tuple(notes), tuple(controls), reverb=0.0)
    return whole(replace(solo(2.0), parts=(part,), tempos=(Tempo(0.0, 120.0),)))[0]


def pitch_at(samples: np.ndarray, second: float) -> float:
    piece = samples[round(second * SAMPLE_RATE) :][:3000]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 17))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 17))


def level_at(samples: np.ndarray, second: float) -> float:
    return float(np.sqrt(np.mean(samples[round(second * SAMPLE_RATE) :][:1800] ** 2)))


PAIR = (Note(0.0, 0.95, 55, 90), Note(1.0, 0.95, 57, 90))
SLUR = (Control(0.98, 68, 127), Control(1.06, 68, 0))


def test_a_hammered_note_has_no_stroke_of_its_own_and_sounds_on():
    struck, hammered = alone("steel_guitar", PAIR), alone("steel_guitar", PAIR, SLUR)
    assert level_at(struck, 0.53) > 1.6 * level_at(struck, 0.44)
    assert level_at(hammered, 0.53) < 1.1 * level_at(hammered, 0.44)
    assert level_at(hammered, 0.6) > 0.3 * level_at(hammered, 0.44)
    assert abs(pitch_at(hammered, 0.55) / pitch_at(struck, 0.55) - 1) < 0.01
    assert clicks(np.stack((hammered, hammered)), SAMPLE_RATE // 2) == 0


def test_a_slide_goes_through_the_pitches_between():
    glide = (Control(0.0, 5, 40), *SLUR, Control(0.98, 65, 127), Control(1.06, 65, 0))
    notes = (Note(0.0, 0.8, 48, 90), Note(1.0, 0.9, 53, 90))
    slid, struck = alone("chip_lead", notes, glide), alone("chip_lead", notes)
    low, high = pitch_at(struck, 0.2), pitch_at(struck, 0.8)
    assert 1.03 * low < pitch_at(slid, 0.5) < 0.97 * high
    assert abs(pitch_at(slid, 0.8) / high - 1) < 0.01
    assert level_at(slid, 0.46) > 0.5 * level_at(slid, 0.3)  # the rest before it is bridged


def test_a_line_whose_notes_go_on_from_each_other_stays_together():
    part = Part("line", "melody", "steel_guitar", PAIR, SLUR)
    score = replace(solo(2.0), parts=(part,))
    lots = [lot for lot in synth.shares(layout(score, BANK)[1]) if lot]
    assert [sorted(keys) for lot in lots for _, keys in lot] == [[55, 57]]


def test_it_repeats_itself_to_the_bit():
    assert np.array_equal(whole(song(6.0)), whole(song(6.0)))


def test_one_player_or_two_sound_the_same(monkeypatch):
    two = whole(song(6.0))
    monkeypatch.setattr(synth, "THREADS", 1)
    one = whole(song(6.0))
    assert np.std(one - two) < 0.02 * np.std(two)  # the first ticks of a note depend on which voice was free


def test_controls_are_heard():
    notes = (Note(0.0, 8.0, 60, 90),)
    part = Part("a", "pad", "strings", notes, controls=(Control(0.0, 11, 127), Control(4.0, 11, 20)))
    level = np.abs(whole(solo(parts=(part,), tempos=(Tempo(0.0, 60.0),), duration=8.0)))
    loud, quiet = level[:, 2 * SAMPLE_RATE : 3 * SAMPLE_RATE].max(), level[:, 5 * SAMPLE_RATE : 7 * SAMPLE_RATE].max()
    assert 20 * np.log10(quiet / loud) < -20


def test_pan_moves_a_part():
    def balance(pan: float) -> float:
        part = Part("a", "melody", "flute", (Note(0.0, 4.0, 72, 90),), pan=pan)
        score = solo(parts=(part,))
        _, [voice] = layout(score, BANK)
        voice = replace(voice, part=replace(voice.part, pan=pan))
        left, right = next(synth.play(score, BANK, [voice], 1, BLOCK)).dry
        return float(np.std(right) / np.std(left))

    assert balance(-0.8) < 0.3 < 0.9 < balance(0.0) < 1.1 < 3 < balance(0.8)


def test_giving_up_early_leaves_no_thread():
    strips, voices = layout(song(20.0), BANK)
    blocks = synth.play(song(20.0), BANK, voices, len(strips), 20 * BLOCK)
    next(blocks)
    assert any(thread.name.startswith("synth") for thread in threading.enumerate())
    blocks.close()
    gc.collect()
    assert not any(thread.name.startswith("synth") for thread in threading.enumerate())


def test_quick_notes_of_bowed_strings_bite_and_are_heard_sooner():
    notes = (Note(0.0, 0.2, 60, 90), Note(1.0, 0.2, 62, 90), Note(2.0, 2.0, 64, 90))
    score = solo(parts=(Part("a", "melody", "violin", notes),), tempos=(Tempo(0.0, 60.0),))
    played = synth.events(score, score.parts[0], {60, 62, 64}, 0, bowed=True)
    bites = [
        (round(tick * synth.TICK / SAMPLE_RATE, 2), value) for tick, _, _, number, value in played if number == BITE
    ]
    assert bites == [(0.0, choice.QUICK_BITE), (2.0, choice.BITE)]

    def early(milliseconds: int) -> float:
        with Fluid(BANK.path) as fluid:
            choice.put(fluid, 0, BANK, INSTRUMENTS["strings"])
            fluid.control(0, BITE, milliseconds)
            dry = Buffers(2, 4410)
            fluid.note_on(0, 64, 90)
            fluid.render(dry, 0, 4410)
        return float((dry.samples**2).sum())

    assert early(choice.QUICK_BITE) > 1.5 * early(0)
