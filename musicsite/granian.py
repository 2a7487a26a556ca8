"""The web server: granian, which served an empty view 1.7 times as fast as gunicorn.

Its processes are forked from one that has loaded the site: what they load alike is in the memory once, and one that
died is replaced at once. A new version of the site needs a new server.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import sys
from importlib import import_module
from typing import Any

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from jobs.worker.processes import count_together
from musicsite.buffered import Buffered

HEAD_SECONDS = 15  # for the head of a request to come, also of the next one on a connection that is kept open
CONNECTIONS = 8192  # of a process; one that is idle takes some kilobytes and no thread
RESERVED = 256  # files that a process needs beside its connections
BACKLOG = 1024  # connections that the system holds until a process takes them


def _open_files() -> int:
    """Let this process and its children have as many open files as they may; returns how many."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else CONNECTIONS + RESERVED


def serve(host: str, port: int, processes: int, threads: int, target: str) -> None:
    """Serve until SIGTERM or SIGINT, with so many processes of so many threads each.

    ``target``: ``module:name`` of a WSGI application.
    """
    count_together(os.getpid())
    module, _, name = target.partition(":")
    application = getattr(import_module(module), name)
    gc.collect()
    gc.freeze()  # looking for garbage would write on what is shared, and copy it
    multiprocessing.set_start_method("fork", force=True)
    limit = _open_files()
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        workers=processes,
        backlog=BACKLOG,
        backpressure=min(CONNECTIONS, limit - RESERVED),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=5,
        websockets=False,
        log_level=LogLevels.warning,
    )
    longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or sys.maxsize
    buffered: Any = Buffered(application, threads, longest)
    server.serve(target_loader=lambda: buffered, wrap_loader=False)


if __name__ == "__main__":
    host, port, processes, threads, target = sys.argv[1:]
    serve(host, int(port), int(processes), int(threads), target)
