"""The files that hold the notes on paper, by their format."""

from __future__ import annotations

from pathlib import Path

from jobs.music.files import cue_sheet
from jobs.music.files.tags import clean
from jobs.music.formats import Format
from jobs.music.notation import chart, lead_sheet, musicxml
from jobs.music.notation.musicxml import Source
from jobs.music.notation.spelling import TRANSPOSITIONS, Transposition
from jobs.music.score import Score

_FOR = {"en": "For {} instruments", "ko": "{} 악기용"}


def write(wanted: Format, score: Score, source: Source, language: str, path: Path) -> None:
    """Write the file; ``language`` ("en", "ko") is that of the words on a lead sheet."""
    if wanted.kind == "cues.csv":
        cue_sheet.write_csv(score, path)
        return
    transposition = TRANSPOSITIONS[wanted["transpose"]]
    match wanted.kind:
        case "musicxml":
            musicxml.write(score, path, source, transposition)
        case "chords.txt":
            path.write_text(chart.text(score, transposition), encoding="utf-8")
        case "chords.cho":
            path.write_text(chart.chordpro(score, transposition), encoding="utf-8")
        case _:
            _write_lead_sheet(wanted, score, source, _subtitle(transposition, language), path)


def _subtitle(transposition: Transposition, language: str) -> str:
    return _FOR[language].format(transposition.label) if transposition.label else ""


def _write_lead_sheet(wanted: Format, score: Score, source: Source, subtitle: str, path: Path) -> None:
    # Imported here: the engraver and its font take 60 MB, which a worker that draws none need not have.
    from jobs.music.notation import paper
    from jobs.music.notation.engraving import engrave

    document = lead_sheet.document(score, source, TRANSPOSITIONS[wanted["transpose"]])
    is_picture = wanted.kind == "lead-sheet.svg"
    pages = engrave(document, clean(score.title), subtitle, one_page=is_picture)
    if is_picture:
        paper.write_svg(pages[0], path, score.title)
    else:
        paper.write_pdf(pages, path, score.title, source.prompt)
