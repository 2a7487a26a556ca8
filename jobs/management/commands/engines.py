from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from jobs import generators
from jobs.generators.base import SETTINGS, Generator
from jobs.pages.labels import clock


class Command(BaseCommand):
    help = "Says which music engines are set up, what each can do and what it lacks; fetches models."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("engine", nargs="*", help="aliases (default: all)")
        parser.add_argument("--fetch", action="store_true", help="get what they need and may get by themselves")

    def handle(self, *args: Any, engine: list[str], fetch: bool, **options: Any) -> None:
        if unknown := set(engine) - set(generators.aliases()):
            aliases = ", ".join(generators.aliases())
            raise CommandError(f"{', '.join(sorted(unknown))}: no such engine; there are {aliases}.")
        lacking = 0
        for alias in engine or generators.aliases():
            self.stdout.write(self.style.SUCCESS(alias))
            try:
                backend = generators.get(alias)
                fetched = backend.fetch() if fetch else []
                problems = backend.problems()
            except (ImproperlyConfigured, OSError) as error:
                fetched, problems, backend = [], [str(error)], None
            lacking += bool(problems)
            facts = _facts(alias, backend) if backend else ()
            for line in (*facts, *fetched, *(self.style.ERROR(problem) for problem in problems)):
                self.stdout.write(f"  {line}")
        if lacking and fetch:
            raise CommandError("Something is still lacking.")


def _facts(alias: str, backend: Generator) -> Iterator[str]:
    abilities = backend.abilities
    yield f"lane {generators.lane_of(alias)}, {clock(abilities.shortest)} to {clock(abilities.longest)}" + (
        ", sings" if abilities.sings else ""
    )
    yield "heeds " + ", ".join(name for name in SETTINGS if name in abilities.hears)
    if limit := generators.limit_of(alias):
        yield f"at most {limit} for one person"
    if fallback := generators.fallback_of(alias):
        yield f"what it cannot make, {fallback} makes"
    for text in (abilities.price, abilities.licence):
        if text:
            yield text
