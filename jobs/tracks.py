"""A job as the pages show it: the status of the JSON contract, what was understood in words, pictures, links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import generators, pictures, words
from jobs.errors import message_for
from jobs.models import Job, State
from jobs.status import status_json

ASKED = ("form", "words")  # sources of a brief's field that are the person's own
DOWNLOADS: dict[str, str | Promise] = {
    "audio": gettext_lazy("Audio"),
    "flac": "FLAC",
    "wav": "WAV",
    "midi": gettext_lazy("MIDI"),
    "stems": gettext_lazy("Stems"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood; ``assumed`` if nobody asked for it."""

    name: str | Promise
    text: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Download:
    url: str
    label: str | Promise
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    start: float  # seconds


class Track:
    """A job with what templates need of it; nothing is worked out before it is shown."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @cached_property
    def status(self) -> dict[str, Any]:
        return status_json(self.job)

    @property
    def kind(self) -> str:
        """What the page shows: ``live``, ``done``, ``failed`` or ``cancelled``."""
        if not self.job.is_finished:
            return "live"
        if self.job.state == State.DONE:
            return "done"
        return "cancelled" if self.job.is_cancelled else "failed"

    @cached_property
    def waveform(self) -> str:
        return pictures.waveform(self.job)

    @cached_property
    def cover(self) -> pictures.Cover:
        return pictures.cover(self.job)

    @property
    def length(self) -> str:
        """“1:00”: of the finished track, before that the length that it is to have; "" where neither is known."""
        seconds = self.job.duration or self.job.brief.get("duration")
        return words.clock(seconds) if seconds else ""

    @property
    def summary(self) -> str:
        """“Lo-fi · 80 BPM · A minor”"""
        return " · ".join(chip.text for chip in self._told(_main_chips(self.job.brief))[:3])

    @property
    def chips(self) -> list[Chip]:
        """Everything that was understood."""
        return self._told([*_main_chips(self.job.brief), *_band_chips(self.job.brief)])

    def _told(self, chips: Iterable[Chip]) -> list[Chip]:
        """What nobody asked for is played only by an engine that writes from the brief."""
        plays_all = generators.abilities_of(self.job.generator).plays_brief
        return [chip for chip in chips if plays_all or not chip.assumed]

    @property
    def remarks(self) -> list[str]:
        """What a person should know of how their words were read."""
        told = [(one["code"], one["values"]) for one in self.job.brief.get("remarks", ())]
        first = self.job.attempts.values_list("generator", flat=True).first() if self.job.attempt > 1 else None
        if first and first != self.job.generator:
            told.append(("engine_fallback", {"engine": first, "used": self.job.generator}))
        return [text for code, values in told if (text := words.remark_text(code, values))]

    @property
    def engine(self) -> str:
        return words.engine_name(self.job.generator)

    @property
    def can_vary_melody(self) -> bool:
        return generators.abilities_of(self.job.generator).varies_melody

    @property
    def sections(self) -> list[Section]:
        return [
            Section(str(words.SECTIONS.get(one["name"], one["name"])), float(one["start"]))
            for one in self.job.facts.get("sections", ())
        ]

    @property
    def band(self) -> list[tuple[str, str]]:
        """Who plays what: instrument and role."""
        return [
            (words.instrument_name(part["instrument"]), str(words.ROLES.get(part["role"], part["role"])))
            for part in self.job.facts.get("parts", ())
        ]

    @property
    def audio_url(self) -> str:
        return self.file_url("audio")

    @property
    def roll_url(self) -> str:
        return self.file_url("roll")

    def file_url(self, kind: str) -> str:
        return reverse("track_file", args=[self.job.pk, kind]) if kind in self.job.files else ""

    @property
    def downloads(self) -> list[Download]:
        return [
            Download(f"{self.file_url(kind)}?download=1", label, self.job.files[kind]["size"])
            for kind, label in DOWNLOADS.items()
            if kind in self.job.files
        ]

    @property
    def again_url(self) -> str:
        """The form with the same words and settings; without the seed, so that it becomes another piece."""
        settings = {name: value for name, value in self.job.options.items() if name not in ("seed", "title")}
        return f"{reverse('music')}?{urlencode({'prompt': self.job.prompt, **settings}, doseq=True)}"

    @cached_property
    def variations(self) -> list[Job]:
        """The latest pieces that were made out of this one."""
        made = self.job.variations.filter(deleted_at__isnull=True)
        return list(made.order_by("-created_at").only("pk", "title")[:20])

    @cached_property
    def original(self) -> Job | None:
        """What it is a variation of, while that is there."""
        origin = self.job.variation_of
        return origin if origin and origin.deleted_at is None else None

    @cached_property
    def attempts(self) -> list[dict[str, Any]]:
        """Every try in plain words, the latest first; nothing where the first one went well."""
        attempts = list(self.job.attempts.all())
        if len(attempts) == 1 and self.kind == "done":
            return []
        return [
            {
                "number": attempt.number,
                "started_at": attempt.started_at,
                "outcome": attempt.get_outcome_display(),
                "message": message_for(attempt.error_code, attempt.error_message) if attempt.error_code else "",
            }
            for attempt in reversed(attempts)
        ]


class SharedTrack(Track):
    """A track as whoever has its link sees it: its files have addresses below the link."""

    def file_url(self, kind: str) -> str:
        return reverse("shared_file", args=[self.job.share_token, kind]) if kind in self.job.files else ""


def tracks(jobs: Iterable[Job]) -> list[Track]:
    return [Track(job) for job in jobs]


def _main_chips(brief: dict[str, Any]) -> Iterator[Chip]:
    if not brief:
        return
    shown = (
        ("style", _("Style"), words.style_name(brief["style"])),
        ("tempo", _("Tempo"), _("{tempo} BPM").format(tempo=f"{brief['tempo']:g}")),
        ("tonic", _("Key"), words.key_name(brief["tonic"], brief["mode"])),
        ("duration", _("Length"), words.clock(brief["duration"])),
        ("metre", _("Metre"), brief["metre"]),
    )
    for field, name, text in shown:
        yield Chip(name, text, _assumed(brief, field))


def _band_chips(brief: dict[str, Any]) -> Iterator[Chip]:
    for mood in brief.get("moods", ()):
        yield Chip(_("Mood"), str(words.MOODS.get(mood, mood)), _assumed(brief, "moods"))
    for instrument in brief.get("instruments", ()):
        yield Chip(_("Instrument"), words.instrument_name(instrument), _assumed(brief, "instruments"))
    for name in brief.get("excluded", ()):
        yield Chip(_("Without"), words.excluded_name(name), _assumed(brief, "excluded"))


def _assumed(brief: dict[str, Any], field: str) -> bool:
    return brief.get("sources", {}).get(field) not in ASKED
