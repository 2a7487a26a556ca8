"""What a person wants to happen at one place of the piece: a section there, a solo, somebody silent, another style."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from jobs.music.brief import Place
from jobs.music.composing.cast import Player, left_out, shared_part
from jobs.music.composing.form import Form
from jobs.music.composing.phrases import SOLO
from jobs.music.composing.plan import Plan
from jobs.music.composing.sections import kind_in
from jobs.music.instruments import INSTRUMENTS


def spans_at(where: str | float, plan: Plan) -> set[int]:
    """The sections that are meant: "start", "middle", "end", a kind, that which sounds at a second, or all "before …"
    or "after …" it (a kind: the first of it)."""
    spans = plan.form.spans
    whole = range(len(spans))
    when, _, kind = where.rpartition(" ") if isinstance(where, str) else ("", "", where)
    if (beat := _beat_of(kind, plan)) is not None:
        at = _at_beat(beat, plan.form)
        return set(range(at)) if when == "before" else set(range(at + 1, len(spans))) if when else {at}
    kinds = [span.kind for span in spans]
    kind = kind_in(kinds, str(kind))
    if kind not in kinds:
        return {"intro": {0}, "outro": {len(spans) - 1}}.get(kind, set()) if not when else set()
    first = kinds.index(kind)
    if when:
        return {index for index in whole if (index < first if when == "before" else index > first)}
    return {index for index in whole if kinds[index] == kind}


def _beat_of(place: str | float, plan: Plan) -> float | None:
    """The beat of a part of the piece or of a second; None for a kind of section."""
    landing = plan.form.landing
    if place in ("start", "middle", "end"):
        return {"start": 0.0, "middle": landing / 2, "end": landing}[str(place)]
    try:
        return plan.beats(float(place))
    except ValueError:
        return None


def _at_beat(beat: float, form: Form) -> int:
    return max((index for index, span in enumerate(form.spans) if span.start <= beat + 1e-6), default=0)


def with_soloists(players: Sequence[Player], places: Sequence[Place], excluded: Collection[str]) -> list[Player]:
    """The players and whoever is asked for a solo, does not lead anyway, and is not to be left out."""
    lead = next((one for one in players if one.part.role == "melody" and not one.part.doubles), None)
    added: list[Player] = []
    for place in places:
        instrument = INSTRUMENTS.get(place.name) if place.what == SOLO else None
        known = {one.instrument.id for one in (*added, *([lead] if lead else []))}
        if instrument is None or instrument.drums or instrument.id in known:
            continue
        part = lead.part if lead else shared_part("melody")
        part = replace(
            part,
            name=f"{instrument.id} solo",
            doubles="",
            same_as="",
            enter=0.0,
            until=1.01,
            velocity=part.velocity + 4,
        )
        soloist = Player(part, instrument, asked=True)
        if not left_out(soloist, excluded):
            added.append(soloist)
    return [*players, *added]


def silent(plan: Plan, players: Sequence[Player]) -> dict[str, set[int]]:
    """Part name → the sections in which it rests because of what was asked for."""
    rests: dict[str, set[int]] = {player.part.name: set() for player in players}
    for place in plan.brief.places:
        if place.what == "without":
            for player in players:
                if left_out(player, (place.name,)):
                    rests[player.part.name] |= spans_at(place.where, plan)
    _seat_soloists(plan, players, rests)
    return rests


def _seat_soloists(plan: Plan, players: Sequence[Player], rests: dict[str, set[int]]) -> None:
    """Who is asked for a solo plays the tune there and nowhere else; who leads rests meanwhile."""
    solos = [index for index, span in enumerate(plan.form.spans) if SOLO in span.kind]
    asked = [place.name for place in plan.brief.places if place.what == SOLO]
    singers = [one for one in players if one.part.role == "melody" and not one.part.doubles]
    soloists = [one for one in singers if one.part.name.endswith(" solo")]
    if not soloists:
        return
    everywhere = set(range(len(plan.form.spans)))
    seats = {index: asked[turn % len(asked)] for turn, index in enumerate(solos)}
    for one in soloists:
        rests[one.part.name] = everywhere - {index for index in solos if seats[index] == one.instrument.id}
    for one in singers:
        if one not in soloists:
            taken = {index for index in solos if any(index not in rests[other.part.name] for other in soloists)}
            rests[one.part.name] |= taken
