"""The words of the site for what the composer calls by ids: styles, instruments, moods, keys, remarks, sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from jobs import generators
from jobs.music import styles
from jobs.music.brief import Place
from jobs.music.instruments import INSTRUMENTS

Words = Mapping[str, str | Promise]

MOODS: Words = {
    "happy": _("Happy"),
    "sad": _("Sad"),
    "calm": _("Calm"),
    "energetic": _("Energetic"),
    "dark": _("Dark"),
    "romantic": _("Romantic"),
    "epic": _("Epic"),
    "dreamy": _("Dreamy"),
    "tense": _("Tense"),
    "playful": _("Playful"),
    "nostalgic": _("Nostalgic"),
    "hopeful": _("Hopeful"),
    "mysterious": _("Mysterious"),
    "aggressive": _("Aggressive"),
    "peaceful": _("Peaceful"),
}

MASTERS: Words = {
    "standard": _("Standard (−14 LUFS)"),
    "gentle": _("Gentle (−18 LUFS)"),
    "loud": _("Loud (−10 LUFS)"),
}

MODES: Words = {
    "major": _("major"),
    "minor": _("minor"),
    "dorian": _("Dorian"),
    "mixolydian": _("Mixolydian"),
    "phrygian": _("Phrygian"),
    "lydian": _("Lydian"),
}

KEYS: Words = {
    "major": _("{tonic} major"),
    "minor": _("{tonic} minor"),
    "dorian": _("{tonic} Dorian"),
    "mixolydian": _("{tonic} Mixolydian"),
    "phrygian": _("{tonic} Phrygian"),
    "lydian": _("{tonic} Lydian"),
}

# Everything that a person may ask to leave out besides single instruments.
FAMILIES: Words = {
    "keys": _("Pianos and keyboards"),
    "organ": _("Organs and accordion"),
    "mallets": _("Bells and mallets"),
    "guitar": _("Guitars"),
    "plucked": _("Plucked strings"),
    "bass": _("Bass"),
    "strings": _("Strings"),
    "choir": _("Choir and voices"),
    "brass": _("Brass"),
    "woodwind": _("Woodwinds"),
    "synth": _("Synth leads"),
    "pad": _("Synth pads"),
    "drums": _("Drums"),
    "drums_pitched": _("Timpani"),
    "melody": _("Melody"),
}

# fmt: off
INSTRUMENT_NAMES: Words = {
    "piano": _("Piano"), "bright_piano": _("Bright piano"), "honky_tonk": _("Honky-tonk piano"),
    "electric_piano": _("Electric piano"), "fm_piano": _("FM piano"), "harpsichord": _("Harpsichord"),
    "clavinet": _("Clavinet"), "celesta": _("Celesta"), "glockenspiel": _("Glockenspiel"),
    "music_box": _("Music box"), "vibraphone": _("Vibraphone"), "marimba": _("Marimba"),
    "xylophone": _("Xylophone"), "tubular_bells": _("Tubular bells"), "organ": _("Organ"),
    "rock_organ": _("Rock organ"), "church_organ": _("Church organ"), "accordion": _("Accordion"),
    "harmonica": _("Harmonica"), "nylon_guitar": _("Nylon-string guitar"), "steel_guitar": _("Acoustic guitar"),
    "jazz_guitar": _("Jazz guitar"), "clean_guitar": _("Electric guitar"), "muted_guitar": _("Muted guitar"),
    "overdriven_guitar": _("Overdriven guitar"), "distortion_guitar": _("Distortion guitar"),
    "upright_bass": _("Upright bass"), "fingered_bass": _("Electric bass"), "picked_bass": _("Picked bass"),
    "fretless_bass": _("Fretless bass"), "slap_bass": _("Slap bass"), "synth_bass": _("Synth bass"),
    "sub_bass": _("Sub bass"), "violin": _("Violin"), "viola": _("Viola"), "cello": _("Cello"),
    "contrabass": _("Double bass"), "tremolo_strings": _("Tremolo strings"), "pizzicato": _("Pizzicato strings"),
    "harp": _("Harp"), "timpani": _("Timpani"), "strings": _("String ensemble"), "slow_strings": _("Slow strings"),
    "synth_strings": _("Synth strings"), "choir": _("Choir"), "voice": _("Wordless voice"),
    "orchestra_hit": _("Orchestra hit"), "trumpet": _("Trumpet"), "trombone": _("Trombone"), "tuba": _("Tuba"),
    "muted_trumpet": _("Muted trumpet"), "french_horn": _("French horn"), "brass": _("Brass section"),
    "synth_brass": _("Synth brass"), "soprano_sax": _("Soprano saxophone"), "alto_sax": _("Alto saxophone"),
    "tenor_sax": _("Tenor saxophone"), "baritone_sax": _("Baritone saxophone"), "oboe": _("Oboe"),
    "english_horn": _("English horn"), "bassoon": _("Bassoon"), "clarinet": _("Clarinet"), "piccolo": _("Piccolo"),
    "flute": _("Flute"), "recorder": _("Recorder"), "pan_flute": _("Pan flute"), "whistle": _("Tin whistle"),
    "ocarina": _("Ocarina"), "square_lead": _("Square-wave lead"), "saw_lead": _("Saw-wave lead"),
    "synth_pluck": _("Synth pluck"), "fifths_lead": _("Fifths lead"), "new_age_pad": _("New-age pad"),
    "warm_pad": _("Warm pad"), "poly_synth": _("Poly synth"), "choir_pad": _("Choir pad"),
    "bowed_pad": _("Bowed pad"), "halo_pad": _("Halo pad"), "sweep_pad": _("Sweep pad"), "sitar": _("Sitar"),
    "banjo": _("Banjo"), "shamisen": _("Shamisen"), "koto": _("Koto"), "kalimba": _("Kalimba"),
    "bagpipe": _("Bagpipe"), "fiddle": _("Fiddle"), "steel_drums": _("Steel drums"), "drums": _("Drum kit"),
    "room_drums": _("Room drums"), "power_drums": _("Power drums"), "electronic_drums": _("Electronic drums"),
    "tr808": _("TR-808 drums"), "jazz_drums": _("Jazz drums"), "brush_drums": _("Brushed drums"),
    "orchestra_drums": _("Orchestral percussion"), "tr909": _("TR-909 drums"), "lofi_drums": _("Lo-fi drums"),
    "chip_drums": _("Chip drums"), "gugak_drums": _("Gugak percussion"), "supersaw": _("Supersaw"),
    "acid_bass": _("Acid bass"), "reese_bass": _("Reese bass"), "fm_bass": _("FM bass"),
    "chip_bass": _("Chip triangle bass"), "chip_lead": _("Chip pulse lead"), "chip_thin": _("Thin chip pulse"),
    "fm_bell": _("FM bell"), "tape_piano": _("Tape keys"), "gayageum": _("Gayageum"), "geomungo": _("Geomungo"),
    "mellow_piano": _("Mellow piano"), "twelve_string": _("12-string guitar"), "ukulele": _("Ukulele"),
    "mandolin": _("Mandolin"), "hawaiian_guitar": _("Hawaiian guitar"), "bandoneon": _("Bandoneon"),
    "harmonium": _("Harmonium"), "dulcimer": _("Hammered dulcimer"), "shakuhachi": _("Shakuhachi"),
    "violins": _("Violin section"), "celli": _("Cello section"),
    "haegeum": _("Haegeum"), "ajaeng": _("Ajaeng"), "daegeum": _("Daegeum"), "piri": _("Piri"),
}

ROLES: Words = {
    "melody": _("Melody"), "counter": _("Counter-melody"), "chords": _("Chords"), "pad": _("Pad"),
    "arpeggio": _("Arpeggio"), "bass": _("Bass"), "drums": _("Drums"), "percussion": _("Percussion"),
    "effects": _("Effects"),
}

SECTIONS: Words = {
    "air": pgettext_lazy("section", "Air"), "break": pgettext_lazy("section", "Break"),
    "breakdown": pgettext_lazy("section", "Breakdown"), "bridge": pgettext_lazy("section", "Bridge"),
    "build": pgettext_lazy("section", "Build-up"), "calm": pgettext_lazy("section", "Calm"),
    "chorus": pgettext_lazy("section", "Chorus"), "climax": pgettext_lazy("section", "Climax"),
    "coda": pgettext_lazy("section", "Coda"), "contrast": pgettext_lazy("section", "Contrast"),
    "dawn": pgettext_lazy("section", "Dawn"), "development": pgettext_lazy("section", "Development"),
    "drift": pgettext_lazy("section", "Drift"), "drive": pgettext_lazy("section", "Drive"),
    "drop": pgettext_lazy("section", "Drop"), "dub": pgettext_lazy("section", "Dub"),
    "dusk": pgettext_lazy("section", "Dusk"), "ending": pgettext_lazy("section", "Ending"),
    "groove": pgettext_lazy("section", "Groove"), "head": pgettext_lazy("section", "Head"),
    "hook": pgettext_lazy("section", "Hook"), "interlude": pgettext_lazy("section", "Interlude"),
    "intro": pgettext_lazy("section", "Intro"), "mambo": pgettext_lazy("section", "Mambo"),
    "montuno": pgettext_lazy("section", "Montuno"), "opening": pgettext_lazy("section", "Opening"),
    "outro": pgettext_lazy("section", "Outro"), "peak": pgettext_lazy("section", "Peak"),
    "refrain": pgettext_lazy("section", "Refrain"), "rise": pgettext_lazy("section", "Rise"),
    "second": pgettext_lazy("section", "Second theme"), "solo": pgettext_lazy("section", "Solo"),
    "still": pgettext_lazy("section", "Stillness"), "strain": pgettext_lazy("section", "Strain"),
    "strip": pgettext_lazy("section", "Stripped down"), "swell": pgettext_lazy("section", "Swell"),
    "tag": pgettext_lazy("section", "Tag"), "theme": pgettext_lazy("section", "Theme"),
    "trio": pgettext_lazy("section", "Trio"), "tune": pgettext_lazy("section", "Tune"),
    "turn": pgettext_lazy("section", "Turn"), "verse": pgettext_lazy("section", "Verse"),
}
# fmt: on

CUE_KINDS: Words = {
    "hit": pgettext_lazy("cue", "Hit"), "drop": pgettext_lazy("cue", "Drop"), "calm": pgettext_lazy("cue", "Calm"),
}  # fmt: skip

PARTS: Words = {  # of the time of a piece
    "start": pgettext_lazy("part of a piece", "at the start"),
    "middle": pgettext_lazy("part of a piece", "in the middle"),
    "end": pgettext_lazy("part of a piece", "at the end"),
}

SETTINGS: Words = {
    "style": _("Style"), "duration": _("Length"), "tempo": _("Tempo"), "key": _("Key"), "mode": _("Mode"),
    "metre": _("Metre"), "energy": _("Energy"), "moods": _("Mood"), "instruments": _("Instruments"),
    "excluded": _("Without"), "arc": _("Course"), "master": _("Loudness"),
    "loop": _("Seamless loop"), "intro": _("Intro"), "layers": _("Layers for games"), "cues": _("Moments"),
    "seed": _("Seed"), "flac": "FLAC", "wav": "WAV", "stems": _("Stems"),
}  # fmt: skip


def style_name(style: str) -> str:
    """The name of the style with that id in the current language; an unknown id as it is."""
    try:
        definition = styles.get(style)
    except KeyError:
        return style
    return definition.name_ko if (get_language() or "").startswith("ko") else definition.name


def style_choices() -> list[tuple[str, str]]:
    """All styles, as id and name in the current language, by name."""
    return sorted(((style, style_name(style)) for style in styles.all_ids()), key=lambda choice: choice[1])


def instrument_name(name: str) -> str:
    """The name of the instrument with that id in the current language; an unknown id as it is."""
    return str(INSTRUMENT_NAMES.get(name, name))


def excluded_name(name: str) -> str:
    """The name of what is left out, by the id of a family or an instrument.

    Some ids are both; left out, the family is meant.
    """
    return str(FAMILIES.get(name) or instrument_name(name))


def instrument_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Instruments as a form offers them: for each family its name, and its instruments as id and name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for instrument in INSTRUMENTS.values():
        groups.setdefault(instrument.family, []).append((instrument.id, instrument_name(instrument.id)))
    return [(str(FAMILIES[family]), choices) for family, choices in groups.items()]


def tonic_name(tonic: str) -> str:
    """A tonic as people write it: “E♭”, “F♯”."""
    return tonic.replace("#", "♯").replace("b", "♭")


def key_name(tonic: str, mode: str) -> str:
    """The name of a key in the current language: “A minor”, in Korean “A단조”."""
    return str(KEYS.get(mode, "{tonic}")).format(tonic=tonic_name(tonic))


def clock(seconds: float) -> str:
    """Minutes and seconds: “0:42”, “5:00”."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def tune_text(tune: Mapping[str, Any]) -> str:
    """Whose tune it is: “yours (waltz.mid)”, by the tune's JSON."""
    name = tune.get("name")
    return gettext("yours ({name})").format(name=name) if name else gettext("yours")


def section_name(section: str) -> str:
    return str(SECTIONS.get(section, section))


def place_text(place: Place) -> str:
    """Something that shall happen at one place of a piece: “Solo (Piano): before Chorus”."""
    what, name, where = place.what, place.name, place.where
    named = {"style": style_name, "solo": instrument_name, "without": excluded_name}.get(what, section_name)(name)
    if what == "without":
        happening = gettext("without {name}").format(name=named)
    elif what == "style":
        happening = named
    else:
        happening = f"{section_name(what)} ({named})" if name else section_name(what)
    return f"{happening}: {_where_text(where)}"


def _where_text(where: Any) -> str:
    if not isinstance(where, str):
        return clock(where)
    when, blank, section = where.rpartition(" ")
    if not blank:
        return str(PARTS.get(where) or section_name(where))
    template = gettext("before {section}") if when == "before" else gettext("after {section}")
    return template.format(section=section_name(section))


def first_of(texts: Sequence[str]) -> str:
    """The texts in a row; of more than eight the first, and an ellipsis."""
    return ", ".join([*texts[:8], *("…" for _ in texts[8:9])])


def engine_name(alias: str) -> str:
    """What people call the engine of that alias; of one that is not set up (any more), its alias."""
    try:
        title = generators.get(alias).title
    except ImproperlyConfigured:
        title = ""
    return str(_(title)) if title else alias


def rights(alias: str) -> str:
    """Whose a piece is that the engine of that alias has made, in a sentence."""
    abilities = generators.abilities_of(alias)
    if abilities.licence:
        return gettext("%(engine)s made it; its licence for that is %(licence)s.") % {
            "engine": engine_name(alias),
            "licence": abilities.licence,
        }
    if abilities.plays_brief:
        return gettext("A program composed it for whoever ordered it, who may use it freely, for money too.")
    text = gettext("Made by %(engine)s; ask the operator of this site what you may do with it.")
    return text % {"engine": engine_name(alias)}
