"""From a person's words (English, Korean, both) and the form to a complete Brief.

Where things contradict each other, one rule decides: **the form over the words; the more specific word over the more
general (a number over a term, a key over "minor", a genre over a form over a use, a named instrument over its
family); among equals the first.** What was dropped, assumed or moved into range is reported as a Remark.
What nobody said comes from the moods, then from the style's habits, and the seed chooses between equals; every field
has its own stream of chance, so that setting one field leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from jobs.music import styles
from jobs.music.brief import MAX_CHORDS, MAX_DURATION, MAX_TEMPO, MIN_DURATION, MIN_TEMPO, Brief, Remark, Source
from jobs.music.instruments import INSTRUMENTS
from jobs.music.styles import Style
from jobs.music.styles.lengths import bar_seconds
from jobs.music.words import by_tune, cues, defaults, loops, titles
from jobs.music.words.band import choose_band
from jobs.music.words.chords import numerals
from jobs.music.words.evidence import evidence
from jobs.music.words.form import check_options
from jobs.music.words.hearing import Heard, hear
from jobs.music.words.numbers import plain

WIDER, SLOW, FAST = 1.18, 76.0, 126.0  # by how much words for slow and fast widen a style's tempos, up to what

REMARK_CODES: dict[str, tuple[str, ...]] = {
    "nothing_musical": (),  # no word was understood
    "style_assumed": ("style",),
    "style_approximated": ("asked", "used"),  # a style that there is not
    "style_conflict": ("kept", "dropped"),  # which leads; the first of the others may be the fusion
    "mood_conflict": ("kept", "dropped"),
    "tempo_conflict": ("kept", "dropped"),  # bpm and bpm or the word
    "tempo_clamped": ("asked", "used"),
    "tempo_outside_style": ("tempo", "style", "low", "high"),
    "key_conflict": ("kept", "dropped"),
    "metre_conflict": ("kept", "dropped"),
    "metre_unavailable": ("asked", "used"),
    "duration_conflict": ("kept", "dropped"),  # seconds and seconds or the word
    "duration_clamped": ("asked", "used"),
    "loop_length": ("asked", "used"),  # seconds: a loop is made of whole bars
    "intro_cut": ("asked", "used"),  # bars before a loop
    "cues_outside": ("asked", "used"),  # moments (seconds) that are none of the piece; its length
    "cues_close": ("asked",),  # moments less than a beat behind another
    "cues_many": ("asked", "used"),  # how many
    "cues_within": ("asked",),  # moments, of an edit, at which no section can begin
    "cues_loop": (),  # a loop has no moments
    "intro_alone": (),  # bars set for the intro of a piece that is no loop
    "instrument_conflict": ("kept", "dropped"),  # ids or families; asked for and excluded
    "instrument_unavailable": ("asked", "used"),
    "instrumental_only": (),  # a voice was asked for
    "artist_not_followed": ("name",),
    "chords_crowded": ("asked", "used"),  # bars of chords in a piece of fewer bars
    "sections_cut": ("asked", "used"),  # how many sections, in a piece too short for all
    "section_unplaced": ("asked",),  # a kind of section for which the form has no room (composing/unplaced.py)
    "place_outside": ("asked", "used"),  # seconds at which a section shall begin; of the piece
    "tune_top_line": (),  # of the melody that was given
    "tune_part": (),  # the file has others
    "tune_tempos": (),  # the file has several
    "tune_metres": (),
    "tune_mode": ("kept", "dropped"),
    "tune_cut": ("asked", "used"),  # bars of the tune, of the piece
    "tune_form": (),  # sections or places were asked for
}

_UNFIT = 0.002  # how well a style goes with a tempo or a metre that it does not have


def understand(prompt: str, options: Mapping[str, Any] | None = None, seed: int = 0) -> Brief:
    """The Brief for a prompt; the same prompt, options and seed give the same Brief.

    ``options`` (all optional, they override the words): style, tempo (bpm), key ("A minor", "Eb"), mode, metre,
    duration (seconds), energy (0 … 1), moods, instruments, excluded, arc, master, title; loop (True) and intro
    (bars before it); cues (seconds, or {at, kind}); layers (3 … 5, when they are exported);
    melody: a tune that the lead shall play (a GivenTune or its JSON); and unheard: words not to be listened to. Never
    raises for a prompt; raises ValueError "<option>: <why>" for a wrong option.
    """
    form = check_options(options)
    unheard = form.pop("unheard", ())
    heard = hear(prompt)
    return _Reading(form, heard.without(unheard) if unheard else heard, seed).brief(prompt)


class _Reading:
    """Decides field after field; later ones build on earlier ones."""

    def __init__(self, form: Mapping[str, Any], heard: Heard, seed: int) -> None:
        self.form = dict(form)
        self.tune = self.form.pop("melody", None)
        self.heard = heard
        self.seed = seed
        self.values: dict[str, Any] = {}
        self.sources: dict[str, Source] = {}
        self.remarks: list[Remark] = []
        self.played: Mapping[str, str] = {}

    def brief(self, prompt: str) -> Brief:
        if self.heard.is_empty:
            self.remark("nothing_musical")
        self.set("moods", *self.moods())
        style = self.style()
        self.set("energy", *self.energy(style))
        self.set("metre", *self.metre(style))
        if self.tune and self.tune.metre and "metre" not in self.form:
            self.keep_tune("metre", "metre_conflict")
        self.set("tempo", *self.tempo(style))
        self.set("mode", *self.mode(style))
        self.set("tonic", *self.tonic())
        self.keep_tune("mode", "tune_mode")
        self.set("duration", *self.duration(style))
        self.loop()
        self.cues(style)
        if "layers" in self.form:
            self.set("layers", 0, "default")
        self.set("arc", *self.arc())
        self.set("master", "standard", "default")
        self.course(style)
        self.band(style)
        if self.heard.vocal:
            self.remark("instrumental_only")
        for named in self.heard.names:
            self.remark("artist_not_followed", name=named.name)
        self.set("title", self.title(), "seed")
        return Brief(
            prompt=prompt,
            language=self.heard.language,
            **self.values,
            tune=self.tune,
            sources=self.sources,
            words=evidence(self.heard, self.values, self.sources, self.played),
            remarks=tuple(self.remarks),
        )

    # Helpers -------------------------------------------------------------------------------------------------

    def set(self, name: str, value: Any, source: Source) -> None:
        """The form's value if it has one, else this; what nobody says a given tune may settle."""
        in_form = name in self.form
        if self.tune and not in_form and source != "words":
            settled = by_tune.settled(name, self.tune, self.values)
            value, source = (value, source) if settled is None else (settled, "tune")
        self.values[name] = self.form[name] if in_form else value
        self.sources[name] = "form" if in_form else source

    def chooser(self, name: str) -> Random:
        return Random(f"{self.seed}/{name}")  # noqa: S311 - music, not secrets

    def remark(self, code: str, **values: Any) -> None:
        remark = Remark(code, values)
        if remark not in self.remarks:
            self.remarks.append(remark)

    # Fields --------------------------------------------------------------------------------------------------

    def moods(self) -> tuple[tuple[str, ...], Source]:
        kept: list[str] = []
        for mood in self.heard.moods:
            clash = next((other for other in kept if {mood, other} in defaults.OPPOSITE_MOODS), None)
            if clash is None or self.heard.in_order or mood in self.heard.contrasted:
                kept.append(mood)
            elif "moods" not in self.form and self.heard.says_mood(mood):
                self.remark("mood_conflict", kept=clash, dropped=mood)
        return tuple(kept), "words" if kept else "default"

    def style(self) -> Style:
        chosen, source = self.heard.style_word, "words"
        if "style" not in self.form and chosen:
            if chosen.concept.near:
                self.remark("style_approximated", asked=chosen.text, used=chosen.concept.style)
            for other in self.heard.rival_styles:
                self.remark("style_conflict", kept=chosen.concept.style, dropped=other)
        name = chosen.concept.style if chosen else ""
        if not name and "style" not in self.form:
            name, source = self.assumed_style()
            self.remark("style_assumed", style=name)
        self.set("style", name, source)  # type: ignore[arg-type]
        fused = self.heard.fusion if "style" not in self.form and name != self.heard.fusion else ""
        self.set("fusion", fused, "words" if fused else "default")
        return styles.get(self.values["style"])

    def assumed_style(self) -> tuple[str, Source]:
        if hinted := self.heard.hinted_styles:
            fitting = (name for name in hinted if self.fit(styles.get(name)) > _UNFIT)
            return next(fitting, hinted[0]), "words"
        moods = self.values["moods"]
        weights = defaults.styles_for(moods) or dict(defaults.OPEN_STYLES)
        fits = {name: weight * self.fit(styles.get(name)) for name, weight in weights.items()}
        return defaults.pick(fits, self.chooser("style")), "mood" if moods else "seed"

    def fit(self, style: Style) -> float:
        """How well a style goes with what else was said: 1 … nearly 0."""
        fit = 0.001 if style.id in self.heard.denied_styles else 1.0
        tempo = self.form.get("tempo") or self.heard.tempo_number
        if tempo and not style.tempo[0] * 0.95 <= tempo <= style.tempo[1] * 1.05:
            fit *= _UNFIT
        elif not tempo and self.heard.tempo_terms:
            floor, ceiling = self.heard.tempo_terms[0]
            fit *= 1.0 if floor <= style.tempo[1] and style.tempo[0] <= ceiling else _UNFIT
        metre = self.form.get("metre") or self.heard.metre
        if metre and metre not in style.metres:
            fit *= _UNFIT
        target = self.form.get("energy", self.heard.energy)
        if target is not None:
            fit *= max(0.02, 1 - 2.5 * abs(target - style.energy))
        return fit

    def energy(self, style: Style) -> tuple[float, Source]:
        """Words for energy and moods draw the style's energy three fifths of the way: a calm metal is no lullaby."""
        said = self.heard.energies(style.id, with_moods="moods" not in self.form)
        for mood in self.values["moods"] if "moods" in self.form else ():
            said.append(("mood", defaults.MOOD_ENERGY[mood]))
        if not said:
            lean = 0.12 * self.heard.pace(style.id)
            return round(min(1.0, max(0.0, style.energy + lean)), 2), "words" if lean else "style"
        target = sum(value for _, value in said) / len(said)
        named = any(kind != "mood" for kind, _ in said)
        return round(0.4 * style.energy + 0.6 * min(1.0, max(0.0, target)), 2), "words" if named else "mood"

    def metre(self, style: Style) -> tuple[str, Source]:
        said = self.heard.metres
        if not said:
            return style.metres[0], "style"
        kept, dropped = said[0], next((other for other in said if other.used != said[0].used), None)
        in_thirds = kept.in_thirds and style.swing == 1.0
        if "metre" not in self.form:
            if kept.asked != kept.used and not in_thirds:
                self.remark("metre_unavailable", asked=kept.asked, used=kept.used)
            if dropped:
                self.remark("metre_conflict", kept=kept.used, dropped=dropped.asked)
        return "3/4" if in_thirds else kept.used, "words"

    def tempo(self, style: Style) -> tuple[float, Source]:
        heard, (low, high) = self.heard, self.heard.tempo_range(style.id, style.tempo)
        habit, source = self.habitual_tempo(style)
        if "tempo" in self.form:
            tempo: float = self.form["tempo"]
        elif heard.tempo_number is not None:
            tempo, source = heard.tempo_number, "words"
            for dropped in heard.tempo_rivals(tempo, low, high):
                self.remark("tempo_conflict", kept=plain(tempo), dropped=dropped)
        elif heard.tempo_terms:
            floor, ceiling = heard.tempo_terms[0]
            tempo, source = float(min(max(habit, floor), ceiling)), "words"
        else:
            for rival in heard.pace_rivals:
                self.remark("tempo_conflict", kept=heard.paces[0].text, dropped=rival.text)
            tempo = habit * heard.feel
            return float(round(min(max(tempo, MIN_TEMPO), MAX_TEMPO))), "words" if heard.feel != 1 else source
        used = min(max(tempo, MIN_TEMPO), MAX_TEMPO)
        if used != tempo:
            self.remark("tempo_clamped", asked=plain(tempo), used=plain(used))
        if not low * 0.97 <= used <= high * 1.03:
            bounds = {"low": plain(low), "high": plain(high)}
            self.remark("tempo_outside_style", tempo=plain(used), style=style.id, **bounds)
        return round(used, 2), source

    def habitual_tempo(self, style: Style) -> tuple[float, Source]:
        """Somewhere in the style's range: by words for pace, else by how energetic it is for the style."""
        low, high = self.heard.tempo_range(style.id, style.tempo)
        if self.heard.paces and self.heard.feel == 1:  # "slow" is slow even where the style knows but one tempo
            low, high = min(low, max(low / WIDER, SLOW)), max(high, min(high * WIDER, FAST))
        chance = self.chooser("tempo").uniform(-1, 1)
        source: Source = "seed"
        if self.heard.has_pace(style.id):
            place, source = self.heard.pace(style.id) + 0.08 * chance, "words"
        else:
            lean = 1.6 * (self.values["energy"] - style.energy)
            place = min(1.0, max(-1.0, lean + 0.35 * chance))
            source = "mood" if abs(lean) > 0.1 else source
        return float(round((low + high) / 2 + min(1.3, max(-1.3, place)) * (high - low) / 2)), source

    def mode(self, style: Style) -> tuple[str, Source]:
        said = self.heard.modes
        if said:
            return said[0], "words"
        if self.heard.implied_mode:
            return self.heard.implied_mode, "words"
        pull = defaults.mood_minor(self.values["moods"])
        if abs(pull) >= 0.5:
            wanted = "minor" if pull > 0 else "major"
            alike = {m: w for m, w in style.modes.items() if (m in defaults.MAJOR_LIKE) == (wanted == "major")}
            weights = alike if alike and wanted not in alike else {wanted: 1.0}
            return defaults.pick(weights, self.chooser("mode")), "mood"
        if self.heard.keys and "major" in style.modes:  # "in G" is G major, as musicians say it
            return "major", "words"
        return defaults.pick(style.modes, self.chooser("mode")), "seed" if len(style.modes) > 1 else "style"

    def tonic(self) -> tuple[str, Source]:
        keys = self.heard.keys
        if "tonic" not in self.form:
            for kept, dropped in self.heard.key_conflicts:
                self.remark("key_conflict", kept=kept, dropped=dropped)
        if keys:
            return keys[0].tonic, "words"
        major = self.values["mode"] in defaults.MAJOR_LIKE
        hands = styles.get(self.values["style"]).hands
        return defaults.pick(
            defaults.TONIC_WEIGHTS[hands][major], self.chooser(f"tonic/{self.values['style']}")
        ), "seed"

    def keep_tune(self, name: str, remark: str) -> None:
        """A given tune stays major or minor and in the metre of its file, whatever the words say; it is said."""
        if not self.tune or self.sources[name] == "tune":
            return
        settled, asked = by_tune.settled(name, self.tune, self.values), self.values[name]
        if settled != asked:
            self.remark(remark, kept=settled, dropped=asked)
            self.values[name], self.sources[name] = settled, "tune"

    def duration(self, style: Style) -> tuple[float, Source]:
        numbers, words = self.heard.durations, self.heard.lengths
        if not numbers:
            return (float(words[0].concept.seconds), "words") if words else (style.duration, "style")
        asked = numbers[0]
        used = min(max(asked, MIN_DURATION), MAX_DURATION)
        if "duration" not in self.form:
            if used != asked:
                self.remark("duration_clamped", asked=plain(asked), used=plain(used))
            for other in numbers[1:]:
                if other != asked:
                    self.remark("duration_conflict", kept=plain(used), dropped=plain(other))
            for word in words:
                if (word.concept.seconds > 120) != (asked > 60) and not 40 <= asked <= 150:
                    self.remark("duration_conflict", kept=plain(used), dropped=word.text)
        return used, "words"

    def loop(self) -> None:
        """Whether it goes round, and what comes before; of a piece that does not, nothing is set."""
        if self.form.get("loop", self.heard.loops):
            self.set("loop", True, "words")
            self.remarks += loops.settled(self.heard, self.form, self.values, self.sources, has_tune=bool(self.tune))
        elif self.form.get("intro"):
            self.remark("intro_alone")

    def cues(self, style: Style) -> None:
        """The moments to be met; nothing is set where there are none."""
        if asked := self.form.get("cues") or self.heard.cues:
            found, remarks = cues.settled(asked, self.values, self.sources, style)
            self.remarks += remarks
            if found:
                self.values["cues"], self.sources["cues"] = found, "form" if "cues" in self.form else "words"

    def arc(self) -> tuple[str, Source]:
        arc = self.heard.arc
        return (arc, "words") if arc else ("wave", "default")

    def course(self, style: Style) -> None:
        """The chords, sections and places that were asked for."""
        progression, room = self.heard.progression, self.bars()
        chords = numerals(progression, self.values["tonic"], self.values["mode"]) if progression else ()
        own = {
            kind: numerals(one, self.values["tonic"], self.values["mode"])[:MAX_CHORDS]
            for kind, one in self.heard.section_progressions.items()
        }
        sections = self.heard.sections
        places = self.heard.places(style.id, style.base)
        if self.tune:
            self.remarks += by_tune.remarks(self.tune, self.values, room)
            if sections or any(place.begins_section for place in places):
                self.remark("tune_form")
            sections, places = (), tuple(place for place in places if not place.begins_section)
        self.set("chords", chords[:MAX_CHORDS], "words" if chords else "default")
        self.set("section_chords", own, "words" if own else "default")
        self.set("sections", sections, "words" if sections else "default")
        self.set("places", places, "words" if places else "default")
        if len(chords) > room:
            self.remark("chords_crowded", asked=len(chords), used=room)
        if len(sections) > (fitting := max(1, room // 2)):
            self.remark("sections_cut", asked=len(sections), used=fitting)
        for place in places:
            if place.begins_section and not 1.5 <= float(place.where) / self.values["duration"] * room <= room - 3:
                self.remark("place_outside", asked=place.where, used=self.values["duration"])

    def bars(self) -> int:
        """How many whole bars the piece has at least."""
        return max(1, int(self.values["duration"] / bar_seconds(self.values["tempo"], self.values["metre"])))

    def band(self, style: Style) -> None:
        band = choose_band(self.heard, style, self.form)
        self.set("instruments", band.asked, "words" if band.asked else "default")
        present = {*self.values["instruments"], *(INSTRUMENTS[name].family for name in self.values["instruments"])}
        silenced = self.heard.silenced if self.values["fusion"] else ()
        excluded = tuple(dict.fromkeys([*band.excluded, *(name for name in silenced if name not in present)]))
        self.set("excluded", excluded, "words" if excluded else "default")
        self.played = band.words
        self.remarks += [remark for remark in band.remarks if remark not in self.remarks]

    def title(self) -> str:
        return titles.compose(
            language=self.heard.language,
            style=self.values["style"],
            moods=self.values["moods"],
            images=self.heard.images,
            seed=self.seed,
        )
