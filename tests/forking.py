"""``manage.py`` in a process of its own, forked from one that has imported what every command does but no settings.

Most of what a command costs is importing Django and its company: done once, a test of settings takes a third.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SETTINGS = ("MUSICSITE_", "DJANGO_", "DATABASE_")  # beginnings of variables that a site reads
IMPORTED = (
    "dj_database_url", "django.contrib.admin", "django.contrib.staticfiles.finders", "django.core.management",
    "django.db.backends.sqlite3.base", "django.forms", "django.test", "django.views.generic", "environs",
    "limits.storage", "limits.strategies", "prometheus_client", "psutil", "pydantic", "regex", "whitenoise.middleware",
)  # fmt: skip


def manage(folder: Path, *args: str, timeout: int = 120, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` with these arguments and variables, beside which it has no settings; its data is in ``folder``.

    One that takes longer than ``timeout`` seconds is killed.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    with tempfile.TemporaryDirectory() as name:
        out, err = Path(name, "out"), Path(name, "err")
        order = {"args": args, "env": {**clean, "MUSICSITE_DATA_DIR": str(folder), **env}, "timeout": timeout}
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps({**order, "out": str(out), "err": str(err)}) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(["manage.py", *args], code, out.read_text("utf-8"), err.read_text("utf-8"))


@cache
def _server() -> subprocess.Popen[str]:
    """It ends when nobody can write to it any more, at the latest with this process."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    command = [sys.executable, "-m", "tests.forking"]
    server = subprocess.Popen(command, cwd=ROOT, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def _serve() -> dict[str, Any]:
    """Returns, in a new process each time, what it has to do."""
    for name in IMPORTED:
        import_module(name)
    while line := sys.stdin.readline():
        if not (pid := os.fork()):
            order: dict[str, Any] = json.loads(line)
            return order
        _pid, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    sys.exit()


def _run(order: dict[str, Any]) -> None:
    """Become ``manage.py``."""
    for number, path in enumerate((os.devnull, order["out"], order["err"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(order["env"])
    signal.alarm(order["timeout"])
    sys.argv = ["manage.py", *order["args"]]
    code = compile((ROOT / "manage.py").read_text("utf-8"), "manage.py", "exec")
    exec(code, {"__name__": "__main__", "__file__": "manage.py"})


if __name__ == "__main__":
    _run(_serve())
