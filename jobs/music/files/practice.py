"""A piece to practise to: without its tune or its drums, slower, with a bar counted in."""

from __future__ import annotations

from dataclasses import replace

from jobs.music.formats import Format
from jobs.music.score import Control, Note, Part, Score, Tempo

_ROLES = {"melody": ("melody",), "drums": ("drums", "percussion")}
_STICKS = 37  # the side stick, a key of every kit
_FIRST, _OTHERS = 112, 84  # velocities


def practised(score: Score, wanted: Format) -> Score:
    """The score as that MP3 has it; itself where nothing of it is set."""
    if wanted["without"]:
        left_out = _ROLES[wanted["without"]]
        kept = tuple(part for part in score.parts if part.role not in left_out)
        score = replace(score, parts=kept or score.parts)  # where there is nothing else, it stays
    if wanted["tempo"] != "100":
        score = _slower(score, int(wanted["tempo"]) / 100)
    return _counted_in(score) if wanted["count_in"] else score


def _slower(score: Score, share: float) -> Score:
    tempos = tuple(replace(tempo, bpm=tempo.bpm * share) for tempo in score.tempos)
    return replace(score, tempos=tempos, duration=score.duration / share, fade_out=score.fade_out / share)


def _counted_in(score: Score) -> Score:
    """A bar of clicks before everything else, in the tempo that the piece begins in."""
    bar = 4.0 * score.metre[0] / score.metre[1]
    pulse = 1.0 if score.metre[1] == 4 else 1.5
    clicks = tuple(Note(pulse * at, 0.25, _STICKS, _OTHERS if at else _FIRST) for at in range(round(bar / pulse)))
    count = Part("count-in", "percussion", "drums", clicks, reverb=0.0)
    return replace(
        score,
        loop=None,
        parts=(*(_later(part, bar) for part in score.parts), count),
        tempos=(score.tempos[0], *(Tempo(tempo.start + bar, tempo.bpm) for tempo in score.tempos[1:])),
        sections=tuple(replace(section, start=section.start + bar) for section in score.sections),
        cues=tuple(replace(cue, start=cue.start + bar) for cue in score.cues),
        chords=tuple(replace(chord, start=chord.start + bar) for chord in score.chords),
        beats=score.beats + bar,
        duration=score.duration + bar * 60 / score.tempos[0].bpm,
    )


def _later(part: Part, beats: float) -> Part:
    notes = tuple(replace(note, start=note.start + beats) for note in part.notes)
    # What is set at the very beginning holds for the bar before it, too.
    controls = tuple(
        Control(control.start + beats if control.start > 0 else 0.0, control.number, control.value)
        for control in part.controls
    )
    return replace(part, notes=notes, controls=controls)
