"""Prompts to begin with: a few of everything, and one for each style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.music import styles
from jobs.music.files.cover import style_hue
from jobs.pages import labels


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt to begin with, and the name of its button."""

    name: str | Promise
    prompt: str | Promise


EXAMPLES = (
    Example(_("Study beats"), _("calm lo-fi piano, 80 bpm, A minor, 60 seconds")),
    Example(_("Rock out"), _("exciting rock, 140 bpm, in a major key, 30 seconds")),
    Example(_("Late-night jazz"), _("late-night jazz trio with walking bass and brushed drums, 90 seconds")),
    Example(_("Movie trailer"), _("epic cinematic trailer, slow build, choir and brass, D minor")),
    Example(_("Boss fight"), _("fast chiptune boss fight, 160 bpm, 45 seconds")),
    Example(_("Drifting off"), _("dreamy ambient for falling asleep, no drums, 3 minutes")),
)

OF_STYLES: Mapping[str, Promise] = {
    "afrobeat": _("sunny afrobeat with clean guitars and tenor sax, 110 bpm"),
    "ambient": _("weightless ambient with slow pads, no drums, 2 minutes"),
    "arabic": _("mysterious arabic oboe over strings, 98 bpm"),
    "balkan": _("wild balkan brass with trumpets, 144 bpm"),
    "ballad": _("tender piano ballad with strings, 72 bpm, 90 seconds"),
    "big_beat": _("rowdy big beat with organ, 124 bpm"),
    "blues": _("slow electric blues in E, 70 bpm"),
    "bossa": _("sunny bossa nova with nylon guitar and flute"),
    "calypso": _("happy calypso with steel drums, 116 bpm"),
    "celtic": _("dancing celtic fiddle tune in D major, 115 bpm"),
    "chanson": _("wistful chanson with accordion, 3/4"),
    "childrens": _("cheerful nursery rhyme with glockenspiel, 60 seconds"),
    "chinese": _("peaceful chinese melody with pan flute, 90 bpm"),
    "chiptune": _("bright chiptune adventure, 150 bpm, 45 seconds"),
    "cinematic": _("epic cinematic theme with choir and brass, D minor"),
    "classical": _("graceful classical piece for strings and flute, G major"),
    "country": _("easygoing country road song with banjo, 100 bpm"),
    "darkwave": _("brooding darkwave, 116 bpm, E minor"),
    "disco": _("glittering disco with strings and slap bass, 118 bpm"),
    "doo_wop": _("romantic doo-wop in C major, 66 bpm"),
    "drum_and_bass": _("dark drum and bass, 174 bpm, 60 seconds"),
    "dub": _("spaced-out dub with deep bass, 72 bpm"),
    "dubstep": _("heavy dubstep, 140 bpm, D minor, 60 seconds"),
    "easy_listening": _("relaxed easy listening with vibraphone and strings"),
    "electro_swing": _("playful electro swing with clarinet, 124 bpm"),
    "emo": _("yearning emo with clean guitar, 136 bpm"),
    "fado": _("longing fado at a slow tempo, D minor"),
    "flamenco": _("passionate flamenco with nylon guitar, 112 bpm"),
    "folk": _("warm acoustic folk with harmonica by the fire"),
    "funk": _("tight funk with clavinet and horns, 104 bpm"),
    "glitch": _("dreamy glitch with kalimba, 104 bpm"),
    "gospel": _("joyful gospel with organ, 80 bpm"),
    "gugak": _("calm gugak on a quiet morning, 60 seconds"),
    "hawaiian": _("peaceful hawaiian tune with vibraphone, 96 bpm"),
    "hiphop": _("laid-back hip hop beat with electric piano, 88 bpm"),
    "house": _("uplifting house with piano chords, 124 bpm"),
    "hyperpop": _("hyperactive hyperpop, 156 bpm, 60 seconds"),
    "indian": _("hypnotic indian raga with sitar, 80 bpm"),
    "indie": _("dreamy indie with clean guitar, 118 bpm"),
    "japanese": _("serene japanese koto piece, 72 bpm"),
    "jazz": _("late-night jazz trio with brushed drums, 90 seconds"),
    "klezmer": _("lively klezmer with clarinet and violin, 128 bpm"),
    "lofi": _("calm lo-fi piano for studying, 80 bpm, A minor"),
    "lullaby": _("gentle lullaby on a music box, 60 seconds"),
    "march": _("proud brass march, 116 bpm"),
    "mariachi": _("festive mariachi with trumpets and violins"),
    "metal": _("furious metal in E minor, 170 bpm"),
    "musical": _("witty show tune with piano and brass, 120 bpm"),
    "new_jack_swing": _("upbeat new jack swing, 106 bpm"),
    "new_wave": _("nervous new wave with synth bass, 142 bpm"),
    "piano": _("thoughtful solo piano piece, rainy afternoon"),
    "polka": _("jolly polka with accordion and tuba, 120 bpm"),
    "pop": _("happy summer pop in C major, 112 bpm"),
    "post_punk": _("gloomy post-punk with a driving bass, 138 bpm"),
    "progressive": _("mysterious progressive rock with organ, 120 bpm"),
    "psychedelic": _("hazy psychedelic rock with sitar, 108 bpm"),
    "punk": _("angry punk rock, 176 bpm, 60 seconds"),
    "reggae": _("relaxed reggae with organ, 76 bpm"),
    "reggaeton": _("hot summer reggaeton, 94 bpm"),
    "rock": _("driving rock with loud guitars, 140 bpm, 60 seconds"),
    "salsa": _("hot salsa with piano montuno and trumpets, 180 bpm"),
    "samba": _("joyful samba with trumpets, 104 bpm"),
    "schlager": _("cheerful schlager with accordion, 128 bpm"),
    "sea_shanty": _("rousing sea shanty with accordion and fiddle"),
    "second_line": _("strutting second line parade with trombone, 100 bpm"),
    "ska": _("bouncy ska with trumpet and trombone, 148 bpm"),
    "soul": _("smooth soul with organ and horns, 78 bpm"),
    "synth_pop": _("bright synth-pop, 118 bpm, A minor"),
    "synthwave": _("nostalgic synthwave night drive, 100 bpm"),
    "tango": _("passionate tango with accordion and violin"),
    "techno": _("hypnotic techno, 130 bpm, two minutes"),
    "trance": _("soaring trance with a long build, 138 bpm"),
    "trap": _("moody trap with 808s and dark bells, 140 bpm"),
    "trot": _("cheerful trot with accordion, 128 bpm"),
    "waltz": _("romantic waltz for strings, 3/4, 90 seconds"),
}


@dataclass(frozen=True, slots=True)
class StyleExample:
    """A style by its id, its name in the current language, and a prompt that asks for it."""

    id: str
    name: str
    prompt: str | Promise
    hue: int  # degrees, as the covers of the style have it

    @property
    def query(self) -> str:
        """Of the address of the form with the prompt in it."""
        return urlencode({"prompt": self.prompt})


def styles_with_prompts() -> list[StyleExample]:
    """The styles that stand on their own, by name in the current language, with a prompt that asks for each.

    Kinds of them (``base``) are asked for by words or in the form: a list of all is too long to choose from.
    """
    return [
        StyleExample(id, name, OF_STYLES.get(id, name), style_hue(id))
        for id, name in labels.style_choices()
        if not styles.get(id).base
    ]
