"""Scores written by hand, for the tests and the benchmark of everything after the composer."""

from __future__ import annotations

import random
from dataclasses import replace

from jobs.music.score import Chord, Control, Mix, Note, Part, Score, Section, Tempo

CHORDS = (
    (9, "Am7", (57, 60, 64, 67)),
    (5, "Fmaj7", (53, 57, 60, 64)),
    (0, "C", (55, 60, 64, 67)),
    (7, "G", (55, 59, 62, 67)),
)
NAMES = ("melody", "counter", "chords", "pad", "arpeggio", "bass", "drums", "percussion", "brass")


def song(duration: float = 20.0, bpm: float = 100.0, mix: Mix | None = None, **changes: object) -> Score:
    """A dense pop arrangement in A minor of nine parts: four chords over and over, four bars a section."""
    rng = random.Random(7)
    bars = max(int((duration - 2.0) * bpm / 60 // 4), 1)
    lines: dict[str, list[Note]] = {name: [] for name in NAMES}
    chords = []
    for bar in range(bars):
        root, symbol, pitches = CHORDS[bar % 4]
        top = bar * 4.0
        chords.append(Chord(top, 4.0, root, tuple(p % 12 for p in pitches), symbol))
        lines["pad"] += [Note(top, 3.9, p, 70) for p in pitches]
        for beat in range(4):
            at = top + beat
            lines["chords"] += [Note(at + 0.01 * i, 0.8, p, 75 - 10 * (beat % 2)) for i, p in enumerate(pitches)]
            lines["bass"].append(Note(at, 0.9, 36 + root - (12 if root > 6 else 0), 95))
            lines["drums"].append(Note(at, 0.2, 36 if beat % 2 == 0 else 38, 105))
            for half in (0.0, 0.5):
                lines["drums"].append(Note(at + half, 0.1, 42, 70 + int(20 * half)))
                lines["percussion"].append(Note(at + half + 0.25, 0.1, 70, 60))
            for quarter in range(4):
                lines["arpeggio"].append(Note(at + quarter / 4, 0.25, rng.choice(pitches) + 12, 70))
            if bar % 4 != 3 or beat < 2:
                lines["melody"].append(Note(at, 0.95, rng.choice(pitches) + 12, 85 + 4 * beat))
            else:
                lines["counter"].append(Note(at, 0.9, rng.choice(pitches) + 5, 80))
        if bar % 2:
            lines["brass"] += [Note(top + 2.5, 0.5, p, 90) for p in pitches[1:]]
    instruments = {
        "melody": "flute", "counter": "violin", "chords": "piano", "pad": "strings", "arpeggio": "vibraphone",
        "bass": "fingered_bass", "drums": "drums", "percussion": "drums", "brass": "brass",
    }  # fmt: skip
    pans = {"arpeggio": 0.5, "counter": -0.4, "brass": -0.3, "percussion": 0.4, "chords": -0.1}
    parts = tuple(
        Part(
            name,
            "chords" if name == "brass" else name,
            instruments[name],
            tuple(notes),
            controls=(Control(0.0, 11, 100), Control(4.0, 11, 120)) if name == "pad" else (),
            pan=pans.get(name, 0.0),
            reverb=0.05 if name in ("bass", "drums") else 0.25,
            chorus=0.3 if name == "pad" else 0.0,
        )
        for name, notes in lines.items()
    )
    names = ("intro", "verse", "chorus", "bridge")
    sections = tuple(
        Section(names[i // 4 % 4], i * 4.0, min(4, bars - i) * 4.0, min(4, bars - i)) for i in range(0, bars, 4)
    )
    values = {
        "title": "By <Hand> & Heart",
        "parts": parts,
        "tempos": (Tempo(0.0, bpm),),
        "metre": (4, 4),
        "sections": sections,
        "chords": tuple(chords),
        "beats": bars * 4.0,
        "duration": duration,
        "tonic": 9,
        "mode": "minor",
        "mix": mix or Mix(),
    }
    return Score(**{**values, **changes})


def quiet_then_loud(mix: Mix | None = None) -> Score:
    """Two seconds of chords, with drums that break off after five beats, then two of all parts of the song."""
    score = song(6.0, 240.0, mix, sections=(Section("intro", 0.0, 8.0, 2), Section("chorus", 8.0, 8.0, 2)))
    ends = {"chords": 8.0, "drums": 5.0}
    return replace(
        score,
        parts=tuple(
            replace(part, notes=tuple(n for n in part.notes if n.start < ends.get(part.name, 0.0) or n.start >= 8.0))
            for part in score.parts
        ),
    )


def solo(duration: float = 8.0, **changes: object) -> Score:
    """A piano alone: a rising line and a held chord, slower, then nothing but its ring."""
    line = [Note(i * 0.5, 0.5, 57 + 2 * i, 60 + 5 * i) for i in range(8)]
    chord = [Note(4.0, 4.0, pitch, 80) for pitch in (45, 57, 60, 64)]
    values = {
        "title": "Alone",
        "parts": (Part("piano", "melody", "piano", (*line, *chord)),),
        "tempos": (Tempo(0.0, 120.0), Tempo(4.0, 90.0)),
        "metre": (4, 4),
        "sections": (Section("verse", 0.0, 8.0, 2),),
        "chords": (Chord(0.0, 8.0, 9, (9, 0, 4), "Am"),),
        "beats": 8.0,
        "duration": duration,
        "tonic": 9,
        "mode": "minor",
    }
    return Score(**{**values, **changes})
