"""A client of Musicsite's API in one file, without other packages; and a command line.

    client = Client("https://music.example.org", "msk_…")
    job = client.wait(client.compose("calm piano, 30 seconds"))
    client.download(job, "calm.mp3")

On the command line: ``musicsite-client "calm piano, 30 seconds" -o calm.mp3``, with the address in MUSIC_URL and the
token in MUSIC_TOKEN. Whatever goes wrong is a ``MusicError``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

Job = dict[str, Any]  # the status of a job, as the API's document has it

WAIT = 20  # seconds that one question for an end takes at most
TRIES = 5  # of a question, while the site is away or has too much to do
TIMEOUT = 60.0  # seconds without a byte
FORMATS = {"mp3": "audio", "mid": "midi", "svg": "roll"}  # what every track has, by how names of files end
MADE = {  # what is made when it is asked for
    "flac": "flac", "wav": "wav", "opus": "opus", "zip": "stems", "layers.zip": "layers",
    "musicxml": "musicxml", "pdf": "lead-sheet.pdf", "txt": "chords.txt", "cho": "chords.cho", "csv": "cues.csv",
}  # fmt: skip


class MusicError(Exception):
    """What the site refuses, or that it cannot be reached; ``code`` and ``status`` as in its problem documents."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Client:
    """One person's music on one site."""

    def __init__(self, url: str, token: str) -> None:
        """``url``: of the site, as ``https://music.example.org``; ``token``: made in the settings of the account."""
        if not url.startswith(("https://", "http://")):
            raise MusicError(f"{url!r} is no address of a site: it begins with https://.")
        self.url, self._token = url.rstrip("/"), token

    def compose(self, prompt: str, **wishes: Any) -> Job:
        """Order a piece; ``wishes`` beside the words: ``style``, ``duration``, ``tempo``, ``seed``, ``webhook`` …"""
        return self._json("POST", "/api/music", {"prompt": prompt, **wishes})

    def compose_many(self, orders: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Order up to 50 pieces; for each a ``job`` or a ``problem``."""
        results: list[dict[str, Any]] = self._json("POST", "/api/music/batch", {"orders": list(orders)})["results"]
        return results

    def status(self, job: Job | str, wait: int = 0) -> Job:
        """How far a job is: now, or when it has ended or ``wait`` seconds (50 at most) are over."""
        return self._json("GET", f"/api/music/{_id(job)}/status" + (f"?wait={wait}" if wait else ""))

    def events(self, job: Job | str) -> Iterator[Job]:
        """The status each time that it changes, until the job has ended."""
        last = ""
        while True:
            with self._open("GET", f"/api/music/{_id(job)}/events", headers={"Last-Event-ID": last}) as stream:
                if stream.status == 204:
                    return
                for line in stream:
                    name, _colon, value = line.decode().rstrip("\n").partition(": ")
                    if name == "id":
                        last = value
                    elif name == "data":
                        status: Job = json.loads(value)
                        yield status
                        if status["state"] in ("done", "error"):
                            return
            time.sleep(1)  # the stream broke off, or the site sends one event at a time

    def wait(self, job: Job | str, timeout: float = 3600.0) -> Job:
        """The job when it is done. Raise MusicError where it fails, or ``timeout`` seconds are over."""
        ends = time.monotonic() + timeout
        while (left := ends - time.monotonic()) > 0:
            asked = time.monotonic()
            status = self.status(job, max(1, min(WAIT, round(left))))
            if status["state"] == "error":
                raise MusicError(status["error"]["message"], status["error"]["code"])
            if status["state"] == "done":
                return status
            time.sleep(max(0.0, asked + 1 - time.monotonic()))  # the site did not wait
        raise MusicError(f"It did not end within {timeout:g} seconds.", "timeout")

    def jobs(self, **wanted: Any) -> Iterator[Job]:
        """The pieces, newest first; narrowed by ``q`` (words of the title, prompt, lyrics), ``state``, ``style`` …"""
        cursor: str | None = ""
        while cursor is not None:
            query = urlencode({**wanted, "limit": 100, **({"cursor": cursor} if cursor else {})})
            page = self._json("GET", f"/api/music?{query}")
            yield from page["items"]
            cursor = page["nextCursor"]

    def cancel(self, job: Job | str) -> Job:
        """Stop a job that has not ended."""
        return self._json("POST", f"/api/music/{_id(job)}/cancel", {})

    def retry(self, job: Job | str) -> Job:
        """Order a job that failed once more."""
        return self._json("POST", f"/api/music/{_id(job)}/retry", {})

    def delete(self, job: Job | str) -> None:
        """Put a job that has ended into the bin."""
        self._open("DELETE", f"/api/music/{_id(job)}").close()

    def download(self, job: Job | str, path: str | Path) -> Path:
        """Write a finished track to ``path``, in the format of its ending, of FORMATS or MADE."""
        path = Path(path)
        ending = "layers.zip" if path.name.lower().endswith(".layers.zip") else path.suffix.lstrip(".").lower()
        if kind := MADE.get(ending):
            source = self.wait(self._json("POST", f"/api/music/{_id(job)}/export", {"format": kind}))["resultUrl"]
        elif kind := FORMATS.get(ending):
            source = f"/tracks/{_id(job)}/{kind}"
        else:
            raise MusicError(f"{path}: there is no such format; {', '.join([*FORMATS, *MADE])} are.")
        part = path.with_name(f".{path.name}.{uuid4().hex}.part")
        try:
            with self._open("GET", source) as answer, part.open("wb") as file:
                shutil.copyfileobj(answer, file)
            part.replace(path)
        except OSError as error:
            raise MusicError(f"{path}: {error.strerror or error}") from error
        finally:
            part.unlink(missing_ok=True)
        return path

    def _json(self, method: str, path: str, body: Any = None) -> Job:
        with self._open(method, path, body) as answer:
            content: Job = json.load(answer)
        return content

    def _open(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Any:
        """The answer. An order has a key, so that it may be sent again where nobody knows whether it arrived."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        if method == "POST":
            sent["Idempotency-Key"] = uuid4().hex
        for left in reversed(range(TRIES)):
            request = urllib.request.Request(self.url + path, data, sent, method=method)  # noqa: S310 — checked
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")  # not for an object store
            try:
                return urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
            except urllib.error.HTTPError as error:
                with error:
                    problem = _problem(error)
                if not left or problem.code not in ("too_many_requests", "unavailable"):
                    raise problem from None
                pause = float(error.headers.get("Retry-After") or 2)
            except (OSError, ValueError) as error:
                if not left or not isinstance(error, OSError):
                    raise MusicError(f"{self.url} cannot be reached: {getattr(error, 'reason', error)}") from error
                pause = 2.0
            time.sleep(min(pause, 30.0))
        raise AssertionError


def _id(job: Job | str) -> str:
    return quote(job if isinstance(job, str) else str(job["jobId"]), safe="")


def _problem(error: urllib.error.HTTPError) -> MusicError:
    try:
        problem = json.load(error)
        return MusicError(problem["detail"], problem["code"], error.code)
    except (ValueError, KeyError, TypeError):
        return MusicError(f"The site answers {error.code} {error.reason}.", "", error.code)


# -- The command line -------------------------------------------------------------------------------------------------


def _bar(status: Job) -> str:
    """One line on how far a job is."""
    percent = status["progress"]
    filled = round((percent or 0) / 5)
    known = f"{percent:3d} %" if percent is not None else "     "
    eta = f", {status['etaSeconds']} s left" if status["etaSeconds"] is not None else ""
    return f"[{'#' * filled}{'.' * (20 - filled)}] {known} {status['stageLabel']}{eta}"


def _follow(client: Client, job: Job, say: Callable[[str], None]) -> Job:
    for status in client.events(job):
        say(_bar(status))
    return client.wait(job)


def _wish(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not written like tempo=90")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="musicsite-client", description="Orders music in words and fetches the track."
    )
    parser.add_argument("prompt", help='the music in words: "calm piano, 30 seconds"')
    parser.add_argument(
        "-o", "--output", type=Path,
        help="a file to write: .mp3, .mid, .svg (piano roll), .flac, .wav, .opus, .zip (stems), .layers.zip,"
        " .musicxml, .pdf (lead sheet), .txt or .cho (chords), .csv (cues)",
    )  # fmt: skip
    parser.add_argument(
        "--set", type=_wish, action="append", default=[], metavar="NAME=VALUE", help="a setting: tempo=90, style=jazz"
    )
    parser.add_argument(
        "--url", default=os.environ.get("MUSIC_URL", "http://127.0.0.1:8000"), help="of the site ($MUSIC_URL)"
    )
    parser.add_argument("--token", default=os.environ.get("MUSIC_TOKEN", ""), help="better in $MUSIC_TOKEN")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    return parser


def main() -> None:
    """Order, show how far it is, write the file; its path, or the address of the track, is what is printed."""
    options = _parser().parse_args()
    live = sys.stderr.isatty()

    def say(line: str) -> None:
        if not options.quiet:
            sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
            sys.stderr.flush()

    try:
        if not options.token:
            raise MusicError("There is no token: put it into MUSIC_TOKEN.")
        client = Client(options.url, options.token)
        job = _follow(client, client.compose(options.prompt, **dict(options.set)), say)
        done = client.download(job, options.output) if options.output else client.url + job["pageUrl"]
    except MusicError as error:
        sys.exit(("\n" if live and not options.quiet else "") + str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    if live and not options.quiet:
        sys.stderr.write("\n")
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
