"""How long it takes to understand a prompt, beside a plain tokenising of the same text in the same run."""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable

from jobs.music.words.hearing import hear
from jobs.music.words.understand import understand
from tests.words.__main__ import rows

TOKEN = re.compile(r"\w+|[^\w\s]")
REPEATS = 5
LONG = 2000  # characters


def timed(work: Callable[[str], object], text: str) -> float:
    """Milliseconds, the best of several."""
    best = float("inf")
    for _ in range(REPEATS):
        hear.cache_clear()
        start = time.perf_counter()
        work(text)
        best = min(best, time.perf_counter() - start)
    return 1000 * best


def main() -> None:
    prompts = [row["prompt"] for row in rows()]
    long = " ".join(prompts)[:LONG]
    understand(long)
    times = sorted(timed(understand, prompt) for prompt in prompts)
    plain = sorted(timed(TOKEN.findall, prompt) for prompt in prompts)
    lines = (
        ("median", statistics.median(times), statistics.median(plain)),
        ("99 of 100", times[int(0.99 * len(times))], plain[int(0.99 * len(plain))]),
        (f"{LONG} characters", timed(understand, long), timed(TOKEN.findall, long)),
    )
    report = [f"{'':18} {'understood':>12} {'tokenised':>12} {'ratio':>8}"]
    report += [f"{name:18} {took:9.2f} ms {base:9.3f} ms {took / base:8.0f}" for name, took, base in lines]
    sys.stdout.write("\n".join(report) + "\n")


if __name__ == "__main__":
    main()
