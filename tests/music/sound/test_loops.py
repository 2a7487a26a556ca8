"""A loop goes round: what is heard at its seam is what is heard inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.score import RING, Loop, Mix, Note, Part, Score, Tempo
from jobs.music.sound.finish import finish
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loops import cycle_of, unrolled
from jobs.music.sound.loudness import weigh
from jobs.music.sound.master import master
from jobs.music.sound.mix import render
from jobs.music.sound.soundfont import find
from tests.music.handmade import song

BANK = find()
BAR = 1.5  # seconds


def nothing(_share: float) -> None:
    pass


def loop(bars: int, mix: Mix | None = None) -> Score:
    """The same bar of nine parts, so often."""
    one = song(5.0, bpm=160.0, mix=mix or Mix(room=0.8, sidechain=0.6, vinyl=0.2, echo=0.4, space="hall"))
    parts = [
        replace(
            part,
            notes=tuple(
                replace(note, start=note.start + 4.0 * bar)
                for bar in range(bars)
                for note in part.notes
                if note.start < 4
            ),
        )
        for part in one.parts
    ]
    return replace(one, parts=tuple(parts), beats=4.0 * bars, duration=BAR * bars, loop=Loop(0.0, 0.0))


def made(score: Score) -> np.ndarray:
    mixed = render(score.quantised(), BANK, nothing)
    finish(mixed, score, 1, nothing)
    master(mixed, nothing)
    mixed.cut()
    return mixed.samples[:, : mixed.frames]


def clicks(samples: np.ndarray, at: int) -> float:
    """The sharpest bend within a millisecond of ``at``, against the sharpest of all but a thousandth elsewhere."""
    bend = np.abs(np.diff(samples, 3, axis=1)).max(axis=0)
    return float(bend[at - 22 : at + 22].max() / np.quantile(bend, 0.999))


@pytest.fixture(scope="module")
def once() -> np.ndarray:
    return made(loop(1))


def test_it_is_as_long_as_its_bars(once):
    assert once.shape == (2, round(BAR * SAMPLE_RATE))
    assert np.abs(once[:, :2000]).max() > 0.05  # nobody fades it in


def test_five_repeats_have_no_click(once):
    five = np.tile(once, (1, 5))
    length = once.shape[1]
    assert max(clicks(five, lap * length) for lap in range(1, 5)) < 1.0
    torn = np.tile(once[:, 700:], (1, 5))
    assert max(clicks(torn, lap * (length - 700)) for lap in range(1, 5)) > 1.0, "nothing would be found"


def test_five_repeats_are_as_loud_at_the_seam_as_inside(once):
    """Two bars as one loop: what is a seam of the single bar's is a place inside of it."""
    step, window = SAMPLE_RATE // 10, 4 * SAMPLE_RATE // 10  # momentary loudness, as EBU Tech 3341 has it
    five, twice = (weigh(samples) for samples in (np.tile(once, (1, 5)), np.tile(made(loop(2)), (1, 3))))
    length = once.shape[1]

    def loudness(samples: np.ndarray, at: int) -> np.ndarray:
        starts = range(at - 7 * step, at + 4 * step, step)
        return np.array([10 * np.log10((samples[:, start : start + window] ** 2).sum()) for start in starts])

    seam, inside = loudness(five, 3 * length), loudness(twice, 3 * length)
    assert np.abs(seam - inside).max() < 0.5


def test_the_beat_goes_on(once):
    sticks = tuple(Note(float(beat), 0.1, 37, 110) for beat in range(4))
    score = replace(loop(1), parts=(Part("drums", "drums", "drums", sticks, reverb=0.0),), mix=Mix(room=0.0))
    five = np.abs(np.tile(made(score), (1, 5))).max(axis=0)
    beat = BAR / 4 * SAMPLE_RATE
    found = []
    for number in range(1, 20):
        near = five[round(number * beat) - 400 : round(number * beat) + 800]
        found.append(int(np.argmax(near > 0.5 * near.max())) - 400)
    assert max(found) - min(found) <= 2 * SAMPLE_RATE / 1000, found
    assert np.abs(np.array(found) - np.median(found)).max() <= SAMPLE_RATE / 1000, found


def test_behind_an_intro_the_same_is_heard_at_both_seams():
    """An organ holds a chord into the loop; at its start and its end the same rings and begins."""
    chord = [Note(0.0, 4.0, pitch, 90) for pitch in (48, 55, 64)]
    line = [Note(4.0 + beat, 1.0, 72 + beat, 80) for beat in range(4)]
    again = [replace(note, start=note.start + 4.0 * lap) for lap in range(1, 7) for note in line]
    length = 4.0 / 160 * 60
    beats = 8.0 + 4.0 * -(-RING // length)
    score = Score(
        title="", parts=(Part("organ", "melody", "organ", tuple(sorted([*chord, *line, *again])), reverb=0.5),),
        tempos=(Tempo(0.0, 160.0),), metre=(4, 4), sections=(), chords=(), beats=beats, duration=beats / 160 * 60,
        tonic=0, mode="major", mix=Mix(space="hall"), loop=Loop(beats - 4.0, 4.0),
    )  # fmt: skip
    mixed = render(score, BANK, nothing)
    cycle = cycle_of(score)
    assert mixed.cycle == cycle
    assert cycle is not None
    start, end = cycle.start, cycle.frames
    assert cycle.length == round(length * SAMPLE_RATE)
    assert np.abs(mixed.samples[:, start : start + 5000] - mixed.samples[:, end : end + 5000]).max() < 1e-6
    assert np.abs(mixed.samples[:, start : start + 5000]).max() > 0.01
    mixed.cut()
    assert mixed.frames == round(score.duration * SAMPLE_RATE)


def test_a_piece_that_ends_is_played_as_it_is():
    score = song(4.0)
    assert unrolled(score) is score
    assert cycle_of(score) is None
