"""Prompts to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Example:
    name: str | Promise
    prompt: str | Promise


EXAMPLES = (
    Example(_("Study beats"), _("calm lo-fi piano, 80 bpm, A minor, 60 seconds")),
    Example(_("Rock out"), _("exciting rock, 140 bpm, in a major key, 30 seconds")),
    Example(_("Late-night jazz"), _("late-night jazz trio with walking bass and brushed drums, 90 seconds")),
    Example(_("Movie trailer"), _("epic cinematic trailer, slow build, choir and brass, D minor")),
    Example(_("Boss fight"), _("fast chiptune boss fight, 160 bpm, 45 seconds")),
    Example(_("Drifting off"), _("dreamy ambient for falling asleep, no drums, 3 minutes")),
)
