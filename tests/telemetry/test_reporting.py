"""What reaches Sentry, by a server that takes what Sentry takes; and what never leaves the site."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from jobs.telemetry import reporting


class Sentry(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ingest)
        self.envelopes: list[str] = []

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    @property
    def events(self) -> list[Any]:
        lines = [json.loads(line) for text in self.envelopes for line in text.splitlines() if line.startswith("{")]
        return [line for line in lines if "exception" in line or "logentry" in line]


class Ingest(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.envelopes.append((gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with Sentry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


BREAK = """
import django, logging; django.setup()
import sentry_sdk
from django.core.management import call_command
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from jobs.queue import orders
from jobs.worker import tasks
from jobs.models import Holder, Job
from unittest import mock

call_command("migrate", verbosity=0)
user = User.objects.create_user("mina-the-secret", "mina@secret.example.org", "correct horse 9")
browser = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.77")
browser.force_login(user)
broken = IntegrityError('duplicate key\\nDETAIL:  Failing row contains (my secret song).')
with mock.patch("jobs.queue.limits.admit", side_effect=broken):
    answer = browser.post(
        "/api/music?token=secret-query", {"prompt": "my secret song"}, content_type="application/json",
        headers={"X-Request-ID": "req-77", "User-Agent": "secret-browser"},
    )
assert answer.status_code == 500, answer.status_code

job = orders.submit(user, "my secret song")
with mock.patch("jobs.generators.dummy.Dummy.generate", side_effect=ZeroDivisionError("by nought")):
    tasks.run(Job.objects.claim("default", Holder("here", 1)))
sentry_sdk.flush(10)
print(user.pk, job.pk)
"""


@pytest.mark.slow
def test_errors_are_reported_and_nobody_is_told_of(sentry: Sentry, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_"))}
    clean.pop("DATABASE_URL", None)
    env = {
        **clean,
        "DJANGO_SETTINGS_MODULE": "musicsite.settings",
        "MUSICSITE_LOCAL": "1",
        "MUSICSITE_ALLOWED_HOSTS": "testserver",
        "MUSICSITE_DATA_DIR": str(tmp_path),
        "MUSICSITE_ALLOW_DUMMY": "1",
        "MUSICSITE_DUMMY": "seconds=0",
        "MUSICSITE_GENERATOR": "dummy",
        "MUSICSITE_SENTRY_DSN": sentry.dsn,
    }
    done = subprocess.run(
        [sys.executable, "-c", BREAK], cwd=site.BASE_DIR, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    user, job = done.stdout.split()[-2:]
    by_type = {event["exception"]["values"][-1]["type"]: event for event in sentry.events}
    assert set(by_type) == {"IntegrityError", "ZeroDivisionError"}

    request = by_type["IntegrityError"]
    assert request["request"] == {"url": "/api/music", "method": "POST"}
    assert (request["user"], request["tags"]["request_id"]) == ({"id": user}, "req-77")
    assert request["exception"]["values"][-1]["value"] == "duplicate key"
    tags = by_type["ZeroDivisionError"]["tags"]
    assert (tags["job_id"], tags["attempt"], tags["user_id"]) == (job, "1", user)
    assert by_type["ZeroDivisionError"]["exception"]["values"][-1]["value"] == "by nought"
    everything = "".join(sentry.envelopes)
    for secret in ("secret song", "mina", "secret-query", "secret-browser", "sessionid", "203.0.113.77", "horse"):
        assert secret not in everything


def test_without_a_dsn_nothing_is_asked_for(settings: Any) -> None:
    assert reporting.sentry_settings() == []


def test_a_missing_package_is_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SENTRY_DSN = "https://key@sentry.example.org/1"
    assert reporting.sentry_settings() == []
    monkeypatch.setattr(reporting, "installed", lambda: False)
    (error,) = reporting.sentry_settings()
    assert (error.id, "sentry-sdk" in error.msg) == ("musicsite.E001", True)
    reporting.start()  # leaves it to the check


@pytest.mark.parametrize("dsn", ["yes", "https://sentry.example.org", "https://sentry.example.org/1"])
def test_a_wrong_dsn_is_refused(settings: Any, dsn: str) -> None:
    settings.SENTRY_DSN = dsn
    (error,) = reporting.sentry_settings()
    assert error.id == "musicsite.E002"
    reporting.start()
