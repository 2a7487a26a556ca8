"""The engines of this site as people see them: what each can do, and whether anybody works it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from jobs import generators
from jobs.generators.base import SETTINGS, Abilities
from jobs.pages import labels
from jobs.progress import eta


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine of the site: its alias in ``settings.GENERATORS``, its name for people, its abilities, its lane."""

    alias: str
    name: str
    abilities: Abilities
    lane: str

    @property
    def workers(self) -> int:
        """Number of workers alive in the engine's lane."""
        return eta.workers_cached(self.lane)

    @property
    def label(self) -> str:
        """The engine's name, and whether a piece of it would wait."""
        return self.name if self.workers else _("{engine} (no worker at the moment)").format(engine=self.name)

    @property
    def longest(self) -> str:
        """The longest piece that the engine makes, as “2:00”."""
        return labels.clock(self.abilities.longest)

    @property
    def hears(self) -> list[str]:
        """Fields of the order form that make a difference."""
        return [name for name in SETTINGS if name in self.abilities.hears] + ["formats"]

    @property
    def ignored(self) -> str:
        """Settings of the form that the engine takes no notice of, in words: “Metre, Without”."""
        ignored = [name for name in SETTINGS if name in FORM and name not in self.abilities.hears]
        ignored += ["stems"] if "stems" not in self.abilities.formats else []
        return ", ".join(str(labels.SETTINGS[name]) for name in ignored)


FORM = (
    "style",
    "duration",
    "tempo",
    "key",
    "mode",
    "metre",
    "master",
    "loop",
    "intro",
    "layers",
    "cues",
    "moods",
    "instruments",
    "excluded",
    "seed",
)


def engines() -> list[Engine]:
    """Every engine of the site, in the order of ``settings.GENERATORS``."""
    return [
        Engine(alias, labels.engine_name(alias), generators.abilities_of(alias), generators.lane_of(alias))
        for alias in generators.aliases()
    ]


def _label(engine: Engine) -> str:
    return engine.label


label_of = lazy(_label, str)  # asks for workers: only where it is shown


class EngineSelect(forms.Select):
    """Each choice tells the script what it can do; nobody needs the script for choosing."""

    engines: ClassVar[dict[str, Engine]] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if engine := self.engines.get(str(value)):
            option["attrs"] |= {
                "data-hears": " ".join(engine.hears),
                "data-formats": " ".join(engine.abilities.formats),
                "data-shortest": f"{engine.abilities.shortest:g}",
                "data-longest": f"{engine.abilities.longest:g}",
            }
            option["attrs"] |= {"data-sings": True} if engine.abilities.sings else {}
        return option
