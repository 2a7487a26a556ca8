"""Running what is asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(steps: Coroutine[Any, Any, Any]) -> Any:
    """What they return; in a thread of their own, for a browser of other tests may have an event loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, steps).result()
