"""The instruments the composer writes for: General MIDI programs, comfortable ranges, families."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """``program`` counts from 0; ``low`` and ``high`` are MIDI pitches of the comfortable range."""

    id: str
    program: int
    family: str  # keys, mallets, organ, guitar, bass, strings, choir, brass, woodwind, synth, pad, plucked, drums
    low: int
    high: int
    drums: bool = False  # plays on the percussion channel; program is the kit


def _table(*rows: tuple[str, int, str, int, int]) -> dict[str, Instrument]:
    return {row[0]: Instrument(*row, drums=row[2] == "drums") for row in rows}


INSTRUMENTS: dict[str, Instrument] = _table(
    ("piano", 0, "keys", 28, 100),
    ("bright_piano", 1, "keys", 28, 100),
    ("honky_tonk", 3, "keys", 36, 96),
    ("electric_piano", 4, "keys", 36, 96),
    ("fm_piano", 5, "keys", 36, 96),
    ("harpsichord", 6, "keys", 36, 89),
    ("clavinet", 7, "keys", 36, 84),
    ("celesta", 8, "mallets", 60, 103),
    ("glockenspiel", 9, "mallets", 72, 103),
    ("music_box", 10, "mallets", 60, 96),
    ("vibraphone", 11, "mallets", 53, 89),
    ("marimba", 12, "mallets", 48, 91),
    ("xylophone", 13, "mallets", 65, 101),
    ("tubular_bells", 14, "mallets", 60, 77),
    ("organ", 16, "organ", 36, 96),
    ("rock_organ", 18, "organ", 36, 96),
    ("church_organ", 19, "organ", 36, 96),
    ("accordion", 21, "organ", 53, 89),
    ("harmonica", 22, "woodwind", 60, 84),
    ("nylon_guitar", 24, "guitar", 40, 83),
    ("steel_guitar", 25, "guitar", 40, 83),
    ("jazz_guitar", 26, "guitar", 40, 83),
    ("clean_guitar", 27, "guitar", 40, 86),
    ("muted_guitar", 28, "guitar", 40, 76),
    ("overdriven_guitar", 29, "guitar", 40, 86),
    ("distortion_guitar", 30, "guitar", 36, 86),
    ("upright_bass", 32, "bass", 28, 55),
    ("fingered_bass", 33, "bass", 28, 55),
    ("picked_bass", 34, "bass", 28, 55),
    ("fretless_bass", 35, "bass", 28, 55),
    ("slap_bass", 36, "bass", 28, 55),
    ("synth_bass", 38, "bass", 24, 55),
    ("sub_bass", 39, "bass", 24, 50),
    ("violin", 40, "strings", 55, 96),
    ("viola", 41, "strings", 48, 84),
    ("cello", 42, "strings", 36, 72),
    ("contrabass", 43, "strings", 28, 55),
    ("tremolo_strings", 44, "strings", 40, 91),
    ("pizzicato", 45, "strings", 40, 91),
    ("harp", 46, "plucked", 36, 96),
    ("timpani", 47, "drums_pitched", 36, 57),
    ("strings", 48, "strings", 36, 96),
    ("slow_strings", 49, "strings", 36, 96),
    ("synth_strings", 50, "strings", 36, 96),
    ("choir", 52, "choir", 48, 79),
    ("voice", 53, "choir", 48, 79),
    ("orchestra_hit", 55, "brass", 48, 72),
    ("trumpet", 56, "brass", 55, 82),
    ("trombone", 57, "brass", 40, 70),
    ("tuba", 58, "brass", 28, 53),
    ("muted_trumpet", 59, "brass", 55, 82),
    ("french_horn", 60, "brass", 41, 74),
    ("brass", 61, "brass", 43, 79),
    ("synth_brass", 62, "brass", 40, 84),
    ("soprano_sax", 64, "woodwind", 56, 84),
    ("alto_sax", 65, "woodwind", 49, 80),
    ("tenor_sax", 66, "woodwind", 44, 75),
    ("baritone_sax", 67, "woodwind", 36, 67),
    ("oboe", 68, "woodwind", 58, 86),
    ("english_horn", 69, "woodwind", 52, 79),
    ("bassoon", 70, "woodwind", 34, 67),
    ("clarinet", 71, "woodwind", 50, 86),
    ("piccolo", 72, "woodwind", 74, 102),
    ("flute", 73, "woodwind", 60, 93),
    ("recorder", 74, "woodwind", 60, 86),
    ("pan_flute", 75, "woodwind", 60, 86),
    ("whistle", 78, "woodwind", 67, 96),
    ("ocarina", 79, "woodwind", 60, 84),
    ("square_lead", 80, "synth", 40, 96),
    ("saw_lead", 81, "synth", 40, 96),
    ("synth_pluck", 84, "synth", 40, 96),
    ("fifths_lead", 86, "synth", 40, 84),
    ("new_age_pad", 88, "pad", 40, 91),
    ("warm_pad", 89, "pad", 36, 91),
    ("poly_synth", 90, "pad", 40, 91),
    ("choir_pad", 91, "pad", 40, 84),
    ("bowed_pad", 92, "pad", 40, 88),
    ("halo_pad", 94, "pad", 40, 88),
    ("sweep_pad", 95, "pad", 36, 88),
    ("sitar", 104, "plucked", 48, 84),
    ("banjo", 105, "plucked", 48, 84),
    ("shamisen", 106, "plucked", 48, 84),
    ("koto", 107, "plucked", 48, 88),
    ("kalimba", 108, "mallets", 48, 84),
    ("bagpipe", 109, "woodwind", 55, 77),
    ("fiddle", 110, "strings", 55, 93),
    ("steel_drums", 114, "mallets", 52, 84),
    ("drums", 0, "drums", 27, 87),
    ("room_drums", 8, "drums", 27, 87),
    ("power_drums", 16, "drums", 27, 87),
    ("electronic_drums", 24, "drums", 27, 87),
    ("tr808", 25, "drums", 27, 87),
    ("jazz_drums", 32, "drums", 27, 87),
    ("brush_drums", 40, "drums", 27, 87),
    ("orchestra_drums", 48, "drums", 27, 87),
)
