"""The web server: granian, which served an empty view 1.7 times as fast as gunicorn.

Its processes are forked from one that has loaded the site: what they load alike is in the memory once, and one that
died is replaced at once. A new version of the site needs a new server.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
from importlib import import_module

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from jobs.worker.processes import count_together


def _is_news(record: logging.LogRecord) -> bool:
    """Not that there are more threads than cores could keep busy: most of them wait, for the disk or for each other."""
    return "Python threads" not in record.getMessage()


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
    logging.getLogger("_granian").addFilter(_is_news)
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=5,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda: application, wrap_loader=False)


if __name__ == "__main__":
    host, port, processes, threads, target = sys.argv[1:]
    serve(host, int(port), int(processes), int(threads), target)
