"""How much of a core a busy loop gets: on an idle machine nearly all of it, beside other people's work less.

What takes longer than it may is no fault of the site where the machine gave it too little time; nobody has to guess.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# 50 ms of work each second: a shorter loop would be let in between the others at once.
SCRIPT = """
import time
while True:
    wall, cpu = time.perf_counter(), time.thread_time()
    while time.thread_time() - cpu < 0.05:
        pass
    print(time.monotonic(), 0.05 / (time.perf_counter() - wall), flush=True)
    time.sleep(0.95)
"""


class Share:
    """Measured from ``with`` on, by a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "share"

    def __enter__(self) -> Share:
        with self._file.open("wb") as file:
            self._process = subprocess.Popen([sys.executable, "-S", "-c", SCRIPT], stdout=file)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()

    def since(self, began: float) -> float:
        """The mean share of a core, from 0 to 1, since then (monotonic seconds)."""
        lines = [line.split() for line in self._file.read_text().split("\n")[:-1]] or [["0", "1"]]
        shares = [float(share) for at, share in lines if float(at) >= began] or [float(lines[-1][1])]
        return min(1.0, sum(shares) / len(shares))
