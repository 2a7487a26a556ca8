from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start sites with settings of their own."""
    started: list[Site] = []

    def start(**env: str) -> Site:
        started.append(Site(tmp_path, **env))
        return started[-1]

    yield start
    for one in started:
        leave(one)


@pytest.fixture(scope="package")
def composing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site as everybody gets it, with one worker, for all tests that do nothing but use it."""
    one = Site(tmp_path_factory.mktemp("site"), MUSICSITE_WORKERS="1")
    yield one
    leave(one)


def leave(one: Site) -> None:
    """A site stops on Ctrl-C with nothing left behind and no lock error in the log."""
    if one.process.poll() is None:
        processes = one.processes()
        assert one.stop() == 0
        _gone, alive = psutil.wait_procs(processes, timeout=60)
        assert not alive, "processes were left behind"
    assert "database is locked" not in one.log.read_text()
    assert "Traceback" not in one.log.read_text(), one.log.read_text()
