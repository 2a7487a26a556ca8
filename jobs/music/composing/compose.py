"""From the brief to the score: plan, cast, write each part, play it with the groove, bring it to an end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from jobs.music import styles
from jobs.music.brief import Brief, Cue
from jobs.music.composing.arrange import answered, bars_of, loudness, rides
from jobs.music.composing.articulation import accented
from jobs.music.composing.bass import bass_line
from jobs.music.composing.cast import Player, cast, with_relief
from jobs.music.composing.comping import comp
from jobs.music.composing.counter import counter_line, room_made
from jobs.music.composing.cues import cued
from jobs.music.composing.drums import drum_line, kick_beats
from jobs.music.composing.edit import UNCHANGED, Edit
from jobs.music.composing.ending import FIRST_SOUND, last_notes, opening
from jobs.music.composing.expression import controls
from jobs.music.composing.form import Bar
from jobs.music.composing.groove import perform
from jobs.music.composing.looping import looped
from jobs.music.composing.melody import Tune, melody_range
from jobs.music.composing.places import silent, with_soloists
from jobs.music.composing.plan import Plan, make_plan
from jobs.music.composing.sections import standing_in
from jobs.music.composing.stated import lead_bars, stated, with_lead
from jobs.music.composing.statements import BRIDGES
from jobs.music.composing.turning import ending_like, joined, retuned, turn_of, turning_point
from jobs.music.score import Note, Part, Score, Section
from jobs.music.styles import Style
from jobs.music.styles.pattern import BAR_BEATS
from jobs.music.styles.reader import PartStyle

UNDER = 3  # semitones by which a tune lies under that of the refrain, where the style says nothing


def compose(brief: Brief, seed: int, melody_seed: int | None = None, edit: Edit = UNCHANGED) -> Score:
    """The piece that the brief orders; the same brief, seeds and edit give the same notes.

    ``melody_seed`` draws the tune and its second voice from another seed and leaves form, harmony, cast and
    accompaniment as they are. ``edit``: what a person has written over it. Raise KeyError for an unknown style.
    """
    plans, parts = _played(_Order.of(brief, seed, melody_seed, edit.as_played()))
    first, *others = (_composed(plan, played, edit) for plan, played in zip(plans, parts, strict=True))
    score = joined(first, others[0], turning_point(plans[0].form)) if others else first
    return _finished(edit.transposed(score), brief, plans[0].form.cues)


def plans_of(brief: Brief, seed: int, melody_seed: int | None = None, edit: Edit = UNCHANGED) -> tuple[Plan, ...]:
    """The plan of the piece; where it turns into another style, that of each style, over the same form."""
    return _planned(_Order.of(brief, seed, melody_seed, edit))


@dataclass(frozen=True, slots=True)
class _Order:
    """Told apart by all that is written in it: a brief holds mappings, which have no hash."""

    text: str
    brief: Brief = field(compare=False)
    seed: int = field(compare=False)
    melody_seed: int | None = field(compare=False)
    edit: Edit = field(compare=False)

    @classmethod
    def of(cls, brief: Brief, seed: int, melody_seed: int | None, edit: Edit) -> _Order:
        return cls(repr((brief, seed, melody_seed, edit)), brief, seed, melody_seed, edit)


@lru_cache(maxsize=16)  # a page, or a preview, asks for the piece as composed and as edited, again and again
def _planned(order: _Order) -> tuple[Plan, ...]:
    brief, seed, melody_seed, edit = order.brief, order.seed, order.melody_seed, order.edit
    turn = turn_of(brief)
    if turn is None:
        return (make_plan(brief, _landing(brief, styles.get(brief.style)), seed, melody_seed, edit),)
    start, end = (styles.get(name) for name in turn)
    plan = make_plan(brief, ending_like(start, end), seed, melody_seed, edit)
    other = standing_in(end, [span.kind for span in plan.form.spans])
    form = retuned(plan.form, start, other, brief)
    return plan, make_plan(replace(brief, fusion=""), other, seed, melody_seed, edit, form)


def _landing(brief: Brief, style: Style) -> Style:
    """A piece that meets the moments of a picture ends with its last chord."""
    return replace(style, ending="ring") if brief.cues and style.ending == "fade" else style


def _finished(score: Score, brief: Brief, cues: Sequence[Cue]) -> Score:
    """The score as it goes round, or meets its cues."""
    return cued(score, cues) if cues else looped(score, brief)


@dataclass(frozen=True, slots=True)
class Written:
    """What everybody plays, before a hand has played it: the bars and the notes of each part, by its name."""

    players: list[Player]
    playing: Mapping[str, list[Bar]]
    notes: Mapping[str, list[Note]]


def written(plan: Plan) -> Written:
    """The notes of a plan as its edit has them, in the key in which it is composed."""
    engaged = players_of(plan)
    players = plan.edit.cast(engaged)
    playing = lead_bars(plan, players, bars_of(plan, players))
    playing = {name: plan.edit.bars(plan.form, name, bars) for name, bars in playing.items()}
    return Written(players, playing, _written(plan, players, playing, answered(plan, engaged)))


@lru_cache(maxsize=4)  # the same notes are mixed again and again
def _played(order: _Order) -> tuple[tuple[Plan, ...], tuple[tuple[Part, ...], ...]]:
    """The plans of the piece and, by plan, all parts that have notes, before a fader or an octave is moved."""
    plans = _planned(order)
    return plans, tuple(tuple(_parts(plan)) for plan in plans)


def _parts(plan: Plan) -> Iterator[Part]:
    edit, lines, louder = plan.edit, written(plan), loudness(plan)
    for player in lines.players:
        name = player.part.name
        in_key = edit.in_key(lines.notes[name], player.instrument)
        played = perform(plan, player.part, in_key, player.instrument, edit.velocities(plan.form, name, louder))
        notes = accented(plan, player, played)
        if notes:
            yield _part(plan, player, notes, lines.playing[name])


def _composed(plan: Plan, parts: Sequence[Part], edit: Edit) -> Score:
    """The score of a plan, whose parts are mixed as the edit has it."""
    brief = plan.brief
    count, unit = map(int, brief.metre.split("/"))
    return Score(
        title=brief.title,
        parts=tuple(edit.part(part) for part in parts if edit.is_heard(part.name)),
        tempos=plan.form.tempos,
        metre=(count, unit),
        sections=tuple(
            Section(span.kind, span.start, span.length, span.bars, ride)
            for span, ride in zip(plan.form.spans, rides(plan), strict=True)
        ),
        chords=tuple(chord.chord() for chord in plan.chords),
        beats=plan.form.beats,
        duration=plan.form.seconds,
        tonic=brief.tonic_pitch_class,
        mode=brief.mode,
        fade_out=plan.form.fade_out,
        mix=plan.style.mix,
    )


def players_of(plan: Plan) -> list[Player]:
    """Who plays, before anybody has changed that."""
    brief = plan.brief
    if not plan.given:
        players = cast(plan.style, brief.instruments, brief.excluded, plan.stream("cast"))
        players = with_relief(players, brief.excluded, plan.stream("relief"))
        return with_soloists(players, brief.places, brief.excluded)
    excluded = [name for name in brief.excluded if name != "melody"]  # somebody has to play what was given
    return with_lead(cast(plan.style, brief.instruments, excluded, plan.stream("cast")), excluded)


def _written(
    plan: Plan, players: Sequence[Player], playing: dict[str, list[Bar]], leaving_room: Collection[int]
) -> dict[str, list[Note]]:
    """Each part's notes as written, by part name: those first to whom others listen.

    ``leaving_room``: the sections whose tune is answered, also where a person has silenced the answer.
    """
    written: dict[str, list[Note]] = {}
    kicks: list[float] = []
    melody: list[Note] = []
    spoken: list[Note] = []
    doubled: dict[str, list[Note]] = {}  # as written, what relieves somebody with what that one plays
    for player in sorted(players, key=lambda player: _turn(player.part)):
        part, bars = player.part, playing[player.part.name]
        heard = partial(_line, written=doubled, kicks=kicks, melody=melody, spoken=spoken)
        line = partial(heard, player=player, leaving_room=leaving_room)
        notes = plan.edit.line(plan, part.name, bars, line)
        if part.role == "drums" and not part.doubles:
            kicks = kick_beats(notes)
        elif part.role == "melody" and not part.doubles:
            melody = sorted(melody + notes)
        elif part.answers:
            spoken = sorted(spoken + notes)
        ends = bool(bars) and bars[-1].span == len(plan.form.spans) - 1
        has_ended = part.role == "melody" and plan.given
        if ends and plan.form.rests and not plan.form.fade_out and not part.doubles and not has_ended:
            notes = notes + last_notes(plan, player, notes)
        written[part.name] = notes
        doubled.setdefault(player.relieves or part.name, []).extend(notes)
    _begin(plan, players, written)
    return written


def _turn(part: PartStyle) -> int:
    """When a part is written: drums and melody first, then who answers the tune; what doubles others last."""
    return 4 if part.doubles else {"drums": 0, "melody": 1}.get(part.role, 2 if part.answers else 3)


def _line(
    plan: Plan,
    bars: list[Bar],
    *,
    player: Player,
    written: Mapping[str, list[Note]],
    kicks: Sequence[float],
    melody: Sequence[Note],
    spoken: Sequence[Note],
    leaving_room: Collection[int],
) -> list[Note]:
    """What a part plays in these bars; ``written``: the parts before it.

    ``spoken``: what another family answers the tune; ``leaving_room``: the sections in which it may.
    """
    part = player.part
    if not bars:
        return []
    if part.doubles:
        return _doubled(written.get(part.doubles, []), player, bars)
    if part.role == "drums":
        return drum_line(plan, bars)
    if part.role == "melody":
        sung = _sung(plan, player, bars)
        return sung if plan.given else room_made(plan, [bar for bar in bars if bar.span in leaving_room], sung)
    if part.role == "counter":
        return counter_line(plan, part, bars, melody, () if part.answers else spoken)
    if part.role == "bass":
        return bass_line(plan, part, bars, kicks)
    return comp(plan, part, bars, player.instrument)


def _sung(plan: Plan, player: Player, bars: Sequence[Bar]) -> list[Note]:
    """The tune over all sections that have one; where one was given, only a bridge and a new section have another."""
    notes: list[Note] = stated(plan, plan.given, player.instrument, bars) if plan.given else []
    tunes: dict[int, Tune] = {}
    for index, span in enumerate(plan.form.spans):
        inside = [bar for bar in bars if bar.span == index]
        has_another = span.kind in BRIDGES or plan.edit.is_new(index)
        if plan.given and (plan.given.states(span.start) or not has_another):
            continue
        lift = _lift(plan, span.kind)
        if lift not in tunes:
            tunes[lift] = Tune(plan, *melody_range(plan, player.instrument, lift), player.instrument)
        if inside:
            sung = tunes[lift].span(span, inside)
            notes += [note for note in sung if note.start >= span.start] if plan.given else sung
    return sorted(notes) if plan.given else notes


def _lift(plan: Plan, kind: str) -> int:
    """Semitones by which the tune lies higher in such a section; what leads to the refrain lies under it."""
    style = plan.style
    own, core = style.kinds[kind], style.kinds[style.core]
    return own.lift if own.lift or own.theme == core.theme else core.lift - UNDER


def _doubled(notes: Sequence[Note], player: Player, bars: Sequence[Bar]) -> list[Note]:
    """Another part's notes in these bars, so many octaves away and a little softer."""
    edges = [(bar.start, bar.start + bar.length) for bar in bars]
    up = 12 * player.part.octave
    kept = []
    for start, end in edges:
        kept += [note for note in notes if start - 1e-6 <= note.start < end - 1e-6]
    return [Note(note.start, note.length, note.pitch + up, note.velocity - 10) for note in kept]


def _begin(plan: Plan, players: Sequence[Player], written: dict[str, list[Note]]) -> None:
    """Where nothing sounds at the beginning, the first accompanist strikes the first chord."""
    earliest = min((note.start for notes in written.values() for note in notes), default=BAR_BEATS["4/4"])
    if earliest <= plan.beats(FIRST_SOUND):
        return
    pitched = [
        player
        for player in players
        if player.part.role not in ("drums", "effects") and not plan.edit.is_silent(0, player.part.name)
    ]
    if not pitched:
        return
    rests = silent(plan, players)
    pitched = [player for player in pitched if 0 not in rests[player.part.name]] or pitched
    first = next((player for player in pitched if player.part.role not in ("melody", "counter")), pitched[0])
    written[first.part.name] = opening(plan, first) + written[first.part.name]


def _part(plan: Plan, player: Player, notes: list[Note], bars: Sequence[Bar]) -> Part:
    style = player.part
    return Part(
        name=style.name,
        role=style.role,
        instrument=player.instrument.id,
        notes=tuple(notes),
        controls=controls(plan, player, notes, bars),
        pan=style.pan,
        gain_db=style.gain_db,
        reverb=style.reverb,
        chorus=style.chorus,
    )
