import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.worker.cluster import Cluster
from jobs.worker.processes import Alarm, Process, drop_shared_folders, shared_folder

SHARED = "import os; from jobs.worker.processes import shared_folder as f"


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    alarm = Alarm()
    yield alarm
    alarm.close()
    signal.signal(signal.SIGUSR1, before)


def of_another_parent(name: str) -> Path:
    """A shared folder with a file in it, whose makers' parent is dead."""
    grandchild = f"{SHARED}; p = f({name!r}, os.getppid()); (p / 'x').touch(); print(p)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    env = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    made = subprocess.run([sys.executable, "-c", child], env=env, check=True, capture_output=True, text=True)
    return Path(made.stdout.strip())


def test_children_of_one_parent_share_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = shared_folder("figures", os.getppid())
    assert (folder, folder.stat().st_mode & 0o777) == (shared_folder("figures", os.getppid()), 0o700)
    (folder / "x").touch()
    other = of_another_parent("figures")
    assert (folder / "x").exists()
    assert other.exists()
    assert shared_folder("figures", os.getppid()) == folder
    assert list(tmp_path.iterdir()) == [folder]


def test_folders_of_dead_parents_are_dropped(tmp_path: Path) -> None:
    of_another_parent("figures")
    namespace = Path("/proc/self/ns/pid").stat().st_ino
    (tmp_path / f"figures-{namespace}-of-somebody").mkdir()
    others = {f"figures-{namespace + 1}-1-2", "other-1-2"}  # of another container, of another program
    for name in others:
        (tmp_path / name).mkdir()
    own = subprocess.run(
        [sys.executable, "-c", f"{SHARED}; print(f('figures', os.getppid()))"],
        env={**os.environ, "TMPDIR": str(tmp_path)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(own.stdout.strip()).name.startswith(f"figures-{namespace}-{os.getpid()}-")
    drop_shared_folders("figures")
    assert {path.name for path in tmp_path.iterdir()} == others


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_is_open_to_others_is_refused(mode: int) -> None:
    shared_folder("figures", os.getppid()).chmod(mode)
    with pytest.raises(PermissionError, match="open to others"):
        shared_folder("figures", os.getppid())


def test_it_sees_the_living_and_the_dead_among_its_children() -> None:
    script = """
import os, subprocess
from jobs.worker.processes import has_children
assert not has_children()
child = subprocess.Popen(["sleep", "60"])
assert has_children()
child.kill()
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
assert has_children(), "one that is dead and not buried"
child.wait()
assert not has_children()
"""
    subprocess.run([sys.executable, "-c", script], check=True)  # in a process that has no other children


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_a_process_is_known_by_its_id_and_start(sleeper: subprocess.Popen[bytes]) -> None:
    process = Process(sleeper.pid)
    assert (process.is_alive(), process.is_stopped()) == (True, False)
    sleeper.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED | os.WNOWAIT)
    assert process.is_stopped()
    process.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_alive(), "dead, and not yet reaped"
    sleeper.wait()
    assert (process.is_alive(), process.is_stopped(), process.children()) == (False, False, [])
    process.kill()
    assert not Process(sleeper.pid).is_alive()


def test_a_stranger_with_the_id_of_a_dead_process_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    """As after a pause, when the system has begun with the ids anew: here the start differs instead."""
    dead = Process(sleeper.pid)
    assert dead._process is not None
    dead._process._ident = (sleeper.pid, 1.0)  # what psutil compares
    dead._process._create_time = 1.0
    assert (dead.is_alive(), dead.is_stopped(), dead.children()) == (False, False, [])
    dead.kill()
    assert sleeper.poll() is None
    assert Process(sleeper.pid).is_alive()


def test_a_cluster_kills_no_stranger(sleeper: subprocess.Popen[bytes]) -> None:
    cluster = Cluster.__new__(Cluster)
    dead = Process(sleeper.pid)
    assert dead._process is not None
    dead._process._ident, dead._process._create_time = (sleeper.pid, 1.0), 1.0
    cluster.processes = [dead, dead]
    cluster._cluster = SimpleNamespace(sentinel=SimpleNamespace(join=lambda timeout: None))
    assert (cluster.is_whole(), cluster.is_stopped()) == (False, False)
    assert cluster.kill() == {sleeper.pid}
    assert sleeper.poll() is None


def test_an_alarm_goes_off_when_a_process_dies(alarm: Alarm) -> None:
    child = subprocess.Popen(["sleep", "600"])
    process = Process(child.pid)
    killer = threading.Timer(0.2, child.kill)
    killer.start()
    alarm.sleep(300, [process], unseen=300)
    assert not process.is_alive()
    child.wait()


def test_an_alarm_goes_off_when_a_signal_comes(alarm: Alarm) -> None:
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    alarm.sleep(300, [Process(os.getpid())], unseen=300)


def test_where_a_death_cannot_be_seen_it_looks_again_soon(alarm: Alarm) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert Process(gone.pid).death is None
    alarm.sleep(300, [Process(gone.pid)], unseen=0.01)
