"""Prints how many of the judged prompts are understood; --fails shows each that is not, and what differs."""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.words.judge import LEVELS, judge

ROWS = Path(__file__).with_name("judged.jsonl")


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make words", description=__doc__)
    parser.add_argument("--fails", action="store_true", help="show each prompt that is not right")
    parser.add_argument("--kind", default="", help="only kinds that contain this")
    options = parser.parse_args()
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows():
        if options.kind not in row["kind"]:
            continue
        level, differs = judge(row)
        if options.fails and level != "right":
            print(f"#{row['id']} {level}: {row['prompt']}", *differs, sep="\n     ")
        for group in ("all", f"in {row['lang']}", row["kind"]):
            groups[group][level] += 1
    print(f"{'':24} {'prompts':>7}", *(f"{level:>7}" for level in LEVELS))
    for group, counts in sorted(groups.items(), key=lambda entry: -entry[1].total()):
        shares = (f"{counts[level] / counts.total():7.1%}" for level in LEVELS)
        print(f"{group:24} {counts.total():7}", *shares)


if __name__ == "__main__":
    main()
