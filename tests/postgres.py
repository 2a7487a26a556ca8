"""A throw-away PostgreSQL server: ``python -m tests.postgres pytest tests`` runs a command with its DATABASE_URL."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
OPTIONS = "-c listen_addresses='{}' -c fsync=off -c max_connections=300 -c unix_socket_directories='{}'"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first; None where PostgreSQL is not installed."""
    found = sorted(DEBIAN.glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]), reverse=True)
    if not found and (on_path := shutil.which("pg_ctl")):
        found = [Path(on_path).resolve()]
    return next((path.parent for path in found if (path.parent / "initdb").exists()), None)


def needed() -> Path:
    """The binaries; a test that lacks them is skipped, but fails where CI says that everything has to be there."""
    if folder := binaries():
        return folder
    reason = "PostgreSQL's server is not installed (Debian: postgresql)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Server:
    """Listens on a socket in its folder, for everybody who may read that; runs as nobody where we are root.

    ``address``: also on port 5432 of this address, for everybody in its network (/24).
    """

    def __init__(self, binaries: Path, folder: Path, address: str = "") -> None:
        self._binaries, self._folder, self._address = binaries, folder, address
        self._runs = False
        self._user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        shutil.chown(folder, self._user)
        self._run("initdb", "--auth=trust", "--username=musicsite", "--encoding=UTF8", "--no-locale", "--no-sync")
        if address:
            with (folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {address}/24 trust\n")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://musicsite@{self._address or quote(str(self._folder), safe='')}/postgres"

    def start(self) -> None:
        log = self._folder / "server.log"
        self._run("pg_ctl", "start", "-w", "-l", str(log), "-o", OPTIONS.format(self._address, self._folder))
        self._runs = True

    def stop(self, mode: str = "fast") -> None:
        """``fast`` ends every connection, ``immediate`` is a crash."""
        if self._runs:
            self._run("pg_ctl", "stop", "-w", "-m", mode)
        self._runs = False

    def _run(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._binaries / command), "-D", str(self._folder / "data"), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user if os.geteuid() == 0 else None,
            cwd=self._folder,
        )


@contextmanager
def server(binaries: Path, address: str = "") -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="musicsite-postgres-"))
    try:
        server = Server(binaries, folder, address)
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def fresh_database(url: str) -> str:
    """The URL of a new, empty database on the server of that URL."""
    server, _, _ = url.rpartition("/")
    name = f"site_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{server}/{name}"


def main(command: list[str]) -> int:
    folder = binaries()
    if folder is None or not command:
        sys.exit("usage: python -m tests.postgres COMMAND …, where PostgreSQL's server is installed")
    with server(folder) as running:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": running.url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
