"""An order in words, for engines that read nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.words.hearing import hear

SET = ("form",)
UNDERSTOOD = ("form", "words", "mood", "style")


def in_english(brief: Brief, hears: Collection[str]) -> str:
    """The order for models that know English only: the person's own words if those are, else what was understood.

    ``hears``: the settings that the engine takes, of which those set in the form follow a person's own words.
    """
    if brief.language == "en":
        return ", ".join([" ".join(brief.prompt.split()), *_settings(brief, hears, SET)])
    return ", ".join(_settings(brief, hears, UNDERSTOOD))


def in_own_words(brief: Brief, hears: Collection[str]) -> str:
    """The order for models that know many languages: the person's words, and after them what was set in the form.

    ``hears``: the settings that the engine takes.
    """
    return ". ".join([" ".join(brief.prompt.split()), *_settings(brief, hears, SET)])


def wants_voice(brief: Brief) -> bool:
    """Whether the person's words ask for singing."""
    return hear(brief.prompt).vocal


def _settings(brief: Brief, hears: Collection[str], sources: Collection[str]) -> Iterator[str]:
    """Settings from these sources that the engine hears, as English phrases."""

    def is_given(name: str, field: str = "") -> bool:
        return name in hears and brief.sources.get(field or name) in sources

    if is_given("style"):
        yield styles.get(brief.style).name
    if is_given("moods") and brief.moods:
        yield " and ".join(brief.moods)
    if is_given("instruments") and brief.instruments:
        yield " and ".join(name.replace("_", " ") for name in brief.instruments)
    if is_given("excluded") and brief.excluded:
        yield "without " + " or ".join(name.replace("_", " ") for name in brief.excluded)
    if is_given("tempo"):
        yield f"{brief.tempo:g} bpm"
    if is_given("key", "tonic"):
        yield f"{brief.tonic} {brief.mode}"
    elif is_given("mode"):
        yield brief.mode
    if is_given("metre"):
        yield f"{brief.metre} time"
