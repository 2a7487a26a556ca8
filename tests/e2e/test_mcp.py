"""Assistants order music: the server of clients/mcp, spoken to by the Model Context Protocol's own client."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests import loop
from tests.e2e.program import PATIENCE, Program

pytestmark = pytest.mark.slow
CLIENTS = Path(settings.BASE_DIR) / "clients"
PYTHONPATH = f"{CLIENTS / 'python'}:{CLIENTS / 'mcp'}"
TOOLS = {"compose", "status", "search", "download"}


def over_stdio(program: Program, folder: Path, use: Callable[[Client], Awaitable[Any]]) -> Any:
    env = {"PYTHONPATH": PYTHONPATH, "MUSIC_TOKEN": program.token, "MUSIC_URL": program.url}
    command = ["-m", "musicsite_mcp", "--folder", str(folder)]

    async def run() -> Any:
        async with Client(stdio_client(StdioServerParameters(command=sys.executable, args=command, env=env))) as client:
            return await use(client)

    return loop.run(asyncio.wait_for(run(), PATIENCE))


def structured(result: Any) -> Any:
    assert not result.is_error, result.content
    content = result.structured_content
    return content.get("result", content)


def test_it_orders_finds_and_fetches_over_stdin(program: Program, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        job = structured(
            await client.call_tool("compose", {"prompt": "calm piano", "title": "Night / Train", "wait_seconds": 50})
        )
        assert (job["state"], job["title"]) == ("done", "Night / Train")
        assert structured(await client.call_tool("status", {"job_id": job["jobId"]}))["state"] == "done"
        found = structured(await client.call_tool("search", {"words": "night train", "limit": 5}))
        assert [one["jobId"] for one in found] == [job["jobId"]]
        written = await client.call_tool("download", {"job_id": job["jobId"]})
        path = Path(written.content[0].text)
        assert path == tmp_path / f"Night-Train-{job['jobId'][:8]}.mp3"
        assert path.stat().st_size > 0
        for name, arguments in (
            ("compose", {"prompt": "x", "style": "nope"}),
            ("status", {"job_id": "../../admin"}),
            ("download", {"job_id": "00000000-0000-4000-8000-000000000001"}),
        ):
            assert (await client.call_tool(name, arguments)).is_error

    over_stdio(program, tmp_path, use)


@pytest.fixture(scope="module")
def served(program: Program) -> Iterator[str]:
    """The address of a server for many."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    env = {**os.environ, "PYTHONPATH": PYTHONPATH, "MUSIC_URL": program.url}
    env.pop("MUSIC_TOKEN", None)
    process = subprocess.Popen([sys.executable, "-m", "musicsite_mcp", "--http", address], env=env)
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.1)
    yield f"http://{address}/mcp"
    process.terminate()
    process.wait(PATIENCE)


def test_it_serves_many_by_http_each_with_their_token(program: Program, served: str) -> None:
    async def run() -> None:
        headers = {"Authorization": f"Bearer {program.token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
            Client(streamable_http_client(served, http_client=http)) as client,
        ):
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            job = structured(await client.call_tool("compose", {"prompt": "calm piano", "wait_seconds": 50}))
            assert job["state"] == "done"
            sound, name = (await client.call_tool("download", {"job_id": job["jobId"]})).content
            assert base64.b64decode(sound.data)
            assert (sound.mime_type, name.text.endswith(".mp3")) == ("audio/mpeg", True)

    loop.run(asyncio.wait_for(run(), PATIENCE))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer msk_nobodys"}])
def test_nobody_comes_in_without_a_token(served: str, headers: dict[str, str]) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(served, body, fields, method="POST"), timeout=PATIENCE)
    with refused.value:
        assert refused.value.code == 401
        assert "Bearer" in refused.value.headers["WWW-Authenticate"]
