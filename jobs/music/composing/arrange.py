"""The arrangement: which part plays in which bars, how loud each bar is."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.music.composing.cast import Player
from jobs.music.composing.form import Bar, Span
from jobs.music.composing.moods import touch
from jobs.music.composing.places import silent
from jobs.music.composing.plan import Plan

FRAME = ("chords", "pad", "arpeggio")  # a section needs one of these
ENTERING = ("chords", "pad", "arpeggio", "bass", "drums")
FILLING = ("pad", "arpeggio")
SONG = ("verse", "outro")  # themes that one voice sings, as it sings the refrain
LATE = 0.2  # how many of the players wait in a first section with staggered entries
LIFT, THIN = 0.12, 0.2  # rise of intensity that is prepared; how many of the fillers make room before it
RANGE = 36  # velocity between the quietest and the loudest section
PHRASE = (0.0, -1.5, 0.5, -0.5, 0.5, -1.0, 2.0, 0.5)  # velocity by place among eight bars
BUILD = 4  # bars over which a section grows into a louder one
GROWTH, MOST = 10, 4.0  # velocity gained there for each unit by which the intensity rises, and at most
RIDE, FURTHEST = 6.0, 1.5  # dB for each unit by which a section is more intense than the piece, and at most
NORMAL = 0.6  # intensity at which the written loudness holds


def bars_of(plan: Plan, players: Sequence[Player]) -> dict[str, list[Bar]]:
    """Part name → the bars in which it plays, the last one (where all come to rest) not among them."""
    playing = {player.part.name: set[int]() for player in players}
    for index, span in enumerate(plan.form.spans):
        present = [player for player in players if _plays(plan, player, span)]
        if not any(player.part.role in FRAME for player in present):
            present += _quietest(plan, [player for player in players if player.part.role in FRAME], span)
        for player in present or players[:1]:
            playing[player.part.name].add(index)
    for rests in (silent(plan, players), _relieved(plan, players)):
        for name, sections in rests.items():
            playing[name] -= sections
    faded = plan.form.fade_out > 0
    return {
        player.part.name: [
            bar
            for bar in plan.form.bars
            if bar.span in playing[player.part.name]
            and (faded or not bar.final)
            and not _waits(plan, player, players, bar)
            and not _makes_room(plan, player, bar)
        ]
        for player in players
    }


def _relieved(plan: Plan, players: Sequence[Player]) -> dict[str, set[int]]:
    """Part name → the sections in which it rests as another leads: what is not the song itself is handed over."""
    kinds = plan.style.kinds
    song = {kinds[plan.style.core].theme, *SONG}
    own = {index for index, span in enumerate(plan.form.spans) if kinds[span.kind].theme in song}
    rests: dict[str, set[int]] = {}
    for player in players:
        if player.relieves:
            rests[player.part.name] = own
            rests[player.relieves] = set(range(len(plan.form.spans))) - own
    return {player.part.name: rests[player.part.name] for player in players if player.part.name in rests}


def _waits(plan: Plan, player: Player, players: Sequence[Player], bar: Bar) -> bool:
    """In the first section accompanists enter one after another, every two bars, the leader at once.

    Later ones open with everybody who plays there: whoever entered in their middle would begin a section of his own.
    """
    span = plan.span(bar)
    if bar.span > 0 or span.bars < 4 or player.asked:
        return False
    if player.part.role not in ENTERING:
        return False
    others = [one for one in players if one.part.role in ENTERING and not one.asked and _plays(plan, one, span)]
    frame = [one for one in others if one.part.role in FRAME]
    order = sorted(others, key=lambda one: (one is not frame[0] if frame else True, one.part.enter))
    if player not in order or player is order[0]:
        return False
    rng = plan.stream(f"enter:{bar.span}:{player.part.name}")
    return rng.random() < LATE and bar.place < min(2 * order.index(player), span.bars // 4 * 2)


def _makes_room(plan: Plan, player: Player, bar: Bar) -> bool:
    """In the last bar before a louder section the fillers are silent, so that it opens wide."""
    if bar.left or player.part.role not in FILLING or bar.span >= len(plan.form.spans) - 2:
        return False
    rise = plan.form.spans[bar.span + 1].energy - plan.span(bar).energy
    return rise >= LIFT and plan.stream(f"room:{plan.span(bar).kind}:{player.part.name}").random() < THIN


def _plays(plan: Plan, player: Player, span: Span) -> bool:
    kind = plan.style.kinds[span.kind]
    if player.part.role == "melody" and not kind.theme:
        return False
    if not player.asked and (player.part.name in kind.omit or player.part.role in kind.omit):
        return False
    if player.part.answers and not player.asked and not _stated_again(plan, span):
        return False
    return player.part.enter <= span.energy < player.part.until


def answered(plan: Plan, players: Sequence[Player]) -> set[int]:
    """The sections in which one of the players answers the tune."""
    answering = [player for player in players if player.part.answers]
    return {
        index for index, span in enumerate(plan.form.spans) if any(_plays(plan, player, span) for player in answering)
    }


def _stated_again(plan: Plan, span: Span) -> bool:
    """Whether the tune of a section is stated for the second time, the fourth and so on."""
    kinds = plan.style.kinds
    earlier = [one for one in plan.form.spans if one.start < span.start]
    theme = kinds[span.kind].theme
    return bool(theme) and sum(kinds[one.kind].theme == theme for one in earlier) % 2 == 1


def _quietest(plan: Plan, players: Sequence[Player], span: Span) -> list[Player]:
    """The accompanist who would be the first to join in at that intensity."""
    omit = plan.style.kinds[span.kind].omit
    allowed = [player for player in players if player.part.role not in omit and player.part.name not in omit]
    return sorted(allowed or players, key=lambda player: abs(player.part.enter - span.energy))[:1]


def loudness(plan: Plan) -> dict[int, float]:
    """Bar index → velocity to add: the section's intensity, a swell in four bars, a crescendo into what is louder."""
    result = {}
    hand = touch(plan.brief.moods)
    for index, bar in enumerate(plan.form.bars):
        span = plan.span(bar)
        level = (span.energy - NORMAL) * RANGE
        following = plan.form.spans[min(bar.span + 1, len(plan.form.spans) - 1)]
        rise = following.energy - span.energy
        if rise >= LIFT and bar.left < BUILD:
            swell = min(MOST, rise * GROWTH) * (1 - bar.left / BUILD)
        else:
            swell = PHRASE[bar.place % 8] * plan.style.dynamics
        result[index] = hand + level + swell
    return result


def rides(plan: Plan) -> list[float]:
    """How far (dB) the faders of the accompaniment go up in each section, as it is more intense than the piece."""
    spans = plan.form.spans
    middle = sum(span.energy * span.length for span in spans) / sum(span.length for span in spans)
    return [max(-FURTHEST, min(FURTHEST, RIDE * (span.energy - middle))) for span in spans]
