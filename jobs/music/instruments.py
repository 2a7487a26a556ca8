"""The instruments the composer writes for: their sounds, comfortable ranges, families."""

from __future__ import annotations

from dataclasses import dataclass

# A patch of our own (jobs/music/sound/patches), a recording (recordings.py there), or bank and preset of the SoundFont.
Sound = str | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Instrument:
    """``program``: of General MIDI, from 0, the nearest there is; ``low`` and ``high``: the comfortable range (MIDI).

    ``sounds``: by what it is played, best first; the last is General MIDI's.
    """

    id: str
    program: int
    family: str  # keys, mallets, organ, guitar, bass, strings, choir, brass, woodwind, synth, pad, plucked, drums
    low: int
    high: int
    drums: bool = False  # plays on the percussion channel; program is the kit
    sounds: tuple[Sound, ...] = ()


def _table(*rows: tuple[str, int, str, int, int] | tuple[str, int, str, int, int, Sound]) -> dict[str, Instrument]:
    """Rows of id, program, family, low, high and, where there is one, a sound better than General MIDI's."""
    instruments = {}
    for id_, program, family, low, high, *better in rows:
        drums = family == "drums"
        general = (128 if drums else 0, program)
        instruments[id_] = Instrument(id_, program, family, low, high, drums, (*better, general))
    return instruments


INSTRUMENTS: dict[str, Instrument] = _table(
    ("piano", 0, "keys", 28, 100),
    ("mellow_piano", 0, "keys", 28, 100, (8, 0)),
    ("bright_piano", 1, "keys", 28, 100),
    ("honky_tonk", 3, "keys", 36, 96),
    ("electric_piano", 4, "keys", 36, 96),
    ("fm_piano", 5, "keys", 36, 96, "fm_piano"),
    ("tape_piano", 4, "keys", 36, 91, "tape_piano"),
    ("harpsichord", 6, "keys", 36, 89),
    ("clavinet", 7, "keys", 36, 84),
    ("celesta", 8, "mallets", 60, 103),
    ("glockenspiel", 9, "mallets", 72, 103),
    ("music_box", 10, "mallets", 60, 96),
    ("vibraphone", 11, "mallets", 53, 89),
    ("marimba", 12, "mallets", 48, 91),
    ("xylophone", 13, "mallets", 65, 101),
    ("fm_bell", 14, "mallets", 55, 98, "fm_bell"),
    ("tubular_bells", 14, "mallets", 60, 77),
    ("dulcimer", 15, "mallets", 48, 84),
    ("organ", 16, "organ", 36, 96),
    ("rock_organ", 18, "organ", 36, 96),
    ("church_organ", 19, "organ", 36, 96),
    ("harmonium", 20, "organ", 41, 89),
    ("accordion", 21, "organ", 53, 89),
    ("bandoneon", 23, "organ", 48, 88),
    ("harmonica", 22, "woodwind", 60, 84),
    ("ukulele", 24, "guitar", 57, 86, (8, 24)),
    ("nylon_guitar", 24, "guitar", 40, 83),
    ("steel_guitar", 25, "guitar", 40, 83),
    ("twelve_string", 25, "guitar", 40, 83, (8, 25)),
    ("jazz_guitar", 26, "guitar", 40, 83),
    ("hawaiian_guitar", 26, "guitar", 45, 86, (8, 26)),
    ("clean_guitar", 27, "guitar", 40, 86),
    ("muted_guitar", 28, "guitar", 40, 76),
    ("overdriven_guitar", 29, "guitar", 40, 86),
    ("distortion_guitar", 30, "guitar", 36, 86),
    ("upright_bass", 32, "bass", 28, 55),
    ("fingered_bass", 33, "bass", 28, 55, "recorded_bass"),
    ("picked_bass", 34, "bass", 28, 55),
    ("fretless_bass", 35, "bass", 28, 55),
    ("slap_bass", 36, "bass", 28, 55),
    ("synth_bass", 38, "bass", 24, 55, "synth_bass"),
    ("sub_bass", 39, "bass", 24, 50, "sub_bass"),
    ("acid_bass", 38, "bass", 28, 60, "acid_bass"),
    ("reese_bass", 39, "bass", 24, 50, "reese_bass"),
    ("fm_bass", 38, "bass", 28, 60, "fm_bass"),
    ("chip_bass", 38, "bass", 28, 67, "chip_bass"),
    ("violin", 40, "strings", 55, 96),
    ("viola", 41, "strings", 48, 84),
    ("cello", 42, "strings", 36, 72),
    ("contrabass", 43, "strings", 28, 55),
    ("tremolo_strings", 44, "strings", 40, 91),
    ("pizzicato", 45, "strings", 40, 91),
    ("harp", 46, "plucked", 36, 96),
    ("timpani", 47, "drums_pitched", 36, 57),
    ("strings", 48, "strings", 36, 96),
    ("violins", 48, "strings", 55, 96, (20, 48)),
    ("celli", 48, "strings", 36, 74, (40, 48)),
    ("slow_strings", 49, "strings", 36, 96),
    ("synth_strings", 50, "strings", 36, 96, "synth_strings"),
    ("choir", 52, "choir", 48, 79),
    ("voice", 53, "choir", 48, 79),
    ("orchestra_hit", 55, "brass", 48, 72),
    ("trumpet", 56, "brass", 55, 82),
    ("trombone", 57, "brass", 40, 70),
    ("tuba", 58, "brass", 28, 53),
    ("muted_trumpet", 59, "brass", 55, 82),
    ("french_horn", 60, "brass", 41, 74),
    ("brass", 61, "brass", 43, 79),
    ("synth_brass", 62, "brass", 40, 84, "synth_brass"),
    ("soprano_sax", 64, "woodwind", 56, 84),
    ("alto_sax", 65, "woodwind", 49, 80, "recorded_alto_sax"),
    ("tenor_sax", 66, "woodwind", 44, 75),
    ("baritone_sax", 67, "woodwind", 36, 67),
    ("oboe", 68, "woodwind", 58, 86),
    ("english_horn", 69, "woodwind", 52, 79),
    ("bassoon", 70, "woodwind", 34, 67),
    ("clarinet", 71, "woodwind", 50, 86),
    ("piri", 111, "woodwind", 56, 82, "piri"),
    ("daegeum", 77, "woodwind", 58, 89, "daegeum"),
    ("piccolo", 72, "woodwind", 74, 102),
    ("flute", 73, "woodwind", 60, 93),
    ("recorder", 74, "woodwind", 60, 86),
    ("pan_flute", 75, "woodwind", 60, 86),
    ("shakuhachi", 77, "woodwind", 55, 84),
    ("whistle", 78, "woodwind", 67, 96),
    ("ocarina", 79, "woodwind", 60, 84),
    ("square_lead", 80, "synth", 40, 96, "square_lead"),
    ("saw_lead", 81, "synth", 40, 96, "saw_lead"),
    ("supersaw", 81, "synth", 40, 96, "supersaw"),
    ("chip_lead", 80, "synth", 48, 100, "chip_lead"),
    ("chip_thin", 80, "synth", 48, 100, "chip_thin"),
    ("synth_pluck", 84, "synth", 40, 96, "synth_pluck"),
    ("fifths_lead", 86, "synth", 40, 84, "fifths_lead"),
    ("new_age_pad", 88, "pad", 40, 91, "new_age_pad"),
    ("warm_pad", 89, "pad", 36, 91, "warm_pad"),
    ("poly_synth", 90, "pad", 40, 91, "poly_synth"),
    ("choir_pad", 91, "pad", 40, 84, "choir_pad"),
    ("bowed_pad", 92, "pad", 40, 88, "bowed_pad"),
    ("halo_pad", 94, "pad", 40, 88, "halo_pad"),
    ("sweep_pad", 95, "pad", 36, 88, "sweep_pad"),
    ("mandolin", 25, "plucked", 55, 91, (16, 25)),
    ("sitar", 104, "plucked", 48, 84),
    ("banjo", 105, "plucked", 48, 84),
    ("shamisen", 106, "plucked", 48, 84),
    ("koto", 107, "plucked", 48, 88),
    ("gayageum", 107, "plucked", 48, 86, "gayageum"),
    ("geomungo", 107, "plucked", 36, 67, "geomungo"),
    ("kalimba", 108, "mallets", 48, 84),
    ("bagpipe", 109, "woodwind", 55, 77),
    ("fiddle", 110, "strings", 55, 93),
    ("haegeum", 110, "strings", 55, 86, "haegeum"),
    ("ajaeng", 42, "strings", 36, 69, "ajaeng"),
    ("steel_drums", 114, "mallets", 52, 84),
    ("drums", 0, "drums", 27, 87),
    ("room_drums", 8, "drums", 27, 87),
    ("power_drums", 16, "drums", 27, 87),
    ("tr909", 24, "drums", 27, 87, "tr909"),
    ("electronic_drums", 24, "drums", 27, 87, "electronic_drums"),
    ("tr808", 25, "drums", 27, 87, "tr808"),
    ("lofi_drums", 8, "drums", 27, 87, "lofi_drums"),
    ("chip_drums", 24, "drums", 27, 87, "chip_drums"),
    ("jazz_drums", 32, "drums", 27, 87),
    ("brush_drums", 40, "drums", 27, 87),
    ("gugak_drums", 48, "drums", 27, 87, "gugak_drums"),
    ("orchestra_drums", 48, "drums", 27, 87),
)
