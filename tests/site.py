"""The whole site as ``make up`` runs it, and a client that speaks to it over the wire."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from django.conf import settings

from jobs.worker.processes import die_with_parent
from tests import postgres

PASSWORD = "correct horse 9"


class Site:
    """``manage.py up`` on a free port, with a database of its own: SQLite, or where the suite has its database.

    In a process group of its own; a second ``start`` takes the same port.
    """

    def __init__(self, folder: Path, **env: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_"))}
        url = clean.pop("DATABASE_URL", "")
        if url and "DATABASE_URL" not in env:
            clean["DATABASE_URL"] = postgres.fresh_database(url)
        self.log = folder / "up.log"
        self.env = {**clean, "MUSICSITE_DATA_DIR": str(folder / "data"), "PORT": str(_free_port()), **env}
        self.start()

    def start(self) -> None:
        me = os.getpid()
        with self.log.open("ab") as log:
            offset = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=settings.BASE_DIR,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(me, signal.SIGTERM),
            )
        ends = time.monotonic() + 120
        while not (
            found := re.search(r"is on (http://\S+)/", text := self.log.read_bytes()[offset:].decode(errors="replace"))
        ):
            assert self.process.poll() is None, text
            assert time.monotonic() < ends, text
            time.sleep(0.1)
        self.url = found[1]

    def processes(self) -> list[psutil.Process]:
        up = psutil.Process(self.process.pid)
        return [up, *up.children(recursive=True)]

    def stop(self, signum: int = signal.SIGINT) -> int:
        self.process.send_signal(signum)
        return self.process.wait(60)

    def leave(self) -> None:
        """A site stops on Ctrl-C with nothing left behind and no lock error in the log."""
        if self.process.poll() is None:
            processes = self.processes()
            assert self.stop() == 0
            _gone, alive = psutil.wait_procs(processes, timeout=60)
            assert not alive, "processes were left behind"
        text = self.log.read_text()
        assert lock_errors(text) == []
        assert "Traceback" not in text, text


def lock_errors(log: str) -> list[str]:
    """Lines of a log by whoever has waited for SQLite's lock in vain.

    But for supervisors, which try again: they wait two seconds only, and on a busy machine others may hold it as long.
    """
    locked = [line for line in log.splitlines() if "database is locked" in line]
    return [line for line in locked if not ("jobs.worker.supervisor" in line and "trying again" in line)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Axios:
    """Does over the wire what axios does by default in a browser: cookies, and XSRF-TOKEN copied to X-XSRF-TOKEN."""

    def __init__(self, url: str) -> None:
        self.url, self.cookies = url, CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == name), "")

    def send(self, method: str, path: str, body: bytes | None, content_type: str, **headers: str) -> tuple[int, Any]:
        request = urllib.request.Request(self.url + path, body, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        request.add_header("Accept", "application/json, text/plain, */*")
        if body is not None:
            request.add_header("Content-Type", content_type)
        if token := self.cookie("XSRF-TOKEN"):
            request.add_header("X-XSRF-TOKEN", token)
        try:
            with self._opener.open(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def get(self, path: str) -> tuple[int, Any]:
        status, content = self.send("GET", path, None, "")
        return status, json.loads(content)

    def post(self, path: str, data: Any, **headers: str) -> tuple[int, Any]:
        status, content = self.send("POST", path, json.dumps(data).encode(), "application/json", **headers)
        return status, json.loads(content)

    def form(self, path: str, **fields: str) -> int:
        """Open the page with the form, then post it."""
        self.send("GET", path, None, "")
        fields["csrfmiddlewaretoken"] = self.cookie("XSRF-TOKEN")
        return self.send("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")[0]

    def sign_up(self, name: str) -> "Axios":
        assert self.form("/accounts/signup/", username=name, password1=PASSWORD, password2=PASSWORD) == 200
        assert self.cookie("sessionid"), "signing up logs in"
        return self
