"""Real worker processes on the test's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection

from jobs.models import Job, WorkerHost
from tests import chromium
from tests.site import lock_errors

browser = chromium.browser


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true value of ``what``, or a failure after that many seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if value := what():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain")


def _database_url() -> str:
    """Of the database that this test runs on, for other processes."""
    name = connection.settings_dict["NAME"]
    server, _slash, _name = os.environ.get("DATABASE_URL", "").rpartition("/")
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{server}/{name}"


class Workers:
    """One ``manage.py worker`` and what is below it."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.log = folder / "worker.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=settings.BASE_DIR,
                env={**os.environ, **env, "DJANGO_SETTINGS_MODULE": "musicsite.settings"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: WorkerHost.objects.filter(pid=self.process.pid).exists())

    def below(self) -> list[int]:
        try:
            return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def worker_of(self, job: Job) -> int:
        pid = wait_for(lambda: Job.objects.filter(pk=job.pk).values_list("lease_pid", flat=True).get())
        assert isinstance(pid, int)
        return pid

    def idle_workers(self) -> list[int]:
        """The first child of each sentinel is its worker."""
        sentinels = [child.pid for child in psutil.Process(self.process.pid).children()]
        return [psutil.Process(sentinel).children()[0].pid for sentinel in sentinels]

    def stop(self, signum: int = signal.SIGTERM) -> int:
        self.process.send_signal(signum)
        return self.process.wait(120)


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path, dummy: Any) -> Iterator[Callable[..., Workers]]:
    """Start workers with the dummy generator's OPTIONS; all of their processes are gone afterwards."""
    dummy()
    started: list[Workers] = []

    def start(*, size: int = 2, options: str = "seconds=0", **env: str) -> Workers:
        workers = Workers(
            tmp_path,
            {
                "DATABASE_URL": _database_url(),
                "MUSICSITE_DATA_DIR": str(tmp_path),
                "MUSICSITE_SECRET_KEY": settings.SECRET_KEY,
                "MUSICSITE_WORKERS": str(size),
                "MUSICSITE_DUMMY": options,
                "MUSICSITE_LOG_LEVEL": "INFO",
                "MUSICSITE_RETRY_DELAY": "0.2",
                **env,
            },
        )
        started.append(workers)
        return workers

    yield start
    for workers in started:
        below = workers.below()
        if workers.process.poll() is None:
            workers.stop()
        for pid in below:
            assert not psutil.pid_exists(pid), "a process was left behind"
        assert lock_errors(workers.log.read_text()) == []
