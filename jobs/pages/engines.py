"""The engines of this site as people see them: what each can do, and whether anybody works it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from jobs import generators
from jobs.generators.base import SETTINGS, Abilities
from jobs.pages import labels
from jobs.progress import eta


@dataclass(frozen=True, slots=True)
class Engine:
    alias: str
    name: str
    abilities: Abilities
    lane: str

    @property
    def workers(self) -> int:
        """Alive in its lane."""
        return eta.workers_cached(self.lane)

    @property
    def label(self) -> str:
        """Its name, and whether a piece of it would wait."""
        return self.name if self.workers else _("{engine} (no worker at the moment)").format(engine=self.name)

    @property
    def longest(self) -> str:
        return labels.clock(self.abilities.longest)

    @property
    def hears(self) -> list[str]:
        """Fields of the order form that make a difference."""
        return [name for name in SETTINGS if name in self.abilities.hears] + ["formats"]

    @property
    def ignored(self) -> str:
        """Settings that it takes no notice of, in words: “Metre, Without”."""
        unheard = [name for name in SETTINGS if name in FORM and name not in self.abilities.hears]
        unheard += ["stems"] if "stems" not in self.abilities.formats else []
        return ", ".join(str(labels.SETTINGS[name]) for name in unheard)


FORM = ("style", "duration", "tempo", "key", "mode", "metre", "moods", "instruments", "excluded", "seed")


def engines() -> list[Engine]:
    return [
        Engine(alias, labels.engine_name(alias), generators.abilities_of(alias), generators.lane_of(alias))
        for alias in generators.aliases()
    ]
