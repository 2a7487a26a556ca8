"""The chords as a chart: as plain text that is read in any editor, and as ChordPro."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.music.files.tags import ARTIST, clean
from jobs.music.notation.layout import Bar
from jobs.music.notation.sheet import Sheet
from jobs.music.notation.spelling import CONCERT, Transposition, symbol
from jobs.music.score import Score

BARS = 4  # on a line
_NONE = "N.C."


def text(score: Score, transposition: Transposition = CONCERT) -> str:
    """A line of facts, then for each section a grid of BARS bars a line: ``| Dm7     | G7  C   |``."""
    sheet = Sheet(score, transposition)
    lines = [clean(score.title), _facts(sheet), ""]
    cells = [(bar, "  ".join(names)) for bar, names in _grid(sheet)]
    width = max((len(cell) for _, cell in cells), default=0)
    for name, rows in _sections(cells):
        lines.append(f"[{name}]")
        lines += ["".join(f"| {cell:<{width}} " for cell in row) + "|" for row in rows]
        lines.append("")
    return "\n".join(lines)


def chordpro(score: Score, transposition: Transposition = CONCERT) -> str:
    """The same as ChordPro: a grid for each section, a cell for each beat; the key is the one that is read."""
    sheet = Sheet(score, transposition)
    lines = [
        f"{{title: {clean(score.title)}}}",
        f"{{artist: {ARTIST}}}",
        f"{{key: {_key(sheet)}}}",
        f"{{tempo: {_tempo(sheet)}}}",
        f"{{time: {score.metre[0]}/{score.metre[1]}}}",
        "",
    ]
    cells = [(bar, " ".join(_beats(sheet, bar))) for bar in sheet.bars]
    for name, rows in _sections(cells):
        lines.append(f'{{start_of_grid label="{name}"}}')
        lines += ["".join(f"| {cell} " for cell in row) + "|" for row in rows]
        lines += ["{end_of_grid}", ""]
    return "\n".join(lines)


def _facts(sheet: Sheet) -> str:
    metre = "/".join(map(str, sheet.score.metre))
    facts = [_key(sheet), f"{_tempo(sheet)} BPM", metre, *(["swing"] if sheet.swing.late > 0.5 else [])]
    if sheet.transposition.label:
        facts.append(f"for {sheet.transposition.label} instruments")
    return " · ".join(facts)


def _key(sheet: Sheet) -> str:
    tonic = sheet.key.names[(sheet.score.tonic + sheet.transposition.semitones) % 12]
    return f"{tonic} {sheet.score.mode}"


def _tempo(sheet: Sheet) -> int:
    """Taps of the foot a minute."""
    return round(sheet.score.tempos[0].bpm * (2 / 3 if sheet.score.metre == (6, 8) else 1))


def _grid(sheet: Sheet) -> Iterator[tuple[Bar, list[str]]]:
    """Each bar with the symbols that stand in it; a chord that goes on is named again at the beginning of a bar."""
    for bar in sheet.bars:
        yield bar, [name for name in _beats(sheet, bar) if name != "."]


def _beats(sheet: Sheet, bar: Bar) -> list[str]:
    """A symbol for each tap of the foot in a bar, "." where a chord goes on."""
    beats = ["."] * max(1, -(-bar.length // bar.pulse))
    beats[0] = symbol(sounding, sheet.key, sheet.transposition) if (sounding := sheet.chord_at(bar.start)) else _NONE
    for at, chord in sheet.chords_in(bar):
        beats[min(at // bar.pulse, len(beats) - 1)] = symbol(chord, sheet.key, sheet.transposition)
    return beats


def _sections(cells: list[tuple[Bar, str]]) -> Iterator[tuple[str, list[list[str]]]]:
    """The name of each section with its lines."""
    starts = [index for index, (bar, _) in enumerate(cells) if bar.section or index == 0]
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        inside = [cell for _, cell in cells[start:end]]
        name = cells[start][0].section.replace("_", " ").capitalize()
        yield name, [inside[at : at + BARS] for at in range(0, len(inside), BARS)]
