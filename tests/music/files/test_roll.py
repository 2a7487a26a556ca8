from __future__ import annotations

import re
from xml.etree import ElementTree

from jobs.music.files import roll
from jobs.music.score import Note, Part, Section
from tests.music.handmade import solo, song

SVG = "{http://www.w3.org/2000/svg}"


def bars(path: ElementTree.Element) -> list[tuple[int, int, int]]:
    return [tuple(map(int, found)) for found in re.findall(r"M(-?\d+) (-?\d+)h(\d+)", path.get("d"))]


def parts(text: str) -> dict[str, ElementTree.Element]:
    paths = ElementTree.fromstring(text).iter(f"{SVG}path")
    return {path.attrib["data-part"]: path for path in paths if "data-part" in path.attrib}


def test_notes_lie_where_they_sound():
    part = Part("a", "melody", "piano", (Note(0.0, 1.0, 60, 90), Note(4.0, 2.0, 72, 90)))
    score = solo(parts=(part,))
    (x, low, width), (later, high, _) = bars(parts(roll.svg(score))["a"])
    assert x == 0
    assert width == round(score.seconds(1.0) / score.duration * roll.WIDTH)
    assert later == round(score.seconds(4.0) / score.duration * roll.WIDTH)
    assert low - high == 12 * (low - high) // 12 > 0


def test_parts_have_colours_and_names():
    found = parts(roll.svg(song(12.0)))
    assert set(found) == {part.name for part in song(12.0).parts}
    assert len({path.get("stroke") for path in found.values()}) == 8
    assert found["melody"].find(f"{SVG}title").text == "melody"


def test_sections_are_marked():
    score = song(20.0)
    lines = ElementTree.fromstring(roll.svg(score)).find(f"{SVG}g")
    assert [line.find(f"{SVG}title").text for line in lines] == ["intro", "verse"]
    verse = score.seconds(score.sections[1].start) / score.duration * roll.WIDTH
    assert [line.get("d").partition(" ")[0] for line in lines] == ["M0", f"M{round(verse)}"]


def test_hostile_names_are_text():
    part = Part('"><script>alert(1)</script>\0', "melody", "piano", (Note(0.0, 1.0, 60, 90),))
    score = solo(title="</title><script>", parts=(part,), sections=(Section("<b>", 0.0, 8.0, 2),))
    text = roll.svg(score)
    assert "<script" not in text
    assert ElementTree.fromstring(text).find(f"{SVG}title").text == "</title><script>"
    assert list(parts(text)) == ['"><script>alert(1)</script>']


def test_it_is_small_and_without_styles_of_its_own():
    text = roll.svg(song(180.0))
    assert len(text) < 150_000
    assert "<style" not in text
    assert " style=" not in text


def test_drums_alone_are_a_picture():
    part = Part("drums", "drums", "drums", (Note(0.0, 0.1, 36, 90), Note(0.0, 0.1, 38, 90), Note(1.0, 0.1, 42, 90)))
    found = bars(parts(roll.svg(solo(parts=(part,))))["drums"])
    assert len({row for _, row, _ in found}) == 3
