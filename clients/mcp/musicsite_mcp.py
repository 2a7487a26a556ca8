"""A server of the Model Context Protocol, by which assistants order music and fetch it.

``musicsite-mcp`` speaks over stdin and stdout, for the person whose token is in MUSIC_TOKEN, and writes tracks into a
folder. ``musicsite-mcp --http 127.0.0.1:8090`` serves many over streamable HTTP, at ``/mcp``: each sends a token
(``Authorization: Bearer msk_…``), which goes to the site as it is, and gets tracks as sound in the answer.
"""

from __future__ import annotations

import argparse
import base64
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import AudioContent, TextContent
from pydantic import AnyHttpUrl, Field

from musicsite_client import Client, Job, MusicError

Result = TypeVar("Result")
Format = Literal["mp3", "mid", "flac", "wav"]

INSTRUCTIONS = "Order music in words with `compose`, follow it with `status`, fetch it with `download`."
TYPES = {"mp3": "audio/mpeg", "mid": "audio/midi", "flac": "audio/flac", "wav": "audio/wav"}
LARGEST = 20_000_000  # bytes of a track that is sent within an answer
MOST_WAIT = 50  # seconds


def build(client: Callable[[], Client], folder: Path | None, **auth: Any) -> MCPServer[Any]:
    """The server. ``client``: the site as whoever calls; ``folder``: where tracks are written, None: they are sent."""
    server: MCPServer[Any] = MCPServer(
        "musicsite", version="1.0.0", instructions=INSTRUCTIONS, log_level="WARNING", **auth
    )

    @server.tool()
    async def compose(
        prompt: Annotated[str, Field(description="the music in words, in English or Korean: calm piano, 80 bpm")],
        duration: Annotated[float | None, Field(description="seconds")] = None,
        style: Annotated[str | None, Field(description="jazz, lofi, techno …")] = None,
        tempo: Annotated[float | None, Field(description="beats a minute")] = None,
        key: Annotated[str | None, Field(description="A minor, Eb …")] = None,
        lyrics: Annotated[str | None, Field(description="to be sung, if the site has an engine that sings")] = None,
        generator: Annotated[str | None, Field(description="the engine, by its name at the site")] = None,
        title: str | None = None,
        seed: Annotated[int | None, Field(description="the same seed and words make the same piece")] = None,
        wait_seconds: Annotated[int, Field(ge=0, le=MOST_WAIT, description="to wait for the end")] = 30,
    ) -> dict[str, Any]:
        """Order a piece of music; returns its job, which may still be in the making."""
        wishes = {
            "duration": duration, "style": style, "tempo": tempo, "key": key, "lyrics": lyrics, "generator": generator,
            "title": title, "seed": seed,
        }  # fmt: skip
        chosen = {name: value for name, value in wishes.items() if value is not None}
        job = await _asked(lambda: client().compose(prompt, **chosen))
        return _told(await _asked(lambda: client().status(job, wait_seconds)) if wait_seconds else job)

    @server.tool()
    async def status(
        job_id: str, wait_seconds: Annotated[int, Field(ge=0, le=MOST_WAIT, description="to wait for the end")] = 0
    ) -> dict[str, Any]:
        """How far a piece is: its state (pending, processing, done, error), percent, and the seconds that are left."""
        return _told(await _asked(lambda: client().status(job_id, wait_seconds)))

    @server.tool()
    async def search(
        words: Annotated[str, Field(description="of titles and prompts; empty: the newest")] = "",
        state: Literal["pending", "processing", "done", "error"] | None = None,
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
    ) -> list[dict[str, Any]]:
        """Find pieces that were ordered before, the newest first."""
        wanted = {name: value for name, value in {"q": words, "state": state}.items() if value}

        def found() -> list[Job]:
            jobs = client().jobs(**wanted)
            return [job for job, _place in zip(jobs, range(limit), strict=False)]

        return [_told(job) for job in await _asked(found)]

    @server.tool(structured_output=False)
    async def download(job_id: str, format: Format = "mp3") -> list[AudioContent | TextContent]:
        """Fetch a finished piece: written to a file, whose path is returned, or as sound in the answer."""
        return await _asked(partial(_fetched, client(), job_id, format, folder))

    return server


def _fetched(client: Client, job_id: str, ending: str, folder: Path | None) -> list[AudioContent | TextContent]:
    job = client.status(job_id)
    name = f"{_plain(job['title'])}-{job['jobId'][:8]}.{ending}"
    if folder:
        return [TextContent(type="text", text=str(client.download(job, folder / name)))]
    with tempfile.TemporaryDirectory() as temporary:
        path = client.download(job, Path(temporary) / name)
        if path.stat().st_size > LARGEST:
            raise MusicError(f"The file is too large to be sent: {client.url}{job['pageUrl']} has it.")
        data = base64.b64encode(path.read_bytes()).decode()
    return [AudioContent(type="audio", data=data, mime_type=TYPES[ending]), TextContent(type="text", text=name)]


def _told(job: Job) -> dict[str, Any]:
    """What an assistant needs to know of a job."""
    names = ("jobId", "state", "progress", "stageLabel", "etaSeconds", "title", "prompt", "pageUrl")
    return {name: job[name] for name in names} | ({"error": job["error"]["message"]} if job["error"] else {})


def _plain(title: str) -> str:
    """A title as the name of a file: letters and digits of any language, and hyphens."""
    kept = "".join(sign if sign.isalnum() else " " for sign in title)
    return "-".join(kept.split())[:60] or "track"


async def _asked(question: Callable[[], Result]) -> Result:
    try:
        return await anyio.to_thread.run_sync(question)
    except MusicError as error:
        raise ToolError(str(error)) from error


class _Verifier:
    """Whether the site knows a token. What it may do, the site says at each call."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            await anyio.to_thread.run_sync(lambda: next(Client(self._url, token).jobs(), None))
        except MusicError as error:
            if error.status != 403:  # it is known, and too narrow for this
                return None
        return AccessToken(token=token, client_id=token[-4:], scopes=[])


def over_http(site: str, public_url: str) -> MCPServer[Any]:
    """For many people; ``public_url``: where this server is reached, as ``https://mcp.example.org``."""

    def client() -> Client:
        access = get_access_token()
        return Client(site, access.token if access else "")

    auth = AuthSettings(
        issuer_url=AnyHttpUrl(site), resource_server_url=AnyHttpUrl(f"{public_url}/mcp"), validate_token_resource=False
    )
    return build(client, None, auth=auth, token_verifier=_Verifier(site))


def main() -> None:
    """Serve until the other side, or Ctrl-C, ends it."""
    parser = argparse.ArgumentParser(prog="musicsite-mcp", description="Lets assistants order music from a Musicsite.")
    parser.add_argument(
        "--url", default=os.environ.get("MUSIC_URL", "http://127.0.0.1:8000"), help="of the site ($MUSIC_URL)"
    )
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where tracks are written (default: here)")
    parser.add_argument("--http", metavar="HOST:PORT", help="serve streamable HTTP there instead of stdin and stdout")
    parser.add_argument("--public-url", help="where that is reached (default: http://HOST:PORT)")
    options = parser.parse_args()
    if options.http:
        host, _colon, port = options.http.rpartition(":")
        if not host or not port.isdecimal():
            parser.error("--http takes HOST:PORT, as 127.0.0.1:8090")
        server = over_http(options.url, options.public_url or f"http://{options.http}")
        server.run("streamable-http", host=host.strip("[]"), port=int(port), stateless_http=True)
        return
    token = os.environ.get("MUSIC_TOKEN", "")
    if not token:
        sys.exit("There is no token: put it into MUSIC_TOKEN.")
    build(lambda: Client(options.url, token), options.folder).run()


if __name__ == "__main__":
    main()
