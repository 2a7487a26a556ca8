"""How soon a change is heard: ``make bench-edit``, against the site as ``make up`` runs it, with warm workers.

From the request with the changed document to the last byte of the section's sound, as a page asks for it. Beside it
what whole pieces take, and what many edits in a row leave behind.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.bench import handover, people
from tests.bench.servers import Running, site
from tests.bench.table import Figure, publish

PROMPT = "uplifting pop with piano, strings, bass and drums, 110 bpm, C major"
SOONEST, ASKS = 0.18, 0.035  # seconds until the first question and between two, as in static/pages/modules/preview.js
FOLLOWS = 0.07  # seconds between two questions about a whole piece
WITHOUT_LIMITS = {"LIMIT_PREVIEWS": "", "LIMIT_JOBS": "", "LIMIT_REQUESTS": ""}
Document = dict[str, Any]


class Listener:
    """Somebody with a token who changes tracks."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        self._connection.request(method, path, json.dumps(body) if body is not None else None, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status < 300, (path, answer.status, content)
        return content

    def json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return json.loads(self.ask(method, path, body))

    def made(self, seconds: float) -> tuple[str, float]:
        """Order a piece; its id, and the seconds until it was done."""
        began = time.perf_counter()
        job = self.json("POST", "/api/music", {"prompt": PROMPT, "duration": seconds, "seed": 1})["jobId"]
        return job, self._followed(job, began)

    def heard_early(self, seconds: float, seed: int) -> tuple[float, float]:
        """Order a piece and listen at once: milliseconds until its beginning can be heard, seconds until it is done."""
        began = time.perf_counter()
        body = {"prompt": PROMPT, "duration": seconds, "seed": seed}
        job = self.json("POST", "/api/music", body)["jobId"]
        self.json("POST", f"/api/music/{job}/preview", {"section": 0})
        time.sleep(SOONEST)
        while not (status := self.json("GET", f"/api/music/{job}/status")).get("previewUrl"):
            assert status["state"] in ("pending", "processing"), status
            time.sleep(ASKS)
        assert self.ask("GET", status["previewUrl"]).startswith(b"fLaC")
        heard = 1000 * (time.perf_counter() - began)
        return heard, self._followed(job, began)

    def handed_over(self, style: str) -> list[float]:
        """Decibels by which the loudness jumps where the finished piece takes over from its first section heard early.

        One value for each second at which that can be.
        """
        job = self.json("POST", "/api/music", {"prompt": style, "duration": 60, "seed": 3})["jobId"]
        path = f"/api/music/{job}/preview"
        self.json("POST", path, {"section": 0})
        while (status := self.json("GET", path))["state"] != "done":
            time.sleep(ASKS)
        early = self.ask("GET", status["url"])
        self._followed(job, time.perf_counter())
        whole = self.ask("GET", self.json("GET", f"/api/music/{job}/status")["resultUrl"])
        return handover.jumps(handover.Sound(early, status["lead"]), handover.Sound(whole), status["length"])

    def version(self, track: str) -> float:
        """Seconds until the current version of a track is a track of its own."""
        began = time.perf_counter()
        return self._followed(self.json("POST", f"/api/music/{track}/versions", {})["jobId"], began)

    def _followed(self, job: str, began: float) -> float:
        while (status := self.json("GET", f"/api/music/{job}/status"))["state"] not in ("done", "error"):
            time.sleep(FOLLOWS)
        assert status["state"] == "done", status
        return time.perf_counter() - began

    def heard(self, track: str, section: int, document: Document) -> float:
        """Milliseconds until the sound of the section is there."""
        began = time.perf_counter()
        path = f"/api/music/{track}/preview"
        number = self.json("POST", path, {"section": section, "document": document})["number"]
        time.sleep(SOONEST)
        while (status := self.json("GET", path))["state"] != "done":
            assert (status["number"], status["error"]) == (number, None), status
            time.sleep(ASKS)
        assert self.ask("GET", status["url"]).startswith(b"fLaC")
        return 1000 * (time.perf_counter() - began)


def changes(sections: int, parts: list[str]) -> Iterator[tuple[str, int, Document]]:
    """What people do, without end: of which kind it is, in which section, and the document. No two are the same."""
    number = 0
    while True:
        number += 1
        at, part = number % sections, parts[number % len(parts)]

        def written(change: Document, at: int = at) -> Document:
            return {"version": 1, "sections": [{"of": n, **(change if n == at else {})} for n in range(sections)]}

        yield "change", at, written({"cells": {part: ("off", "light", "full")[number // 7 % 3]}, "seed": number})
        yield "change", at, written({"chords": "Am F C G" if number % 2 else "Dm G Em Am", "seed": 1000 + number})
        yield "mix", at, {"version": 1, "parts": {part: {"volume": -12 + number % 48 / 4 + 0.25}}}
        yield "mix", at, {"version": 1, "parts": {part: {"mute": True}, parts[0]: {"volume": number / 50}}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=200, help="in a row (default: %(default)s)")
    parser.add_argument("--pieces", type=int, default=3, help="whole ones of each length (default: %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("var/bench-edit.json"))
    options = parser.parse_args()
    with people.own_site(**WITHOUT_LIMITS) as folder:
        folder.mkdir(exist_ok=True)
        banks = Path("var/soundfonts")
        if banks.exists():
            (folder / "soundfonts").symlink_to(banks.resolve())
        with site(folder, **WITHOUT_LIMITS) as running:
            listener = Listener(running.port, people.token(people.users(1)[0], "create"))
            publish(list(measure(listener, running, folder, options.edits, options.pieces)), options.json)


def measure(listener: Listener, running: Running, folder: Path, edits: int, pieces: int) -> Iterator[Figure]:
    for _ in range(4):  # both workers have measured the bank and loaded what they need
        track, _seconds = listener.made(60)
    composed = listener.json("GET", f"/api/music/{track}/edit")["composed"]
    parts = [part["name"] for part in composed["parts"]]
    coming = changes(len(composed["sections"]), parts)
    unchanged: Document = {"version": 1}
    for section in range(len(composed["sections"])):
        for _ in range(2):
            listener.heard(track, section, {**unchanged, "tempo": composed["tempo"]})
    taken: dict[str, list[float]] = {"change": [], "mix": []}

    def edit(count: int) -> None:
        for _ in range(count):
            kind, section, document = next(coming)
            if kind == "mix":
                listener.heard(track, section, unchanged)  # what is mixed anew has been heard before
            taken[kind].append(listener.heard(track, section, document))

    edit(edits // 2)
    before = running.memory()
    edit(edits - edits // 2)
    after, left = running.memory(), list((folder / "media").glob("tracks/*/preview/*/*"))
    left += (folder / "work").glob("*")
    early = {s: [listener.heard_early(s, seed) for seed in range(100, 100 + pieces)] for s in (60, 180, 300)}
    whole = {seconds: [listener.made(seconds)[1] for _ in range(pieces)] for seconds in (60, 180)}
    yield Figure("a change is heard, ms", taken["change"], goal=700, digits=0)
    yield Figure("a change is heard, 95 %, ms", [percentile(taken["change"], 95)], goal=1200, digits=0)
    yield Figure("volume, mute, ms", taken["mix"], goal=400, digits=0)
    yield Figure("volume, mute, 95 %, ms", [percentile(taken["mix"], 95)], digits=0)
    yield Figure("a piece of 60 s, s", whole[60], goal=2.4)
    yield Figure("a piece of 180 s, s", whole[180], goal=7.0)
    for seconds, taken_early in early.items():
        name = f"a piece of {seconds} s is heard while it is made, ms"
        yield Figure(name, [heard for heard, _done in taken_early], goal=1000, digits=0)
    yield Figure("a piece of 180 s that somebody listens to, s", [done for _heard, done in early[180]])
    jumps = [listener.handed_over(style) for style in handover.STYLES]
    yield Figure("jump of loudness at the hand-over, by style, dB", [statistics.median(found) for found in jumps])
    yield Figure("largest jump of loudness at the hand-over, dB", [max(map(max, jumps))], goal=0.5)
    yield Figure("a version of 60 s, s", [listener.version(track) for _ in range(pieces)], goal=2.4)
    yield Figure(f"MiB more after {edits - edits // 2} further edits", [after - before], goal=32, digits=0)
    yield Figure("MB of stems", [size(folder / "stems") / 1e6], goal=510, digits=0)
    yield Figure("files of previews", [float(len(left))], goal=1, digits=0)
    yield Figure("rows of previews", [float(rows())], goal=1, digits=0)


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) * share // 100, len(values) - 1)]


def size(folder: Path) -> int:
    """Bytes of the files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def rows() -> int:
    from jobs.models import Preview

    return Preview.objects.count()


if __name__ == "__main__":
    main()
