from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from jobs.music import styles
from jobs.music.brief import TONICS, Brief
from jobs.music.composing.compose import compose
from jobs.music.following import follows_key, follows_tempo
from jobs.music.piece import produce
from jobs.music.score import Score
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.listening import listen
from jobs.music.words.understand import understand
from tests.sweeps import sampled

SECONDS = 16
STYLES = styles.all_ids()


def piece(style: str) -> tuple[Brief, int, Score]:
    seed = STYLES.index(style)
    brief = understand(styles.get(style).name, {"style": style, "duration": SECONDS}, seed)
    return brief, seed, compose(brief, seed)


def played(score: Score) -> Samples:
    """A score on plucked strings and noise: as much of sound as tempo and key need."""
    sound = np.zeros((SECONDS + 4) * SAMPLE_RATE, np.float32)
    rng = np.random.default_rng(1)
    for part in score.parts:
        for note in part.notes:
            at = round(score.seconds(note.start) * SAMPLE_RATE)
            seconds = min(score.seconds(note.start + note.length) - score.seconds(note.start), 1.0)
            time = np.arange(round(max(seconds, 0.05) * SAMPLE_RATE)) / SAMPLE_RATE
            if part.role in ("drums", "percussion"):
                tone = rng.standard_normal(len(time)) * np.exp(-time * 40)
            else:
                phase = 2 * np.pi * 440 * 2 ** ((note.pitch - 69) / 12) * time
                tone = (np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase)) * np.exp(-time * 4)
            tone = tone[: max(len(sound) - at, 0)] * (note.velocity / 127) * 0.05
            sound[at : at + len(tone)] += tone.astype(np.float32)
    return np.stack([sound, sound])


@pytest.mark.parametrize("style", sampled(STYLES, one_in=12))
def test_tempo_and_key_of_composed_notes_are_heard(style: str) -> None:
    brief, _seed, score = piece(style)
    heard = listen(played(score))
    assert (heard.tempo is None, follows_tempo(brief, heard), follows_key(brief, heard)) == (False, True, True)
    if brief.mode in ("major", "minor"):  # of church modes keys beside them count, too
        far = replace(brief, tonic=TONICS[(brief.tonic_pitch_class + 6) % 12])
        assert not follows_key(far, heard)


@pytest.mark.sweep
@pytest.mark.parametrize("style", STYLES)
def test_they_are_heard_in_our_own_sound(style: str, tmp_path: Path) -> None:
    brief, seed, score = piece(style)
    produce(score, brief, seed, tmp_path, lambda stage, share: None, outputs=("flac",))
    heard = listen(soundfile.read(tmp_path / "audio.flac", dtype="float32")[0].T)
    assert (follows_tempo(brief, heard), follows_key(brief, heard)) == (True, True)


@pytest.mark.parametrize("sound", ["silence", "noise", "tone", "short"])
def test_where_there_is_no_beat_and_no_key_none_is_heard(sound: str) -> None:
    time = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    samples = {
        "silence": 0 * time,
        "noise": np.random.default_rng(1).standard_normal(len(time)) * 0.1,
        "tone": 0.1 * np.sin(2 * np.pi * 440 * time),
        "short": 0.1 * np.sin(2 * np.pi * 440 * time[: 2 * SAMPLE_RATE]),
    }[sound]
    heard = listen(np.stack([samples, samples]).astype(np.float32))
    assert heard.tempo is None
    assert sound == "tone" or heard.key == ""


@pytest.mark.parametrize("seconds", [4, 5, 7, 10])
@pytest.mark.parametrize("seed", range(4))
def test_neither_is_heard_in_noise_however_short(seconds: int, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(seconds * SAMPLE_RATE).astype(np.float32) * 0.1
    heard = listen(np.stack([noise, noise]))
    assert (heard.tempo, heard.key) == (None, "")


def test_a_chord_that_swells_and_a_siren_have_no_beat() -> None:
    time = np.arange(12 * SAMPLE_RATE) / SAMPLE_RATE
    chord = sum(0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (261.6, 329.6, 392.0)) * np.sin(np.pi * time / 12)
    siren = 0.2 * np.sin(2 * np.pi * np.cumsum(440 * 2 ** np.sin(0.3 * time)) / SAMPLE_RATE)
    for sound in (chord, siren):
        assert listen(np.stack([sound, sound]).astype(np.float32)).tempo is None


@pytest.mark.parametrize("tempo", [63.0, 98.0, 131.5])
def test_the_tempo_is_exact(tempo: float) -> None:
    """A metronome with an accent on every fourth beat."""
    samples = np.zeros(12 * SAMPLE_RATE, np.float32)
    click = np.random.default_rng(1).standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    for beat, at in enumerate(np.arange(0, 11.5, 60 / tempo)):
        samples[round(at * SAMPLE_RATE) :][:2000] += click.astype(np.float32) * (0.2 if beat % 4 else 0.4)
    heard = listen(np.stack([samples, samples]))
    assert heard.tempo == pytest.approx(tempo, rel=0.005)
    assert not follows_tempo(understand("techno", {"tempo": tempo * 1.1}, 1), heard)
