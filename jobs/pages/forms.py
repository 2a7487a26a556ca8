"""The forms that order music: what to make, and what to make of a track."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from jobs import generators
from jobs.models import Job
from jobs.models.text import printable, unprintable
from jobs.music.brief import (
    LAYERS,
    MASTERS,
    MAX_DURATION,
    MAX_INTRO,
    MAX_TEMPO,
    METRES,
    MIN_DURATION,
    MIN_TEMPO,
    MODES,
    MOODS,
    TONICS,
    Brief,
)
from jobs.music.files.midi_tune import read_tune
from jobs.music.given import BadTune
from jobs.music.text import is_visible, one_line
from jobs.music.words.understand import understand
from jobs.pages import labels
from jobs.pages.engines import Engine, EngineSelect, engines, label_of
from jobs.pages.fields import ComposedField, CuesField, Picks, Switch, WordsField
from jobs.pages.lyrics_form import LyricsForm
from jobs.queue.orders import MAX_SEED, NOT_HEARD, remarks_on_singing
from jobs.queue.variations import CHANGES

ANY = ("", _("Choose for me"))
NO_OPTIONS = ("prompt", "change", "idempotency", "draw", "count", "tune_of")
MOST = 4  # pieces from one order


def plain(value: Any) -> Any:
    """80.0 → 80: the same order however it was written."""
    return int(value) if isinstance(value, float) and value == int(value) else value


class SettingsForm(forms.Form):
    """What can be set beside the words; all of it may be left open.

    The hidden ``idempotency`` makes one job of a form that is sent twice; with other contents, it is another order.
    """

    LINES: ClassVar[tuple[str, ...]] = (
        "style",
        "duration",
        "tempo",
        "key",
        "mode",
        "metre",
        "master",
        "loop",
        "intro",
        "layers",
    )  # settings that are a line each
    PICKS: ClassVar[tuple[str, ...]] = (
        "moods",
        "instruments",
        "excluded",
        "formats",
    )  # settings of which one takes as many as one likes

    style = forms.ChoiceField(label=_("Style"), required=False)
    duration = forms.FloatField(
        label=_("Length in seconds"),
        required=False,
        min_value=MIN_DURATION,
        max_value=MAX_DURATION,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "placeholder": "60", "list": "lengths"}),
    )
    tempo = forms.FloatField(
        label=_("Tempo in BPM"),
        required=False,
        min_value=MIN_TEMPO,
        max_value=MAX_TEMPO,
        widget=forms.NumberInput(attrs={"step": 1, "inputmode": "numeric", "placeholder": "90"}),
    )
    key = forms.ChoiceField(label=_("Key"), required=False)
    mode = forms.ChoiceField(label=_("Mode"), required=False)
    metre = forms.ChoiceField(label=_("Metre"), required=False, choices=[ANY, *((metre, metre) for metre in METRES)])
    master = forms.ChoiceField(
        label=_("Loudness"),
        required=False,
        choices=[("", labels.MASTERS["standard"]), *((m, labels.MASTERS[m]) for m in MASTERS if m != "standard")],
    )
    loop = forms.BooleanField(
        label=_("Loop without a seam"),
        required=False,
        help_text=_("For games: it ends where it begins, in whole bars, and goes round without a gap."),
        widget=Switch,
    )
    intro = forms.IntegerField(
        label=_("Bars before the loop"),
        required=False,
        min_value=0,
        max_value=MAX_INTRO,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "0"}),
    )
    layers = forms.TypedChoiceField(
        label=_("Layers for games"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(("" if number == LAYERS[0] else number), number) for number in LAYERS],
        help_text=_("Intensities from calm to battle, when you export the finished track as layers."),
    )
    cues = CuesField(
        label=_("Moments to meet"),
        required=False,
        max_length=2000,
        help_text=_("Of a film or a game: 0:12, 0:31 drop, 0:45.5 calm. Sections begin and accents fall there."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "0:12, 0:31 drop"}),
    )
    moods = forms.MultipleChoiceField(label=_("Mood"), required=False, widget=forms.CheckboxSelectMultiple)
    instruments = forms.MultipleChoiceField(label=_("Instruments"), required=False, widget=forms.CheckboxSelectMultiple)
    excluded = forms.MultipleChoiceField(label=_("Without"), required=False, widget=forms.CheckboxSelectMultiple)
    formats = forms.MultipleChoiceField(
        label=_("Also as"),
        required=False,
        choices=[("flac", "FLAC"), ("wav", "WAV"), ("stems", _("Stems"))],
        widget=forms.CheckboxSelectMultiple,
    )
    idempotency = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("style", [ANY, *labels.style_choices()])
        self._choices("key", [ANY, *((tonic, labels.tonic_name(tonic)) for tonic in TONICS)])
        self._choices("mode", [ANY, *((mode, labels.MODES[mode]) for mode in MODES)])
        self._choices("moods", [(mood, labels.MOODS[mood]) for mood in MOODS])
        self._choices("instruments", labels.instrument_groups())
        self._choices("excluded", list(labels.FAMILIES.items()))
        self.fields["idempotency"].initial = uuid.uuid4().hex

    def _choices(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_duration(self) -> Any:
        return plain(self.cleaned_data["duration"])

    def clean_loop(self) -> bool | None:
        """A switch that is off leaves it to the words."""
        return self.cleaned_data["loop"] or None

    def clean_tempo(self) -> Any:
        return plain(self.cleaned_data["tempo"])

    @property
    def options(self) -> dict[str, Any]:
        """What was set, as ``orders.submit`` takes it; only after ``is_valid``."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in NO_OPTIONS and value not in (None, "", [])
        }

    @property
    def order_key(self) -> str:
        """Idempotency key: of this form with these contents; only after ``is_valid``."""
        contents = {name: value for name, value in self.cleaned_data.items() if name != "idempotency"}
        digest = hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()
        return f"{self.cleaned_data['idempotency']}-{digest[:32]}"

    @property
    def tuning(self) -> list[forms.BoundField]:
        """The fields of LINES that this form has, bound."""
        return [self[name] for name in self.LINES if name in self.fields]

    @property
    def picks(self) -> list[Picks]:
        """The fields of PICKS, with their choices."""
        return [Picks.of(self[name]) for name in self.PICKS]

    @property
    def is_tuned(self) -> bool:
        """Whether a setting has a value or an error, so that the settings should be open."""
        fields = [*self.tuning, self["cues"], *(picks.field for picks in self.picks)]
        return any(field.errors or (field.name != "generator" and field.value()) for field in fields)


class MusicForm(LyricsForm, SettingsForm):
    """An order: the words, and settings."""

    LINES: ClassVar[tuple[str, ...]] = (*SettingsForm.LINES, "seed", "generator")

    prompt = ComposedField(
        label=_("Music prompt"),
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "placeholder": _("calm lo-fi piano, 80 bpm, A minor, 60 seconds")}
        ),
        error_messages={"required": _("Describe the music in a few words.")},
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=MAX_SEED,
        help_text=_("The same words with the same seed make the same piece."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    melody = forms.FileField(
        label=_("Your own melody"),
        required=False,
        allow_empty_file=True,
        help_text=_("A MIDI file of at most 200 kB. The lead plays it as it is; the rest is made around it."),
        widget=forms.FileInput(attrs={"accept": ".mid,.midi,.kar,audio/midi,audio/x-midi"}),
    )
    tune_of = forms.UUIDField(required=False)
    generator = forms.ChoiceField(label=_("Engine"), required=False, widget=EngineSelect)
    count = forms.TypedChoiceField(
        label=_("How many"),
        required=False,
        choices=[(number, str(number)) for number in range(1, MOST + 1)],
        coerce=int,
        empty_value=None,
        initial=1,
        widget=forms.RadioSelect,
    )
    unheard = WordsField(label=_("Left aside"), required=False)
    draw = forms.IntegerField(required=False, min_value=0, max_value=MAX_SEED, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earlier: Job | None = None  # the track whose tune is taken, where no other is sent
        self.fields["draw"].initial = secrets.randbelow(MAX_SEED + 1)
        self.fields["prompt"].widget.attrs["maxlength"] = settings.MAX_PROMPT
        self.engines: list[Engine] = []
        if len(generators.aliases()) > 1:
            self.engines = engines()
            self._choices("generator", [(engine.alias, label_of(engine)) for engine in self.engines])
            self.fields["generator"].initial = settings.GENERATOR
            self.fields["generator"].widget.engines = {engine.alias: engine for engine in self.engines}
        else:
            del self.fields["generator"]

    @property
    def options(self) -> dict[str, Any]:
        """As the parent's, with the seed that the form drew where nobody set one: what was shown is what is made.

        The tune is that of an earlier track where no other came with the form.
        """
        draw = self.cleaned_data.get("draw")
        tune = {"melody": self.earlier.brief["tune"]} if self.earlier else {}
        if draw is None or "seed" not in generators.abilities_of(self.engine).hears:
            return {**tune, **super().options}
        return {"seed": draw, **tune, **super().options}

    @property
    def engine(self) -> str:
        """The alias of the engine that is chosen; only after ``is_valid``."""
        return str(self.cleaned_data.get("generator") or settings.GENERATOR)

    @property
    def kept(self) -> dict[str, Any]:
        """What the next form may begin with: all but what belongs to this one piece; only after ``is_valid``."""
        one_piece = ("seed", "title", "unheard", "melody", "lyrics", "cues")
        settings = {name: value for name, value in super().options.items() if name not in one_piece}
        return {**settings, "count": self.pieces} if self.pieces > 1 else settings

    @property
    def to_save(self) -> dict[str, Any]:
        """What a saved prompt keeps beside the words: all that was set but a melody; only after ``is_valid``."""
        settings = {name: value for name, value in super().options.items() if name != "melody"}
        return {**settings, "count": self.pieces} if self.pieces > 1 else settings

    @property
    def pieces(self) -> int:
        """How many pieces to make; only after ``is_valid``."""
        return self.cleaned_data["count"] or 1

    def clean_melody(self) -> dict[str, Any] | None:
        """The tune of the file, JSON-ready."""
        file = self.cleaned_data["melody"]
        if file is None:
            return None
        try:
            return read_tune(file.read(), printable(one_line(file.name))).to_json()
        except BadTune as error:
            raise forms.ValidationError(_(str(error))) from error

    def clean_tune_of(self) -> str:
        return str(self.cleaned_data["tune_of"] or "")

    @property
    def is_tuned(self) -> bool:
        return super().is_tuned or bool(self["melody"].errors)

    @property
    def brief(self) -> Brief | None:
        """What is understood so far, of a form that may be unfinished or wrong; None where nothing is said yet."""
        self.is_valid()
        prompt = str(self.cleaned_data.get("prompt", ""))
        options = {name: value for name, value in self.options.items() if name not in NOT_HEARD}
        if not prompt.strip() and not options:
            return None
        try:
            brief = understand(prompt, options, self.options.get("seed", 0))
        except ValueError:
            return None
        abilities, lyrics = generators.abilities_of(self.engine), str(self.cleaned_data.get("lyrics", ""))
        return replace(brief, remarks=tuple(remarks_on_singing(brief.remarks, self.engine, abilities, lyrics)))

    @classmethod
    def prefilled(cls, query: Mapping[str, Any], last_settings: Mapping[str, Any] | None = None) -> MusicForm:
        """An unbound form with whatever of a link's query it understands, else with the settings of the last order.

        ``last_settings``: ``kept`` of the form of that order.
        """
        form = cls()
        if not set(query) & (set(form.fields) - {"prompt"}):
            form.initial.update(last_settings or {})
        for name, field in form.fields.items():
            values = query.getlist(name) if hasattr(query, "getlist") else query.get(name, [])
            if name not in ("idempotency", "draw", "melody") and values:
                form.initial[name] = values if isinstance(field, forms.MultipleChoiceField | WordsField) else values[0]
        form.initial["prompt"] = form.initial.get("prompt", "")[: settings.MAX_PROMPT]
        tonic, blank, mode = form.initial.get("key", "").partition(" ")  # an order by the API may say "A minor"
        if blank:
            form.initial.update(key=tonic, mode=mode)
        return form

    def clean_prompt(self) -> str:
        prompt: str = self.cleaned_data["prompt"].replace("\r\n", "\n")  # as the browser counted it
        if len(prompt) > settings.MAX_PROMPT:
            raise forms.ValidationError(
                _("At most %(limit)d characters, please; these are %(length)d."),
                params={"limit": settings.MAX_PROMPT, "length": len(prompt)},
            )
        if unprintable(prompt):
            raise forms.ValidationError(_("Control characters are not allowed."))
        if not is_visible(prompt):
            raise forms.ValidationError(self.fields["prompt"].error_messages["required"])
        return prompt


class VariationForm(SettingsForm):
    """What to make of a track: ``change`` is one of ``variations.CHANGES``; settings go over those of the track."""

    LINES: ClassVar[tuple[str, ...]] = ("style", "duration", "tempo", "key", "mode", "master")
    PICKS: ClassVar[tuple[str, ...]] = ("formats",)

    change = forms.ChoiceField(choices=[(change, change) for change in CHANGES], widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("master", [("", _("As it is")), *labels.MASTERS.items()])
