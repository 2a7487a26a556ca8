"""A throw-away Redis server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest


class Server:
    """Listens on a socket in its folder; keeps nothing on disk, so that a restart has lost every message."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            reason = "Redis is not installed (Debian: redis-server)"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
            raise AssertionError
        self._socket = folder / "redis.socket"
        self._command = [program, "--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(folder)]
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        ends = time.monotonic() + 60
        while not self._socket.exists():
            assert self._process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)
