import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.music import styles
from jobs.music.words import defaults
from jobs.music.words.vocabulary import vocabulary
from jobs.pages import labels

KEYS = 3  # typical ones named for each mode


class Command(BaseCommand):
    help = "Lists the styles of the composer with their tempos, metres, keys, instruments and the words for them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("styles", nargs="*", metavar="STYLE", help="only these, by id")
        parser.add_argument("--json", action="store_true", help="for programs: a list of objects")

    def handle(self, *args: Any, styles: list[str], json: bool, **options: Any) -> None:
        rows = [describe(style) for style in known(styles)]
        self.stdout.write(_as_json(rows) if json else "\n\n".join(self._as_text(row) for row in rows))

    def _as_text(self, row: dict[str, Any]) -> str:
        low, high = row["tempo"]
        facts = [f"{low:g} to {high:g} bpm", ", ".join(row["metres"]), ", ".join(row["keys"])]
        lines = [self.style.SUCCESS(row["id"]) + f"  {row['name']} · {row['nameKo']}", "  " + " · ".join(facts)]
        lines += [f"  {part}: {', '.join(names)}" for part, names in row["instruments"].items()]
        words = (("in words", row["words"]), ("nearest to", row["nearestTo"]))
        return "\n".join(lines + [f"  {label}: {', '.join(names)}" for label, names in words if names])


def known(names: list[str]) -> list[str]:
    """The ids in ``names``, each once, or all where there are none; raise CommandError for ids that there are not."""
    if unknown := [name for name in names if name not in styles.all_ids()]:
        raise CommandError(f"There is no style {', '.join(unknown)}; manage.py styles lists them.")
    return list(dict.fromkeys(names)) or list(styles.all_ids())


def describe(name: str) -> dict[str, Any]:
    """One style, JSON-ready: ``tempo`` in beats a minute, ``instruments`` by part, the likeliest first.

    ``words`` name it in a prompt, ``nearestTo`` are other genres for which it plays, and says so.
    """
    style = styles.get(name)
    return {
        "id": style.id,
        "name": style.name,
        "nameKo": style.name_ko,
        "tempo": list(style.tempo),
        "metres": list(style.metres),
        "modes": _likeliest(style.modes),
        "keys": [f"{tonic} {mode}" for mode in _likeliest(style.modes) for tonic in _tonics(style.hands, mode)],
        "energy": style.energy,
        "duration": style.duration,
        "instruments": {
            part.name: [labels.instrument_name(instrument) for instrument in _likeliest(part.instruments)]
            for part in style.parts
        },
        "words": _words(name, near=False),
        "nearestTo": _words(name, near=True),
    }


def _words(style: str, near: bool) -> list[str]:
    """The words for a style in English and Korean, each in its fullest spelling ("lo fi", not "lofi" besides).

    Names come before what only stands for it.
    """
    spellings: dict[str, str] = {}
    for word, concept in sorted(vocabulary().words.items(), key=lambda known: -known[1].rank):
        if concept.kind == "style" and concept.style == style and concept.near == near:
            joined = word.replace(" ", "")
            spellings[joined] = max(spellings.get(joined, ""), word, key=len)
    return list(spellings.values())


def _tonics(hands: str, mode: str) -> list[str]:
    return _likeliest(defaults.TONIC_WEIGHTS[hands][mode in defaults.MAJOR_LIKE])[:KEYS]


def _likeliest(weights: Any) -> list[str]:
    return sorted(weights, key=weights.__getitem__, reverse=True)


def _as_json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2)
