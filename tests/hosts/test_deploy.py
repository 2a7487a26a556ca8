"""The files under deploy/, started as on a server: nginx in front of the units' own command lines."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import s3
from tests.site import Axios

pytestmark = pytest.mark.slow

DEPLOY = Path(settings.BASE_DIR) / "deploy"


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") and name == "nginx" else pytest.skip)(f"{name} is not installed")
        raise AssertionError
    return found


def exec_start(unit: str, **instance: str) -> list[str]:
    """The command line of a unit, with this checkout in place of the server's."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE)
    line = line.replace("/srv/musicsite/current/.venv/bin/python", sys.executable)
    return shlex.split(line.replace("%i", instance.get("instance", "")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """What DEPLOYING.md builds: nginx with HTTPS, two web servers, a worker; everything in one folder."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder, self.port, self.web_ports = folder, free_port(), [free_port(), free_port()]
        self.host = "music.example.org"
        data = folder / "data"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_"))}
        self.env = {
            **clean,
            "DATABASE_URL": f"sqlite:///{data}/db.sqlite3",
            "MUSICSITE_SECRET_KEY": "a long secret of a server that is used in this test alone, 0123456789",
            "MUSICSITE_ALLOWED_HOSTS": "music.example.org,localhost",
            "MUSICSITE_URL": f"https://localhost:{self.port}",
            "MUSICSITE_BEHIND_PROXY": "1",
            "MUSICSITE_DELIVERY": "nginx",
            "MUSICSITE_DATA_DIR": str(data),
            "MUSICSITE_WEB_PROCESSES": "1",
            "MUSICSITE_ALLOW_DUMMY": "1",
            "MUSICSITE_GENERATOR": "dummy",
            "MUSICSITE_DUMMY": "seconds=0",
            "PYTHONWARNINGS": "default",
            **env,
        }
        data.mkdir()
        for command in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=self.env, check=True)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start_web(self, number: int) -> None:
        port = self.web_ports[number]
        self.start(f"web{number}", exec_start("musicsite-web@.service", instance=str(port)))
        ends = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < ends, (self.folder / "log").read_text()[-3000:]
                time.sleep(0.1)

    def start(self, name: str, command: list[str]) -> None:
        with (self.folder / "log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, name: str) -> None:
        """As systemd does with KillMode=mixed: SIGTERM to the main process alone, SIGKILL for what is left."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    def start_nginx(self, store: str = "") -> None:
        nginx = program("nginx")
        folder, certificate = self.folder, self.folder / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        changes = {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            "server_name music.example.org;": "server_name localhost;",
            "/etc/letsencrypt/live/music.example.org/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/music.example.org/privkey.pem": str(folder / "key.pem"),
            "127.0.0.1:8001": f"127.0.0.1:{self.web_ports[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{self.web_ports[1]}",
            "/srv/musicsite/data/": f"{folder}/data/",
            "/etc/nginx/": f"{folder}/",
            "store:8333": store,
        }
        for name in ("musicsite.conf", "musicsite.inc", "musicsite-servers.inc", "store.inc"):
            text = (DEPLOY / "nginx" / name).read_text()
            for old, new in changes.items():
                text = text.replace(old, new)
            if store:
                text = text.replace("upstream musicsite", f"upstream store {{ server {store}; }}\nupstream musicsite")
                text = text.replace(
                    f"include {folder}/musicsite.inc;", f"include {folder}/musicsite.inc; include {folder}/store.inc;"
                )
            (folder / name).write_text(text)
        main = folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main.write_text(
            f"{user} pid {folder}/pid; error_log {folder}/nginx.log; worker_processes 1; daemon off; events {{}}\n"
            f"http {{ access_log off; {paths} include /etc/nginx/mime.types; include {folder}/musicsite.conf; }}\n"
        )
        test = subprocess.run([nginx, "-t", "-c", str(main)], capture_output=True, text=True)
        assert test.returncode == 0, test.stderr
        self.start("nginx", [nginx, "-c", str(main)])
        self.trust = ssl.create_default_context(cafile=str(certificate))

    def client(self) -> Axios:
        client = Axios(f"https://localhost:{self.port}")
        cookies = urllib.request.HTTPCookieProcessor(client.cookies)
        secure = urllib.request.HTTPSHandler(context=self.trust)
        client._opener = urllib.request.build_opener(cookies, secure, OurPage(client.url))
        return client


class OurPage(urllib.request.BaseHandler):
    """What every browser sends over HTTPS, and Django asks for."""

    def __init__(self, url: str) -> None:
        self._url = url

    def https_request(self, request: Any) -> Any:
        request.add_header("Referer", self._url + "/")
        return request


@contextmanager
def served(folder: Path, store: str = "", **env: str) -> Iterator[Server]:
    """Behind nginx, with one of the web servers and the worker."""
    site = Server(folder, MUSICSITE_LIMIT_REQUESTS="", **env)
    try:
        site.start_nginx(store)
        site.start_web(0)
        site.start("worker", exec_start("musicsite-worker.service"))
        yield site
    finally:
        for name in list(site.running):
            site.stop(name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("server")) as site:
        yield site


def make(client: Axios) -> str:
    """Order a piece and wait for it; returns its id."""
    status, body = client.post("/api/music", {"prompt": "calm piano"})
    assert status == 202, body
    for _ in range(1200):
        if client.get(f"/api/music/{body['jobId']}/status")[1]["state"] == "done":
            return str(body["jobId"])
        time.sleep(0.1)
    raise AssertionError("the job never ended")


def test_nginx_sends_the_tracks_of_a_folder(site: Server) -> None:
    client = site.client().sign_up("mina")
    job = make(client)
    request = urllib.request.Request(f"{client.url}/tracks/{job}/audio?download=1", headers={"Range": "bytes=0-3"})
    with client._opener.open(request) as answer:
        assert (answer.status, answer.read()) == (206, b"RIFF")
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Accel-Redirect"] is None
        etag = answer.headers["ETag"]
    assert client.send("GET", f"/tracks/{job}/audio", None, "", If_None_Match=etag)[0] == 304
    stored = next((site.folder / "data" / "media").rglob("audio.wav")).relative_to(site.folder / "data" / "media")
    assert client.send("GET", f"/_media/{stored}", None, "")[0] == 404, "nobody gets there but by the site"
    other = site.client().sign_up("omar")
    assert other.send("GET", f"/tracks/{job}/audio", None, "")[0] == 404
    assert client.send("GET", "/readyz", None, "")[0] == 404
    assert client.send("GET", "/healthz", None, "")[0] == 200


def test_nginx_sends_the_tracks_of_an_object_store(tmp_path: Path) -> None:
    with s3.server() as store, served(tmp_path, store.url.removeprefix("http://"), **store.env) as site:
        client = site.client().sign_up("mina")
        job = make(client)
        request = urllib.request.Request(f"{client.url}/tracks/{job}/audio", headers={"Range": "bytes=0-3"})
        with client._opener.open(request) as answer:
            assert (answer.status, answer.read()) == (206, b"RIFF")
            assert [value.partition(";")[0] for value in answer.headers.get_all("Content-Type")] == ["audio/wav"]
            assert len(answer.headers.get_all("Content-Disposition")) == 1
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert client.send("GET", f"/_store/{s3.BUCKET}/{store.names()[0]}", None, "")[0] == 404


def rollout(site: Server, release: str) -> None:
    """Run deploy/rollout; ``systemctl`` is played by this process."""
    folder = site.folder
    (folder / "bin").mkdir()
    asked, answered = folder / "asked-for", folder / "answered"
    asked.touch()
    scripts = {
        "systemctl": f'echo "$*" >> {asked}\nuntil grep -qxF "$*" {answered} 2>/dev/null; do sleep 0.05; done',
        "nginx": f'exec {program("nginx")} -c {folder}/nginx.conf "$@"',
    }
    for name, text in scripts.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "releases").mkdir()
    (folder / "releases" / release).symlink_to(settings.BASE_DIR)
    env = {
        **site.env, "PATH": f"{folder}/bin:{os.environ['PATH']}", "ROOT": str(folder),
        "SERVERS": str(folder / "musicsite-servers.inc"), "PORTS": " ".join(map(str, site.web_ports)),
    }  # fmt: skip
    with (folder / "rollout.log").open("wb") as log:
        script = subprocess.Popen([DEPLOY / "rollout", release], env=env, stdout=log, stderr=log)
        seen = 0
        while script.poll() is None:
            for line in asked.read_text().splitlines()[seen:]:
                seen += 1
                if "musicsite-worker" in line:
                    site.stop("worker")
                    site.start("worker", exec_start("musicsite-worker.service"))
                else:
                    number = site.web_ports.index(int(line.rpartition("@")[2]))
                    site.stop(f"web{number}")
                    site.start(f"web{number}", exec_start("musicsite-web@.service", instance=line.rpartition("@")[2]))
                with answered.open("a") as answers:
                    answers.write(line + "\n")
            time.sleep(0.05)
    assert script.returncode == 0, (folder / "rollout.log").read_text()
    assert (folder / "current").resolve() == Path(settings.BASE_DIR).resolve()
    assert seen == 3


def test_a_deploy_is_noticed_by_nobody(site: Server) -> None:
    """One web server after the other is replaced, under load, and so are the workers."""
    site.start_web(1)
    client = site.client().sign_up("olga")
    answers: list[tuple[int, Any]] = []
    over = threading.Event()

    def use() -> None:
        while not over.is_set():
            answers.append(client.send("POST", "/api/music", b'{"prompt": "calm piano"}', "application/json"))
            answers.append(client.send("GET", "/api/music/active", None, ""))
            time.sleep(0.05)

    user = threading.Thread(target=use)
    user.start()
    rollout(site, "second")
    time.sleep(1)
    over.set()
    user.join()
    assert [answer for answer in answers if answer[0] not in (200, 202)] == []
    ordered = [json.loads(body)["jobId"] for status, body in answers if status == 202]
    assert len(ordered) > 20
    for job in ordered:
        for _ in range(1200):
            if client.get(f"/api/music/{job}/status")[1]["state"] == "done":
                break
            time.sleep(0.1)
        else:
            raise AssertionError("a job was lost")
