"""Independent readers of what is written: the schema of MusicXML, verovio, and PDFium."""

from __future__ import annotations

import base64
import io
from collections import Counter
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import mido
import verovio
from lxml import etree

from jobs.music.notation.quantise import DIVISIONS

DRUMS = 9


class _Schemas(etree.Resolver):
    """Has the two schemas that MusicXML's imports from the network."""

    def resolve(self, url: str, _public_id: str, context: object) -> object:
        home = _home("xmlschema") / "schemas"
        known = {"xml.xsd": home / "XML" / "xml.xsd", "xlink.xsd": home / "XLINK" / "xlink.xsd"}
        path = known.get(url.rsplit("/", 1)[-1])
        return self.resolve_filename(str(path), context) if path else None


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Schemas())
    return etree.XMLSchema(etree.parse(_home("musicxml") / "generate_classes" / "musicxml_4_0.xsd", parser))


def _home(package: str) -> Path:
    """Where a package lies, of which no more than a file is needed: to import it takes long."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def mistakes(document: str) -> str:
    """What the schema of MusicXML 4.0 says against a document; "" where it is valid."""
    schema = _schema()
    return "" if schema.validate(etree.fromstring(document.encode())) else str(schema.error_log)


def heard(document: str) -> Counter[tuple[int, int]]:
    """The notes that verovio reads, as (units of DIVISIONS, sounding pitch), without drums.

    Fails where it complains.
    """
    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(document)
    assert toolkit.getLog() == ""
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    notes: Counter[tuple[int, int]] = Counter()
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity and message.channel != DRUMS:
                notes[round(now * DIVISIONS / file.ticks_per_beat), message.note] += 1
    return notes
