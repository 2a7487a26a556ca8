"""Who plays: the instruments asked for, and what is to be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.music.brief import Remark
from jobs.music.instruments import INSTRUMENTS
from jobs.music.styles import Style
from jobs.music.words.form import FAMILIES
from jobs.music.words.hearing import Heard
from jobs.music.words.timing import Said
from jobs.music.words.vocabulary import Concept, vocabulary


@dataclass(frozen=True, slots=True)
class Band:
    """Ids asked for, ids and families excluded, and what had to be decided."""

    asked: tuple[str, ...]
    excluded: tuple[str, ...]
    remarks: tuple[Remark, ...]
    words: Mapping[str, str]  # id → what asked for it


def choose_band(heard: Heard, style: Style, form: Mapping[str, Any]) -> Band:
    """Settle wishes and refusals: the form over the words, a named instrument over its family, else the first."""
    remarks: list[Remark] = []
    wishes = _wishes(heard, style, remarks)
    refusals = {name: said for said in heard.denied for name in _refused(said.concept)}
    families = {name: said for name, said in refusals.items() if name in FAMILIES}
    asked: list[str] = []
    excluded = list(refusals)
    if "excluded" in form:
        excluded = list(form["excluded"])
        wishes = {id_: said for id_, said in wishes.items() if not _covers(excluded, id_)}
    if "instruments" in form:
        asked = list(form["instruments"])
        for id_ in asked:
            excluded = _without(excluded, id_)
    else:
        for id_, said in wishes.items():
            refused = next((name for name in excluded if _covers([name], id_)), None)
            refusal = refusals[refused] if refused in refusals else families.get(INSTRUMENTS[id_].family)
            if refused is None or refusal is None:
                asked.append(id_)
            elif id_ not in refusal.concept.excludes and said.concept.id and _is_loose(refusal.concept):
                asked.append(id_)
                excluded = _without(excluded, id_)
            elif said.implied:  # "hip hop beat, no 808"
                continue
            elif said.at < refusal.at:
                asked.append(id_)
                excluded = _without([name for name in excluded if refusals.get(name) is not refusal], id_)
                remarks.append(Remark("instrument_conflict", {"kept": id_, "dropped": refused}))
            else:
                remarks.append(Remark("instrument_conflict", {"kept": refused, "dropped": id_}))
    if heard.only_items and "excluded" not in form and asked:
        present = {INSTRUMENTS[id_].family for id_ in asked}
        excluded += [family for family in FAMILIES if family not in present and family not in excluded]
    words = {id_: wishes[id_].text for id_ in asked if id_ in wishes}
    return Band(tuple(asked), tuple(excluded), tuple(remarks), words)


def _wishes(heard: Heard, style: Style, remarks: list[Remark]) -> dict[str, Said]:
    """id → the word that asked for it, in the order of the text; more specific words win a shared id."""
    wishes: dict[str, Said] = {}
    for said in heard.wanted:
        concepts = [said.concept] if said.concept.kind == "instrument" else []
        if said.concept.only or not heard.only_items:
            concepts += [vocabulary().words[word] for word in said.concept.instruments]
        for concept in concepts:
            id_ = concept.instrument(style.id, style.base)
            if id_:
                implied = concept is not said.concept
                wishes.setdefault(id_, Said(concept, said.text, said.degree, said.at, implied=implied))
            if id_ and concept.near and said.concept is concept:
                remarks.append(Remark("instrument_unavailable", {"asked": said.text, "used": id_}))
    return wishes


def _refused(concept: Concept) -> tuple[str, ...]:
    if concept.kind in ("instrument", "vocal"):
        return concept.excludes
    # "no rock ballad" refuses no guitar, "no piano music" the piano
    words = [word for word in concept.instruments if concept.kind != "style" or word == concept.style]
    return tuple(name for word in words for name in vocabulary().words[word].excludes)


def _is_loose(concept: Concept) -> bool:
    return any(name in FAMILIES for name in concept.excludes)


def _covers(excluded: list[str], id_: str) -> bool:
    return id_ in excluded or INSTRUMENTS[id_].family in excluded


def _without(excluded: list[str], id_: str) -> list[str]:
    """The exclusions less one instrument: its family gives way to the others of the family.

    But for the one with the family's own name ("strings"): to exclude that would exclude the family again.
    """
    family = INSTRUMENTS[id_].family
    kept: list[str] = []
    for name in excluded:
        if name == family:
            others = (other.id for other in INSTRUMENTS.values() if other.family == family)
            kept += [other for other in others if other != id_ and other not in FAMILIES]
        elif name != id_:
            kept.append(name)
    return list(dict.fromkeys(kept))
