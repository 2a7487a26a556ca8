"""``python -m tests.listen [--seeds N] [--no-prompts] [--only TEXT] [--processes N]``.

Writes var/listen/report.md and report.json and prints the tables; what was made and heard before is not made again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from jobs.music.sound import soundfont
from tests.listen import corpus, report
from tests.listen.ears import fingerprint, hear


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="pieces of each style")
    parser.add_argument("--no-prompts", dest="prompts", action="store_false")
    parser.add_argument("--only", default="", metavar="TEXT,…", help="pieces with one of these in their name or prompt")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("var/listen"))
    parser.add_argument("--cache", type=Path, default=Path("var/soundfonts"))
    options = parser.parse_args()
    orders = corpus.orders(options.seeds, options.prompts, options.only)
    if not orders:
        parser.error(f"no piece has {options.only!r} in its name or prompt")
    bank = soundfont.find(cache=options.cache)
    pieces = _kept(options.out, fingerprint("jobs/music"))
    started = time.monotonic()
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(hear, order, pieces, bank): index for index, order in enumerate(orders)}
        rows = {}
        for future in as_completed(waiting):
            rows[waiting[future]] = future.result()
            _say(f"{len(rows)}/{len(orders)} {orders[waiting[future]].name}")
    _say("")
    ordered = [rows[index] for index in range(len(orders))]
    text = report.markdown(ordered, bank.name)
    data = {
        "soundfont": bank.name,
        "summary": report.summary(ordered),
        "styles": report.by_style(ordered),
        "pieces": ordered,
    }
    (options.out / "report.md").write_text(text)
    (options.out / "report.json").write_text(json.dumps(data, ensure_ascii=False, indent=1))
    sys.stdout.write(text.partition("## Piece by piece")[0])
    sys.stdout.write(f"{options.out}/report.md, report.json: all pieces; {time.monotonic() - started:.0f} s\n")


def _kept(out: Path, code: str) -> Path:
    """The folder for what this code makes; what other code made goes."""
    out.mkdir(parents=True, exist_ok=True)
    pieces = out / f"pieces-{code}"
    for old in out.glob("pieces-*"):
        if old != pieces:
            shutil.rmtree(old)
    return pieces


def _say(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
