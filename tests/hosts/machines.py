"""Hosts on one machine: network namespaces behind a bridge where the system allows it, else groups of processes.

A host has a name, an address, a folder, and processes that nobody else sees. It can be cut off and joined again, and it
can vanish: then it is cut off first, so that nobody hears its connections close.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import psutil
from django.conf import settings

NETWORK = "10.77.0"  # exists only inside the namespace of this command


class Host(Protocol):
    name: str
    address: str

    def run(self, command: list[str], env: Mapping[str, str]) -> None: ...
    def cut_off(self) -> None: ...
    def join(self) -> None: ...
    def vanish(self) -> None: ...
    def log(self) -> str: ...


def may_have_namespaces() -> bool:
    tools = all(shutil.which(tool) for tool in ("unshare", "nsenter", "ip"))
    return tools and os.geteuid() == 0 and _works("unshare", "--net", "--mount", "--uts", "--pid", "--fork", "true")


def go_inside() -> None:
    """Become the same command in a network of its own, which ends with it."""
    os.environ["HOSTS_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, "-m", "tests.hosts", *sys.argv[1:]])


def build_wire() -> str:
    """The bridge that hosts are plugged into; returns our own address on it."""
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "wire", "type", "bridge")
    _ip("addr", "add", f"{NETWORK}.1/24", "dev", "wire")
    _ip("link", "set", "wire", "up")
    return f"{NETWORK}.1"


class NamespaceHost:
    def __init__(self, name: str, number: int, folder: Path) -> None:
        self.name, self.address = name, f"{NETWORK}.{number}"
        self._plug, self._folder = f"plug{number}", folder
        folder.mkdir()
        spaces = ("--net", "--uts", "--pid", "--mount-proc", "--fork", "--kill-child")
        self._holder = subprocess.Popen(
            ["unshare", *spaces, "sh", "-c", f"hostname {name}; exec sleep infinity"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not (children := psutil.Process(self._holder.pid).children()) or children[0].name() != "sleep":
            time.sleep(0.01)
        self._init = children[0].pid
        _ip("link", "add", self._plug, "type", "veth", "peer", "name", "eth0", "netns", str(self._init))
        _ip("link", "set", self._plug, "master", "wire", "up")
        inside = ["nsenter", "--net", "-t", str(self._init), "ip"]
        _call(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _call(*inside, "link", "set", "eth0", "up")
        _call(*inside, "link", "set", "lo", "up")

    def run(self, command: list[str], env: Mapping[str, str]) -> None:
        inside = ["nsenter", "--net", "--uts", "--pid", "--mount", "-t", str(self._init)]
        _start([*inside, f"--wd={settings.BASE_DIR}", *command], env, self._folder)

    def cut_off(self) -> None:
        _ip("link", "set", self._plug, "down")

    def join(self) -> None:
        _ip("link", "set", self._plug, "up")

    def vanish(self) -> None:
        if self._holder.poll() is None:
            self.cut_off()
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._init, signal.SIGKILL)  # the kernel ends all that is in it
            self._holder.wait()
            # The kernel does the same some time later, which may be too late for the next host of that number.
            subprocess.run(["ip", "link", "delete", self._plug], stderr=subprocess.DEVNULL, check=False)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


class ProcessHost:
    """Where namespaces are not allowed: the same processes, on an address of the loopback; cut off is stopped."""

    def __init__(self, name: str, number: int, folder: Path) -> None:
        self.name, self.address, self._folder = name, f"127.0.0.{number}", folder
        self._started: list[subprocess.Popen[bytes]] = []
        folder.mkdir()

    def run(self, command: list[str], env: Mapping[str, str]) -> None:
        self._started.append(_start(command, env, self._folder))

    def _send(self, signum: int) -> None:
        for process in self._started:
            with contextlib.suppress(psutil.NoSuchProcess):
                all_of_it = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                for one in all_of_it:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        one.send_signal(signum)

    def cut_off(self) -> None:
        self._send(signal.SIGSTOP)

    def join(self) -> None:
        self._send(signal.SIGCONT)

    def vanish(self) -> None:
        self._send(signal.SIGKILL)
        for process in self._started:
            process.wait()

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


def _start(command: list[str], env: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, **env, "MUSICSITE_DATA_DIR": str(folder)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _ip(*arguments: str) -> None:
    _call("ip", *arguments)


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


def _works(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
