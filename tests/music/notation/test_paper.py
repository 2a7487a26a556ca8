"""The engraved sheet as files, read by an XML parser and by PDFium."""

from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest

from jobs.music.notation import engraving, lead_sheet
from jobs.music.notation.engraving import HEIGHT, WIDTH, Page, engrave, width_of
from jobs.music.notation.musicxml import Source
from jobs.music.notation.paper import write_pdf, write_svg
from jobs.music.score import Chord
from tests.music.handmade import song

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "봄날의 산책 & <Spring>"


@pytest.fixture(scope="module")
def document() -> str:
    return lead_sheet.document(song(90.0), Source())


@pytest.fixture(scope="module")
def pages(document) -> list[Page]:
    return engrave(document, TITLE, "For B♭ instruments")


def test_a_picture_is_one_page_of_outlines_that_needs_no_font_nor_style(document, tmp_path):
    (page,) = engrave(document, TITLE, one_page=True)
    write_svg(page, tmp_path / "a.svg", TITLE)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "defs", "path", "use"}
    assert root.findtext(f"{SVG}title") == TITLE
    known = {f"#{path.get('id')}" for path in root.iter(f"{SVG}path")}
    assert {use.get("href") for use in root.iter(f"{SVG}use")} <= known
    width, height = map(float, root.get("viewBox").split()[2:])
    assert width == WIDTH
    assert height == page.height > HEIGHT


def test_a_pdf_has_pages_of_a4_with_ink_on_each(pages, tmp_path):
    write_pdf(pages, tmp_path / "a.pdf", TITLE, "a prompt")
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        assert pdf.get_metadata_dict()["Title"] == TITLE
        assert pdf.get_metadata_dict()["Author"] == "Musicsite"
        assert len(pdf) == len(pages) > 1
        for page in pdf:
            assert page.get_size() == pytest.approx((595.3, 841.9), abs=0.1)
            ink = np.asarray(page.render(scale=0.5, grayscale=True).to_numpy()) < 128
            assert 0.002 < ink.mean() < 0.2
            assert not ink[:, :10].any()  # the margins are empty
            assert not ink[:, -10:].any()


def test_the_same_pages_are_the_same_bytes(pages, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        write_pdf(pages, tmp_path / name, TITLE, "")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_chord_symbols_keep_their_accidentals(monkeypatch):
    """verovio writes those as signs of a font that nobody has."""
    roots = {"Bb": 10, "F#m7": 6, "Ebmaj7": 3, "C#/G#": 1}
    chords = tuple(Chord(4.0 * bar, 4.0, root, (root,), symbol) for bar, (symbol, root) in enumerate(roots.items()))
    written = []
    monkeypatch.setattr(engraving, "words", lambda text, *_: written.append(text) or [])
    engrave(lead_sheet.document(song(12.0, chords=chords), Source()), TITLE)
    assert {"B♭", "F♯m7", "E♭maj7", "C♯/G♯"} < set(written)


def test_a_long_title_stays_on_the_page(document):
    page = engrave(document, "봄 " * 200)[0]
    assert all(0 <= shape.placed.dx <= WIDTH for shape in page.shapes)


def test_words_of_both_languages_have_a_width_and_unknown_signs_none():
    assert width_of("산책", 1000) > width_of("II", 1000) > 0
    assert width_of("\U0010ffff", 1000) == 0


def test_what_is_no_music_is_refused():
    with pytest.raises(ValueError, match="cannot"):
        engrave("<html/>", "x")
