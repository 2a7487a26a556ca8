"""Reads bars of a style as text: ``python -m tests.music.bars pop reggae --seed 2 --from verse --bars 8 --parts``.

One character is a sixteenth. The tune is written with the names of its notes, ``-`` where one is held; with ``--parts``
the rhythm of everybody else is below it, with ``--dynamics`` their mean velocity beside each bar.
"""

from __future__ import annotations

import argparse
import sys
from statistics import fmean

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.score import Part, Score
from jobs.music.theory import pitch_name
from tests.music.briefs import brief
from tests.music.measures import bar_beats

GRID = 0.25


def tune_bar(score: Score, part: Part, start: float) -> str:
    """The tune's notes of one bar with octaves, three characters a sixteenth."""
    cells = [" . "] * round(bar_beats(score) / GRID)
    for note in part.notes:
        place = round((note.start - start) / GRID)
        for step in range(max(0, place), min(len(cells), round((note.start + note.length - start) / GRID))):
            cells[step] = "---"
        if 0 <= place < len(cells) and note.length > 0.13:
            name = f"{pitch_name(note.pitch, score.tonic, score.mode)}{note.pitch // 12 - 1}"
            cells[place] = f"{name:-<3}"[:3]
    return "".join(cells)


def rhythm_bar(score: Score, part: Part, start: float) -> str:
    """How many notes begin at each sixteenth of the bar, louder ones as capitals."""
    counts = [0] * round(bar_beats(score) / GRID)
    loud = [0] * len(counts)
    for note in part.notes:
        place = round((note.start - start) / GRID)
        if 0 <= place < len(counts):
            counts[place] += 1
            loud[place] = max(loud[place], note.velocity)
    if part.role in ("bass", "drums"):
        pairs = zip(counts, loud, strict=True)
        return "".join("." if not count else "X" if peak > 95 else "x" for count, peak in pairs)
    return "".join("." if not count else str(min(count, 9)) for count in counts)


def kit_bars(score: Score, part: Part, start: float) -> list[str]:
    """One line a drum."""
    lines = []
    for pitch in sorted({note.pitch for note in part.notes if 0 <= note.start - start + 0.1 < bar_beats(score)}):
        only = Part(part.name, part.role, part.instrument, tuple(n for n in part.notes if n.pitch == pitch))
        lines.append(f"        {pitch:10d}  {rhythm_bar(score, only, start)}")
    return lines


def velocities(score: Score, start: float, end: float) -> str:
    """Each part's mean velocity between the two beats."""
    found = []
    for part in score.parts:
        inside = [note.velocity for note in part.notes if start - 0.1 <= note.start < end - 0.1]
        found += [f"{part.name} {fmean(inside):.0f}"] if inside else []
    return f"  ({', '.join(found)})"


def text(score: Score, section: str, count: int, parts: bool, kit: bool, dynamics: bool) -> str:
    """``count`` bars from the first section of that name, or from the first with a tune."""
    names = [one.name for one in score.sections]
    chosen = score.sections[names.index(section) if section in names else min(1, len(names) - 1)]
    lines = []
    for index in range(min(count, round((score.beats - chosen.start) / bar_beats(score)))):
        start = chosen.start + index * bar_beats(score)
        end = start + bar_beats(score)
        chords = " ".join(c.symbol for c in score.chords if c.start < end - 1e-6 and c.start + c.length > start + 1e-6)
        lines.append(f"{index + 1:3d} {chords}{velocities(score, start, end) if dynamics else ''}")
        for part in score.parts:
            if part.role == "melody":
                lines.append(f"    {part.instrument:14.14s}  {tune_bar(score, part, start)}")
            elif part.role == "drums" and kit:
                lines += kit_bars(score, part, start)
            elif parts:
                lines.append(f"    {part.name:14.14s}  {rhythm_bar(score, part, start)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("styles", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--metre", default="", help="another one than the style has by habit")
    parser.add_argument("--from", dest="section", default="")
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--parts", action="store_true", help="the rhythm of everybody else")
    parser.add_argument("--kit", action="store_true", help="one line for each drum")
    parser.add_argument("--dynamics", action="store_true", help="how loud everybody is in each bar")
    options = parser.parse_args()
    for style in options.styles or styles.all_ids():
        asked = {"metre": options.metre} if options.metre else {}
        score = compose(brief(style, duration=120.0, **asked), options.seed)
        form = " ".join(f"{one.name}:{one.bars}" for one in score.sections)
        bars = text(score, options.section, options.bars, options.parts, options.kit, options.dynamics)
        sys.stdout.write(f"== {style}, seed {options.seed}: {form}\n{bars}\n")


if __name__ == "__main__":
    main()
