"""Two styles in one piece: the first with audible traits of the second, chosen by what their files say."""

from __future__ import annotations

from dataclasses import replace

from jobs.music.score import Mix
from jobs.music.styles import Style
from jobs.music.styles.reader import PartStyle

COMPING = ("chords", "arpeggio", "pad")
BEATS = ("electronic", "hiphop")  # rows of fills whose styles are made of their beat, and keep it
ORCHESTRA = "orchestra_drums"  # accents what others play, and leads nobody
APART = 0.3  # difference of energy from which one style's drummer does not carry the other


def fused(style: Style, other: Style, metre: str) -> Style:
    """The style with one accompanist and the sound of the other, and with its drummer where that carries the style."""
    style = _comping(style, other)
    if _carries(style, other, metre):
        style = _drums(style, other)
    return replace(style, colour=max(style.colour, other.colour), mix=_mix(style.mix, other.mix))


def _carries(style: Style, other: Style, metre: str) -> bool:
    drums = _part(other, "drums")
    return (
        drums is not None
        and max(drums.instruments, key=drums.instruments.__getitem__) != ORCHESTRA
        and style.fills not in BEATS
        and round(abs(style.energy - other.energy), 2) <= APART
        and any(groove.metre == metre and not groove.sections for groove in other.grooves)
    )


def _drums(style: Style, other: Style) -> Style:
    """The other's kit, grooves, fills and swing; what the style plays only in some sections stays."""
    own, kit = _part(style, "drums"), _part(other, "drums")
    parts = list(style.parts)
    if kit and own:
        parts[parts.index(own)] = replace(kit, name=own.name, enter=own.enter, until=own.until)
    elif kit:
        parts.append(replace(kit, name=_free_name(style, kit, other)))
    rare = [groove for groove in style.grooves if groove.sections]
    return replace(
        style,
        parts=tuple(parts),
        grooves=(*rare, *(groove for groove in other.grooves if not groove.sections)),
        fills=other.fills,
        phase=other.phase,
        swing=other.swing,
        swing_unit=other.swing_unit,
    )


def _comping(style: Style, other: Style) -> Style:
    """The other's first accompanist instead of the style's least present one, or besides its only one."""
    guest = next((part for part in other.parts if part.role in COMPING), None)
    if guest is None:
        return style
    leaned_on = {name for part in style.parts for name in (part.doubles, part.same_as)}
    own = [part for part in style.parts if part.role in COMPING]
    spare = [part for part in own[1:] if part.name not in leaned_on]
    parts = list(style.parts)
    guest = replace(guest, enter=0.0, until=1.01, doubles="", same_as="")
    if spare:
        gone = max(spare, key=lambda part: part.enter)
        name = _free_name(replace(style, parts=tuple(part for part in parts if part is not gone)), guest, other)
        parts[parts.index(gone)] = replace(guest, name=name)
    else:
        parts.append(replace(guest, name=_free_name(style, guest, other)))
    return replace(style, parts=tuple(parts))


def _mix(own: Mix, other: Mix) -> Mix:
    """The style's sound with the other's room, lid and crackle."""
    lids = [lid for lid in (own.lowpass_hz, other.lowpass_hz) if lid is not None]
    larger = max(own, other, key=lambda mix: mix.room)
    return replace(
        own,
        room=larger.room,
        space=larger.space,
        lowpass_hz=min(lids, default=None),
        vinyl=max(own.vinyl, other.vinyl),
    )


def _part(style: Style, role: str) -> PartStyle | None:
    return next((part for part in style.parts if part.role == role), None)


def _free_name(style: Style, part: PartStyle, other: Style) -> str:
    return part.name if part.name not in {own.name for own in style.parts} else f"{other.id} {part.name}"
