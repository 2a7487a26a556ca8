"""What a script does with a token, on a site as it runs: it orders, waits, is told, and fetches the track."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from standardwebhooks.webhooks import Webhook as Signer

from tests.e2e.program import PATIENCE, Program
from tests.receiver import Receiver
from tests.site import Site

pytestmark = pytest.mark.slow


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


def test_it_waits_for_the_end_and_fetches_the_track(program: Program) -> None:
    with program.call("POST", "/api/music", {"prompt": "calm piano"}, Prefer="wait=50") as answer:
        status = json.load(answer)
        assert (answer.status, status["state"], answer.headers["Preference-Applied"]) == (200, "done", "wait")
        assert answer.headers["Location"] == status["statusUrl"]
    with program.call("GET", status["statusUrl"] + "?wait=50") as answer:
        assert json.load(answer)["state"] == "done"
    with program.call("GET", status["resultUrl"]) as audio:
        assert audio.headers["Content-Type"].startswith("audio/")
        assert audio.read(1)


def test_it_reads_events_until_the_end(program: Program) -> None:
    with program.call("POST", "/api/music", {"prompt": "calm piano"}) as answer:
        url = json.load(answer)["statusUrl"].replace("/status", "/events")
    with program.call("GET", url) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        told = [json.loads(line[6:]) for line in stream if line.startswith(b"data: ")]
    assert told[-1]["state"] == "done"
    assert "Set-Cookie" not in stream.headers


def test_it_is_told_by_a_webhook(program: Program) -> None:
    receiver = Receiver()
    order = {"prompt": "calm piano", "webhook": receiver.url, "webhookEvents": ["started", "done", "error"]}
    with program.call("POST", "/api/music", order) as answer:
        job = json.load(answer)["jobId"]
    until(lambda: len(receiver.received) == 2)
    receiver.close()
    told = [Signer(program.secret).verify(body, headers) for headers, body in receiver.received]
    assert {event["type"] for event in told} == {"job.started", "job.done"}
    assert {event["data"]["jobId"] for event in told} == {job}
    assert all(event["timestamp"] for event in told)


def test_a_receiver_that_comes_late_is_told_all_the_same(program: Program) -> None:
    """The deliveries are rows: they wait for it, and for whoever delivers."""
    receiver = Receiver()
    receiver.statuses = [503, 200]
    with program.call("POST", "/api/music", {"prompt": "calm piano", "webhook": receiver.url}) as answer:
        assert answer.status == 202
    until(lambda: len(receiver.received) == 2)
    receiver.close()
    assert len({headers["webhook-id"] for headers, _body in receiver.received}) == 1


def test_no_log_has_a_token(program: Program, quick: Site) -> None:
    with program.call("GET", "/api/music") as answer:
        assert answer.status == 200
    log = quick.log.read_text()
    assert "ordered by user" in log
    assert program.token not in log
    assert program.secret not in log


# -- What docs/API.md shows, and the client of clients/python, as whoever reads it has them ---------------------------

EXAMPLES = re.findall(r"```(sh|python|js)\n(.*?)```", (Path(settings.BASE_DIR) / "docs/API.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the client was installed to from a copy of the checkout."""
    copy, target = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("installed")
    clients = shutil.copytree(Path(settings.BASE_DIR) / "clients", copy / "clients")
    options = ["--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--target", str(target)]
    projects = [str(clients / name) for name in ("python", "mcp")]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *projects], check=True, capture_output=True)
    return target


def run(program: Program, installed: Path, folder: Path, *command: str) -> str:
    env = {
        **os.environ, "URL": program.url, "TOKEN": program.token,
        "MUSIC_URL": program.url, "MUSIC_TOKEN": program.token,
        "PYTHONPATH": str(installed), "PATH": f"{installed / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", [text for kind, text in EXAMPLES if kind == "sh"])
def test_the_examples_for_a_shell_run(program: Program, installed: Path, tmp_path: Path, example: str) -> None:
    run(program, installed, tmp_path, "bash", "-euo", "pipefail", "-c", example)
    assert (tmp_path / "calm.mp3").stat().st_size > 0


@pytest.mark.parametrize("example", [text for kind, text in EXAMPLES if kind == "python"])
def test_the_examples_in_python_run(program: Program, installed: Path, tmp_path: Path, example: str) -> None:
    run(program, installed, tmp_path, sys.executable, "-c", example)
    assert (tmp_path / "calm.mp3").stat().st_size > 0


@pytest.mark.browser
@pytest.mark.parametrize("example", [text for kind, text in EXAMPLES if kind == "js"])
def test_the_examples_in_javascript_run(program: Program, browser: Any, example: str) -> None:
    page = browser.new_context().new_page()
    page.goto(program.url)
    run_it = f"async ([URL, TOKEN]) => {{ {example} return track.size; }}"
    assert page.evaluate(run_it, [program.url, program.token]) > 0
    page.context.close()


def test_each_language_has_an_example() -> None:
    assert [kind for kind, _text in EXAMPLES] == ["sh", "python", "js", "sh"]


def test_the_command_line_shows_progress_and_says_what_is_wrong(
    program: Program, installed: Path, tmp_path: Path
) -> None:
    printed = run(program, installed, tmp_path, "musicsite-client", "calm piano", "-o", "x.mp3")
    assert printed.strip() == "x.mp3"
    command = ["musicsite-client", "calm piano", "--set", "style=nope"]
    env = {**os.environ, "MUSIC_URL": program.url, "MUSIC_TOKEN": program.token, "PYTHONPATH": str(installed)}
    wrong = subprocess.run([str(installed / "bin" / command[0]), *command[1:]], env=env, capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "style" in wrong.stderr
    assert program.token not in wrong.stderr
