"""A job as the pages show it: the status of the JSON contract, what was understood in words, pictures, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from jobs import generators
from jobs.models import Job, State
from jobs.models.errors import message_for
from jobs.music.brief import Cue
from jobs.music.files.cover import Cover
from jobs.music.words.cues import written
from jobs.pages import labels, pictures
from jobs.pages.chips import Chip, chips, main_chips
from jobs.pages.remarks import remark_text
from jobs.progress.status import status_json
from jobs.queue import comparisons, exports, previews, revisions, variations

MOST_VARIATIONS = 12  # that a page shows
DOWNLOADS = ("audio", "midi", "flac", "wav", "stems", "layers", "lead-sheet.pdf", "musicxml")  # a line of the page each
HINTS: dict[str, str | Promise] = {  # what a format is good for
    "midi": gettext_lazy("the notes"),
    "flac": gettext_lazy("lossless"),
    "wav": gettext_lazy("lossless, for editing"),
    "stems": gettext_lazy("each instrument by itself"),
    "layers": gettext_lazy("for games, from calm to battle"),
    "lead-sheet.pdf": gettext_lazy("tune, chords and form"),
    "musicxml": gettext_lazy("all parts, for notation programs"),
}


_NOT_IN_SLUGS = re.compile(r"[^\w-]")


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a track: there, being made, failed, to be had for the asking, or not to be had.

    ``export`` is the job that makes it or made it, where it did not come with the track.
    """

    kind: str
    label: str
    url: str = ""  # "": not there
    size: int = 0  # bytes
    export: Track | None = None
    is_unavailable: bool = False  # the track is without a score of which it could be made
    sounds_otherwise: bool = False  # it has the notes of the track, and was played otherwise

    @property
    def hint(self) -> str | Promise:
        return HINTS.get(self.kind, "")

    @property
    def slug(self) -> str:
        """The kind as the end of an address."""
        return _NOT_IN_SLUGS.sub("_", self.kind)

    @property
    def state(self) -> str:
        """``ready``, ``live``, ``unavailable``, ``failed`` or ``offered``; one that was cancelled is offered again."""
        if self.url:
            return "ready"
        if self.is_unavailable and not (self.export and self.export.kind == "live"):
            return "unavailable"
        kind = self.export.kind if self.export else "cancelled"
        return "offered" if kind == "cancelled" else kind


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a piece, by its name in the current language."""

    name: str
    start: float  # seconds
    length: float  # seconds
    left: float  # where it begins, in percent of the piece
    width: float  # percent


def sections_of(sections: Iterable[Mapping[str, Any]], duration: float) -> list[Section]:
    """The sections of a piece of ``duration`` seconds, as a composer's facts name them, for people."""
    return [
        Section(
            name=str(labels.SECTIONS.get(section["name"], section["name"])),
            start=(start := float(section["start"])),
            length=(length := float(section["length"])),
            left=round(100 * start / duration, 2),
            width=round(100 * length / duration, 2),
        )
        for section in sections
    ]


class Track:
    """A job with what templates need of it; nothing is worked out before it is shown."""

    is_shared = False

    def __init__(self, job: Job) -> None:
        self.job = job

    @cached_property
    def status(self) -> dict[str, Any]:
        """The job's status as the API sends it."""
        return status_json(self.job)

    @property
    def kind(self) -> str:
        """What the page shows: ``live``, ``done``, ``failed`` or ``cancelled``."""
        if not self.job.is_finished:
            return "live"
        if self.job.state == State.DONE:
            return "done"
        return "cancelled" if self.job.is_cancelled else "failed"

    @property
    def is_heard_early(self) -> bool:
        """Whether its beginning can be heard while it is made."""
        return previews.is_heard_early(self.job)

    @cached_property
    def waveform(self) -> str:
        return pictures.waveform(self.job)

    @cached_property
    def cover(self) -> Cover:
        return pictures.cover(self.job)

    @property
    def length(self) -> str:
        """“1:00”: of the finished track, before that the length that it is to have; "" where neither is known."""
        seconds = self.job.duration or self.job.brief.get("duration")
        return labels.clock(seconds) if seconds else ""

    @property
    def summary(self) -> str:
        """“Lo-fi · 80 BPM · A minor”"""
        return " · ".join(chip.text for chip in self._played(main_chips(self.job.brief)[:3]))

    @property
    def chips(self) -> list[Chip]:
        """Everything that was understood."""
        return self._played(chips(self.job.brief))

    def _played(self, understood: Iterable[Chip]) -> list[Chip]:
        """What nobody asked for is played only by an engine that writes from the brief."""
        plays_all = generators.abilities_of(self.job.generator).plays_brief
        return [chip for chip in understood if plays_all or chip.origin != "chosen"]

    @property
    def lyrics(self) -> str:
        """What it was to sing; "" where nothing was given."""
        return str(self.job.brief.get("lyrics", ""))

    @property
    def remarks(self) -> list[str]:
        """What a person should know of how their words were read."""
        remarks = [(remark["code"], remark["values"]) for remark in self.job.brief.get("remarks", ())]
        first_engine = self.job.attempts.values_list("generator", flat=True).first() if self.job.attempt > 1 else None
        if first_engine and first_engine != self.job.generator:
            remarks.append(("engine_fallback", {"engine": first_engine, "used": self.job.generator}))
        remarks += [(remark["code"], remark["values"]) for remark in self.job.facts.get("heard", {}).get("remarks", ())]
        return [text for code, values in remarks if (text := remark_text(code, values))]

    @property
    def heard(self) -> list[tuple[str, str, str]]:
        """What is heard in a piece whose notes nobody has: what it is called, what is heard, and what our composer
        would have taken from the same words; nothing of our composer's own.
        """
        facts, brief = self.job.facts.get("heard"), self.job.brief
        if not facts:
            return []
        tempo = (
            gettext("about {tempo} BPM").format(tempo=round(facts["tempo"]))
            if facts["tempo"]
            else gettext("none clear")
        )
        key = labels.key_name(*facts["key"].split()) if facts["key"] else gettext("none clear")
        return [
            (gettext("Tempo"), tempo, f"{brief['tempo']:g} BPM"),
            (gettext("Key"), key, labels.key_name(brief["tonic"], brief["mode"])),
            (gettext("Length"), labels.clock(self.job.duration or 0), labels.clock(brief["duration"])),
            (gettext("Loudness as it came"), f"{facts['loudness']:.1f} LUFS".replace("-", "−"), ""),
        ]

    @property
    def engine(self) -> str:
        return labels.engine_name(self.job.generator)

    @cached_property
    def is_edited(self) -> bool:
        """Whether the piece was changed in parts before it was made: no other variation keeps that."""
        return revisions.is_edited(self.job)

    @cached_property
    def why_not_editable(self) -> str:
        """Why the finished track cannot be changed in parts; "" where it can."""
        return message_for(code) if (code := revisions.why_not(self.job)) else ""

    @cached_property
    def counterparts(self) -> list[Track]:
        """The same words by other engines."""
        return tracks(comparisons.counterparts(self.job))

    @cached_property
    def other_engines(self) -> list[tuple[str, str]]:
        """Engines of which the same words can be heard, too: alias and name."""
        made = {self.job.generator, *(other.job.generator for other in self.counterparts)}
        return [(alias, labels.engine_name(alias)) for alias in generators.aliases() if alias not in made]

    @property
    def rights(self) -> str:
        """Whose it is."""
        return labels.rights(self.job.generator)

    @property
    def share_has_ended(self) -> bool:
        """Whether there was a link to it, good until a time that is over."""
        return self.job.share_until is not None and self.job.share_until <= timezone.now()

    @property
    def can_vary_melody(self) -> bool:
        return variations.varies_melody(self.job) and not self.is_edited

    @property
    def sections(self) -> list[Section]:
        """The sections of the finished track; none where its engine names none."""
        return sections_of(self.job.facts.get("sections", ()), self.job.duration or 1)

    @property
    def band(self) -> list[tuple[str, str]]:
        """Who plays what: instrument, with the sound that stood in for it if one had to, and role."""
        stand_ins = self.job.facts.get("stand_ins", {})
        return [
            (_player(part, stand_ins), str(labels.ROLES.get(part["role"], part["role"])))
            for part in self.job.facts.get("parts", ())
        ]

    @property
    def audio_url(self) -> str:
        return self.file_url("audio")

    @property
    def roll_url(self) -> str:
        return self.file_url("roll")

    def file_url(self, kind: str) -> str:
        """The address of the track's file of that kind; "" where none came with it."""
        return reverse("track_file", args=[self.job.pk, kind]) if kind in self.job.files else ""

    @property
    def downloads(self) -> list[Download]:
        """The files that came with the track."""
        return [self._download(kind, self.job) for kind in DOWNLOADS if kind in self.job.files]

    @cached_property
    def formats(self) -> list[Download]:
        """The files of the track, and what was or can be exported of it, in the order of DOWNLOADS; then all else."""
        exported = {job.export_as: job for job in self.job.exports.all()}
        offered = exports.offered(self.job) + exports.unavailable(self.job)
        return [
            self._download(kind, exported.get(kind, self.job), Track(exported[kind]) if kind in exported else None)
            for kind in [*DOWNLOADS, *sorted(exported.keys() - set(DOWNLOADS))]
            if kind in self.job.files or kind in exported or kind in offered
        ]

    @property
    def more_formats(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What else can be made of it, in groups: the name of each format, and what people call it."""
        shown = {file.kind for file in self.formats}
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in exports.formats_of(self.job):
            if str(each) not in shown:
                group = gettext("To practise") if each.is_other_music else gettext("Sound")
                group = gettext("On paper") if each.is_on_paper else group
                groups.setdefault(group, []).append((str(each), exports.label(str(each))))
        return list(groups.items())

    @property
    def why_unavailable(self) -> str:
        """Why there are formats that cannot be made of the track; "" where there are none."""
        return message_for(exports.NO_SCORE) if any(file.state == "unavailable" for file in self.formats) else ""

    def _download(self, kind: str, holder: Job, export: Track | None = None) -> Download:
        if kind not in holder.files:
            lacks_score = kind in exports.unavailable(self.job)
            return Download(kind, exports.label(kind), export=export, is_unavailable=lacks_score)
        name, _mark, query = kind.partition("?")
        url = f"{reverse('track_file', args=[self.job.pk, name])}?{query}{'&' if query else ''}download=1"
        file = holder.files[kind]
        label = "MP3" if file["type"] == "audio/mpeg" else exports.label(kind)
        otherwise = export is not None and exports.sounds_otherwise(holder, self.job)
        return Download(kind, label, url, file["size"], export, sounds_otherwise=otherwise)

    @property
    def can_export(self) -> bool:
        """Whether another format can be made of the track."""
        return bool(exports.offered(self.job))

    @property
    def is_exporting(self) -> bool:
        """Whether an export of the track is being made."""
        return any(file.state == "live" for file in self.formats)

    @property
    def again_url(self) -> str:
        """The form with the same words and settings; without the seed, so that it becomes another piece."""
        settings = {name: value for name, value in self.job.options.items() if name not in ("seed", "title")}
        if settings.get("cues"):
            settings["cues"] = written([Cue(**cue) for cue in self.job.brief.get("cues", ())])
        if self.job.brief.get("tune"):
            settings["tune_of"] = self.job.pk
        if self.lyrics:  # too long for an address; with the engine that sang them
            settings |= {"lyrics_of": self.job.pk, "generator": self.job.generator}
        return f"{reverse('music')}?{urlencode({'prompt': self.job.prompt, **settings}, doseq=True)}"

    @cached_property
    def variations(self) -> list[Track]:
        """The latest pieces that were made out of this one."""
        pieces = self.job.variations.filter(deleted_at__isnull=True)
        return tracks(pieces.order_by("-created_at")[:MOST_VARIATIONS])

    @cached_property
    def original(self) -> Job | None:
        """The track that this one is a variation of, while that is there."""
        return Job.objects.filter(pk=self.job.variation_of_id, deleted_at__isnull=True).first()

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

    is_shared = True

    def file_url(self, kind: str) -> str:
        return reverse("shared_file", args=[self.job.share_token, kind]) if kind in self.job.files else ""


def _player(part: Mapping[str, str], stand_ins: Mapping[str, str]) -> str:
    """The instrument of a part, and the sound that plays it where its own was not to be had."""
    name = labels.instrument_name(part["instrument"])
    if played := stand_ins.get(part["name"]):
        return gettext("{instrument} (played on “{sound}”)").format(instrument=name, sound=played)
    return name


def tracks(jobs: Iterable[Job]) -> list[Track]:
    """Jobs as the pages show them."""
    return [Track(job) for job in jobs]
