"""What the site says of a brief to whoever ordered it: remarks of the composer and on engines, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from jobs.music.brief import TONICS
from jobs.music.words.cues import moment
from jobs.pages import labels
from jobs.progress.heard import SENTENCES

# {names} are the values of a remark, already in words.
REMARKS: labels.Words = {
    "nothing_musical": _("Your words name nothing musical, so everything was chosen for you."),
    "style_assumed": _("You named no style; {style} seemed to fit."),
    "style_approximated": _("“{asked}” is not among the styles yet; {used} comes closest."),
    "style_conflict": _("You named {kept} and {dropped}; {kept} leads."),
    "mood_conflict": _("{kept} and {dropped} contradict each other; {kept} was kept."),
    "tempo_conflict": _("More than one tempo was named: {kept} was kept, {dropped} was left aside."),
    "tempo_clamped": _("{asked} BPM is outside what can be played; {used} BPM was used."),
    "tempo_outside_style": _("{tempo} BPM is unusual for {style} (mostly {low} to {high} BPM); it was kept."),
    "key_conflict": _("More than one key was named: {kept} was kept, {dropped} was left aside."),
    "metre_conflict": _("More than one metre was named: {kept} was kept, {dropped} was left aside."),
    "metre_unavailable": _("{asked} cannot be played yet; {used} was used."),
    "duration_conflict": _("More than one length was named: {kept} was kept, {dropped} was left aside."),
    "duration_clamped": _("A track can be from 5 seconds to 5 minutes long; instead of {asked} it is {used}."),
    "instrument_conflict": _("{kept} and {dropped} contradict each other; {kept} was kept."),
    "instrument_unavailable": _("“{asked}” is not in the band yet; {used} plays instead."),
    "instrumental_only": _("Singing is not possible yet, so this is an instrumental."),
    "artist_not_followed": _("Nobody's music is imitated: “{name}” was left aside, the rest of your words counts."),
    "sections_cut": _("There is no time for {asked} sections; the first {used} are played."),
    "section_unplaced": _("The piece is too short for another section, so there is none of this kind: {asked}."),
    "place_outside": _("In a piece of {used} no section can begin at {asked}."),
    "tune_top_line": _("Where your melody has several notes at once, the highest is played."),
    "tune_part": _("The MIDI file has several parts; the one that seems to be the melody was taken."),
    "tune_tempos": _("Your melody has more than one tempo; the one that lasts longest was taken."),
    "tune_metres": _("Your melody has more than one metre; the one it begins in was taken."),
    "tune_mode": _("Your melody is in {kept} and stays so; {dropped} would make it another one."),
    "tune_cut": _("Your melody has {asked} bars and the piece {used}; it breaks off where there is no more time."),
    "tune_form": _("The form follows your melody; sections that you named were left aside."),
    "loop_length": _("A loop is made of whole bars; instead of {asked} it is {used} long."),
    "intro_cut": _("There is no room for an intro of {asked} bars before the loop; it has {used}."),
    "cues_outside": _("In a piece of {used} nothing can happen at {asked}."),
    "cues_close": _("Less than a beat behind another moment; left aside: {asked}."),
    "cues_many": _("{asked} moments are too many; the first {used} are met."),
    "cues_within": _(
        "No section can begin at {asked} without bending the tempo too far; everybody strikes there all the same."
    ),
    "cues_loop": _("A loop has no moments of its own, so they were left aside."),
    "intro_alone": _("Only a loop has an intro apart; its length was left aside."),
    "chords_crowded": _(
        "{asked} bars of chords do not fit into about {used}; several sound in a bar, as far as there is time."
    ),
}

BOTH_WANTED_AND_NOT = _("{kept} is both wanted and not wanted; what was said first counts.")

# The same, of engines.
ENGINE_REMARKS: labels.Words = {
    "engine_length": _("{engine} makes no piece of {asked}; it is {used} long."),
    "engine_ignored": _("{engine} takes no notice of: {ignored}."),
    "engine_mode": _("{engine} has no setting for {mode}; it was told in words."),
    "engine_metre": _("{engine} has no setting for {metre}; it was told in words."),
    "lyrics_lacking": _("{engine} sings only lyrics that you give it; without them this is an instrumental."),
    "engine_fallback": _("{engine} could not make this piece, so {used} made it."),
    **SENTENCES,
}


def remark_text(code: str, values: Mapping[str, Any]) -> str:
    """A remark of the composer or on an engine in words; "" for a code that this site has no words for.

    What a value is follows from its name, from the code or its first word; a person's own words pass through as they
    are.
    """
    remark = REMARKS.get(code) or ENGINE_REMARKS.get(code)
    if remark is None:
        return ""
    if code == "instrument_conflict" and len({labels.excluded_name(values[name]) for name in ("kept", "dropped")}) == 1:
        remark = BOTH_WANTED_AND_NOT
    of_code = _WORDERS.get(code) or _WORDERS.get(code.partition("_")[0], str)
    words = {name: _WORDERS.get(name, of_code)(value) for name, value in values.items()}
    return str(remark).format(**words)


def remark_texts(remarks: Iterable[Mapping[str, Any]]) -> list[str]:
    """A brief's remarks, as they are stored, in words: what a person should know of how their words were read."""
    texts = (remark_text(remark["code"], remark["values"]) for remark in remarks)
    return [text for text in texts if text]


def _key_text(value: Any) -> str:
    tonic, _blank, mode = str(value).partition(" ")
    if tonic not in TONICS:
        return str(labels.MODES.get(tonic, value))
    return labels.key_name(tonic, mode) if mode else labels.tonic_name(tonic)


def _length_text(value: Any) -> str:
    return labels.clock(value) if isinstance(value, int | float) else str(value)


def _moments_text(value: Any) -> str:
    """Moments, or a length."""
    return labels.first_of([moment(each) for each in value]) if isinstance(value, list | tuple) else _length_text(value)


def _settings_text(names: Any) -> str:
    return ", ".join(str(labels.SETTINGS.get(name, name)) for name in names)


_WORDERS: Mapping[str, Callable[[Any], str]] = {
    "engine": labels.engine_name,
    "ignored": _settings_text,
    "engine_length": _length_text,
    "engine_fallback": labels.engine_name,
    "heard_tempo": "{:g}".format,
    "heard_key": _key_text,
    "heard_length": _length_text,
    "style": labels.style_name,
    "mode": lambda mode: str(labels.MODES.get(mode, mode)),
    "metre": str,
    "mood": lambda mood: str(labels.MOODS.get(mood, mood)),
    "key": _key_text,
    "duration": _length_text,
    "loop_length": _length_text,
    "cues_outside": _moments_text,
    "cues_close": _moments_text,
    "cues_within": _moments_text,
    "place": _length_text,
    "section_unplaced": labels.section_name,
    "instrument_conflict": labels.excluded_name,
    "instrument_unavailable": labels.instrument_name,
    "tune_mode": lambda mode: str(labels.MODES.get(mode, mode)),
}
