"""One table of what makes each style that style, after the handbooks of its players, over pieces composed once.

A row says who strikes where in most bars of the refrain: a lane of the kit or a role, and places in sixteenths; "no" in
front says that these are left free. Other rows name a trait that is measured by itself.
"""

from collections import Counter, defaultdict
from functools import cache
from statistics import fmean

import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.instruments import INSTRUMENTS
from jobs.music.styles.reader import DRUM_KEYS
from tests.music.briefs import brief
from tests.music.measures import bar_beats, part
from tests.sweeps import sampled

FLOOR, BACKBEAT, AFTERBEATS = (0, 4, 8, 12), (4, 12), (2, 6, 10, 14)
LANES = {name: (key,) for name, key in DRUM_KEYS.items()} | {
    "kick": (35, 36), "back": (37, 38, 39, 40), "low": (35, 36, 41), "hand": (54, 60, 61, 62, 63, 64),
}  # fmt: skip
USUAL = 0.6

TRAITS = {
    "afrobeat": [("agogo", (0, 3, 6, 10, 12)), ("kick", (0,))],
    "ambient": [("no drums", ()), ("long", "pad")],
    "arabic": [("bongo_lo", (0, 8)), ("bongo_hi", (6, 12))],  # maqsum: dum tek . tek dum . tek .
    "balkan": [("low", (0, 6, 8, 14)), ("chords", (2, 6))],
    "ballad": [("back", BACKBEAT), ("kick", (0,)), ("slow", 80)],
    "big_beat": [("back", BACKBEAT), ("kick", (0,)), ("drop", "")],
    "blues": [("back", BACKBEAT), ("swing", "ride hat chords"), ("bends", "")],
    "bossa": [("bass", (0, 6, 8, 14)), ("no kick", (4, 12))],
    "calypso": [("kick", FLOOR), ("bass", (0, 6)), ("instrument", "steel_drums")],
    "celtic": [("bass", (0, 6)), ("shaker", (0, 2, 4, 6, 8, 10))],
    "chanson": [("bass_drum", (0,)), ("back", (4, 8)), ("no bass_drum", (4, 8))],
    "childrens": [("bass", (0, 8)), ("back", BACKBEAT)],
    "chinese": [("five tones", "")],
    "chiptune": [("arpeggio", (0, 2, 4, 6, 8, 10, 12, 14)), ("instrument", "chip_lead chip_thin")],
    "cinematic": [("low", (0,)), ("family", "strings")],
    "classical": [("no drums", ()), ("family", "strings")],
    "country": [("bass", (0, 8)), ("back", BACKBEAT), ("train", "verse")],
    "darkwave": [("back", BACKBEAT), ("bass", (0, 4, 8, 12)), ("kick", (0, 8))],
    "disco": [("kick", FLOOR), ("open", AFTERBEATS), ("octaves", "")],
    "doo_wop": [("chords", (0, 2, 4, 6, 8, 10)), ("back", (6,))],
    "drum_and_bass": [("kick", (0, 10)), ("back", BACKBEAT), ("fast", 165), ("drop", "")],
    "dub": [("kick", (8,)), ("no kick", (0,)), ("rim", (8,))],
    "dubstep": [("back", (8,)), ("no snare", (4, 12)), ("glide", ""), ("drop", "")],
    "easy_listening": [("bass", (0, 6, 8)), ("back", (4,))],
    "electro_swing": [("kick", FLOOR), ("swing", "ride hat chords"), ("back", BACKBEAT)],
    "emo": [("back", BACKBEAT), ("bass", (0, 8)), ("fast", 118)],
    "fado": [("no drums", ()), ("family", "guitar")],
    "flamenco": [("family", "guitar"), ("clap", (0, 6))],
    "folk": [("bass", (0, 8)), ("family", "guitar")],
    "funk": [("kick", (0,)), ("bass", (0,)), ("back", BACKBEAT), ("ghosts", "")],
    "glitch": [("kick", (0,)), ("back", (4,))],
    "gospel": [("back", BACKBEAT), ("sevenths", "")],
    "gugak": [("floor", (0, 6)), ("wave", "")],
    "hawaiian": [("swing", "chords shaker"), ("bends", "")],
    "hiphop": [("back", BACKBEAT), ("kick", (0,)), ("slow", 100)],
    "house": [("kick", FLOOR), ("open", AFTERBEATS), ("back", BACKBEAT), ("drop", "")],
    "hyperpop": [("back", BACKBEAT), ("fast", 138)],
    "indian": [("bongo_lo", (0, 8)), ("wave", ""), ("instrument", "sitar")],
    "indie": [("back", BACKBEAT), ("family", "guitar")],
    "japanese": [("five tones", ""), ("instrument", "koto"), ("wave", "")],
    "jazz": [("walk", ""), ("swing", "ride"), ("pedal", BACKBEAT), ("sevenths", "")],
    "klezmer": [("bass", (0, 8)), ("chords", (2, 6)), ("no chords", (0, 4, 8, 12)), ("bends", "")],
    "lofi": [("back", BACKBEAT), ("sevenths", ""), ("slow", 92)],
    "lullaby": [("no drums", ()), ("slow", 80)],
    "march": [("bass", (0, 8)), ("no chords", (0, 8)), ("low", (0, 8))],
    "mariachi": [("no chords", (0,)), ("chords", (4, 8)), ("bass", (0,))],
    "metal": [("blast", ""), ("bass", (0, 4, 8, 12)), ("instrument", "distortion_guitar")],
    "musical": [("swing", "hat"), ("bass", (0, 8))],
    "new_jack_swing": [("back", BACKBEAT), ("sixteenths swing", "hat")],
    "new_wave": [("back", BACKBEAT), ("fast", 124)],
    "piano": [("only", "piano")],
    "polka": [("bass", FLOOR), ("chords", (2, 6, 10)), ("no chords", FLOOR)],
    "pop": [("back", BACKBEAT), ("kick", (0,))],
    "post_punk": [("back", BACKBEAT), ("bass", (0, 2, 4, 6, 8))],
    "progressive": [("back", BACKBEAT), ("family", "guitar")],
    "psychedelic": [("back", BACKBEAT), ("family", "guitar")],
    "punk": [("back", AFTERBEATS), ("bass", FLOOR), ("fast", 158)],
    "reggae": [("back", (8,)), ("no chords", (0, 8)), ("one drop", "")],
    "reggaeton": [("kick", FLOOR), ("back", (3, 6, 11, 14))],
    "rock": [("back", BACKBEAT), ("kick", (0, 8)), ("bass", (0, 8))],
    "salsa": [("bass", (6, 12)), ("no bass", (0,)), ("cowbell", (0, 8)), ("clave", "")],
    "samba": [("floor", BACKBEAT), ("hand", (0, 2, 4, 6, 8, 10, 12, 14))],
    "schlager": [("kick", FLOOR), ("open", AFTERBEATS)],
    "sea_shanty": [("low", (0, 8)), ("clap", BACKBEAT)],
    "second_line": [("low", (0, 6, 12)), ("bass", (0, 8)), ("ghosts", ""), ("big four", "")],
    "ska": [("chords", (2, 6)), ("no chords", FLOOR), ("back", BACKBEAT)],
    "soul": [("back", BACKBEAT), ("kick", (0,))],
    "synth_pop": [("kick", FLOOR), ("back", BACKBEAT)],
    "synthwave": [("back", BACKBEAT), ("bass", (0, 2, 4)), ("kick", (0, 8))],
    "tango": [("no drums", ()), ("bass", FLOOR), ("chords", (0, 4, 12))],
    "techno": [("kick", FLOOR), ("open", AFTERBEATS), ("drop", "")],
    "trance": [("kick", FLOOR), ("open", AFTERBEATS), ("fast", 130), ("drop", "")],
    "trap": [("back", (8,)), ("no snare", (4, 12)), ("rolls", ""), ("glide", "")],
    "trot": [("bass", (0, 8)), ("back", BACKBEAT), ("wave", "")],
    "waltz": [("bass", (0,)), ("chords", (4, 8)), ("no chords", (0,))],
}  # fmt: skip


@cache
def pieces(style):
    """Two, long enough for the refrain to return."""
    return tuple(compose(brief(style, duration=75.0, energy=styles.get(style).energy), seed) for seed in (1, 2))


def struck(score, who, kinds):
    """Bar → places in sixteenths that they strike in sections of these kinds."""
    bar = round(bar_beats(score) * 4)
    spans = [(one.start, one.start + one.length) for one in score.sections[:-1] if one.name in kinds]
    found = defaultdict(set)
    for line in score.parts:
        kit = line.role == "drums" and who in LANES
        if not kit and line.role != who:
            continue
        for note in line.notes:
            place = round(note.start * 4 + 0.01)
            inside = any(start - 0.1 <= note.start < end - 0.1 for start, end in spans)
            if inside and (not kit or note.pitch in LANES[who]):
                found[place // bar].add(place % bar)
    return found


def share(style, who, places, free=False):
    shares = []
    for score in pieces(style):
        kinds = {styles.get(style).core}
        bars = struck(score, who, kinds) or struck(score, who, {one.name for one in score.sections})
        shares += [not places_in & set(places) if free else set(places) <= places_in for places_in in bars.values()]
    return fmean(shares) if shares else None


def notes_of(style, *names):
    for score in pieces(style):
        for line in score.parts:
            for note in line.notes:
                lane = next((n for n in names if n in LANES and line.role == "drums" and note.pitch in LANES[n]), None)
                if lane or line.role in names:
                    yield note


def controls_of(style, roles):
    return [c for score in pieces(style) for line in score.parts if line.role in roles for c in line.controls]


def off_beats(style, names, unit):
    """Of the notes between two units of the beat, how many lie late, as in triplets."""
    inside = [note.start / (2 * unit) % 1 for note in notes_of(style, *names.split())]
    between = [place for place in inside if 0.4 < place < 0.8]
    return fmean(place > 0.53 for place in between)


def silent_before(style):
    """How many louder sections are prepared by half a bar without the kick."""
    found = []
    for score in pieces(style):
        kicks = [note.start for note in part(score, "drums").notes if note.pitch in LANES["kick"]]
        kinds = styles.get(style).kinds
        pairs = zip(score.sections, score.sections[1:-1], strict=False)
        rises = [after.start for one, after in pairs if kinds[after.name].energy - kinds[one.name].energy >= 0.2]
        found += [
            not any(start - bar_beats(score) / 2 + 0.1 <= kick < start - 0.1 for kick in kicks) for start in rises
        ]
    return fmean(found)


def other_trait(style, name, value):
    habit = styles.get(style)
    scores = pieces(style)
    if name == "no drums":
        return all(part(score, "drums") is None for score in scores)
    if name == "long":
        return fmean(note.length for note in notes_of(style, value)) >= 3
    if name == "slow":
        return habit.tempo[1] <= value + 20 and habit.tempo[0] <= value
    if name == "fast":
        return habit.tempo[1] >= value
    if name == "drop":
        return silent_before(style) >= 0.7
    if name in ("swing", "sixteenths swing"):
        return off_beats(style, value, 0.25 if "sixteenths" in name else 0.5) >= 0.7
    if name in ("bends", "glide"):
        return any(c.number == 128 for c in controls_of(style, ("melody",) if name == "bends" else ("bass",)))
    if name == "wave":
        return any(c.number == 128 and abs(c.value) > 400 for c in controls_of(style, ("melody",)))
    if name == "five tones":
        counts = [Counter(n.pitch % 12 for n in part(score, "melody").notes if n.length > 0.3) for score in scores]
        return all(sum(n for _, n in count.most_common(5)) >= 0.8 * count.total() for count in counts)
    if name == "instrument":
        return bool(set(value.split()) & {line.instrument for score in scores for line in score.parts})
    if name == "family":
        return all(value in {INSTRUMENTS[line.instrument].family for line in score.parts} for score in scores)
    if name == "only":
        return {line.instrument for score in scores for line in score.parts} == {value}
    if name == "octaves":
        pitches = [note.pitch for note in notes_of(style, "bass")]
        return sum(abs(a - b) == 12 for a, b in zip(pitches, pitches[1:], strict=False)) > len(pitches) * 0.3
    if name == "walk":
        return all(
            len({round(n.start) for n in part(score, "bass").notes}) > 0.8 * (score.beats - 8) for score in scores
        )
    if name == "ghosts":
        return sum(note.velocity < 62 for note in notes_of(style, "snare")) > 8
    if name == "big four":  # of the bass drum's strokes in a bar that on 4 is the loudest
        strokes = list(notes_of(style, "low"))
        loud = {place: [n.velocity for n in strokes if round(n.start * 4) % 16 == place] for place in (0, 6, 12)}
        return fmean(loud[12]) > max(fmean(loud[0]), fmean(loud[6])) + 8
    if name == "sevenths":
        return fmean(len(chord.pitches) >= 4 for score in scores for chord in score.chords) > 0.5
    if name == "train":
        bars = [b for score in scores for b in struck(score, "back", {value}).values()]
        return fmean(len(b) >= 8 for b in bars) > 0.5
    if name == "blast":
        bars = [b for score in scores for b in struck(score, "snare", {habit.core}).values()]
        return any(len(b) >= 6 for b in bars)
    if name == "one drop":
        quiet = compose(brief(style, duration=60.0, energy=0.4), 1)
        kicks = struck(quiet, "kick", {one.name for one in quiet.sections})
        return fmean(8 in b and 0 not in b for b in kicks.values()) > 0.6
    if name == "clave":
        bars = [b for score in scores for b in struck(score, "claves", {one.name for one in score.sections}).values()]
        return fmean(len(b) in (2, 3) for b in bars) > 0.9
    if name == "rolls":
        hats = sorted(note.start for note in notes_of(style, "hat"))
        gaps = [b - a for a, b in zip(hats, hats[1:], strict=False)]
        return sum(0.1 < gap < 0.14 for gap in gaps) > 8 and sum(0.15 <= gap < 0.18 for gap in gaps) > 4
    raise AssertionError(name)


def test_every_style_has_a_line():
    assert set(TRAITS) == set(styles.all_ids())


@pytest.mark.parametrize("style", sampled(TRAITS))
def test_it_is_that_style(style):
    for name, value in TRAITS[style]:
        who = name.removeprefix("no ")
        if isinstance(value, tuple) and value:
            measured = share(style, who, value, free=name != who)
            assert measured is not None, f"nobody plays {who}"
            assert measured >= USUAL, (name, value, measured)
        else:
            assert other_trait(style, name, value), (name, value)


@pytest.mark.parametrize("style", [one for one in styles.all_ids() if styles.get(one).phase])
def test_a_groove_of_two_bars_holds_its_phase_through_the_piece(style):
    """Bars that differ by their parity differ so in every section."""
    for score in pieces(style):
        kit = part(score, "drums")
        if kit is None:
            continue
        bar = round(bar_beats(score) * 4)
        timeline = defaultdict(set)
        for note in kit.notes:
            place = round(note.start * 4 + 0.01)
            if note.pitch in (*LANES["claves"], *LANES["rim"], *LANES["block"]):
                timeline[place // bar].add(place % bar)
        halves = [[frozenset(b) for k, b in timeline.items() if k % 2 == side] for side in (0, 1)]
        commonest = [max(set(half), key=half.count) if half else None for half in halves]
        if all(commonest) and commonest[0] != commonest[1]:
            assert halves[0].count(commonest[1]) <= 0.15 * len(halves[0])
