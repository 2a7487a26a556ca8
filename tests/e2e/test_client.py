"""The original client's contract, spoken by clients that know nothing else of us."""

import threading
import time
from typing import Any

import pytest

from tests.site import Axios, Site

pytestmark = pytest.mark.slow


def follow(client: Axios, job_id: str, interval: float) -> dict[str, Any]:
    """Poll as the original provider did, until ``done`` or ``error``."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        status, body = client.get(f"/api/music/{job_id}/status")
        assert status == 200
        if body["state"] in ("done", "error"):
            return body
        time.sleep(interval)
    raise AssertionError("the job never ended")


def test_the_original_client_works_unmodified(composing: Site) -> None:
    client = Axios(composing.url).sign_up("axel")
    status, body = client.post("/api/music", {"prompt": "calm lo-fi piano, 80 bpm, A minor, 20 seconds"})
    assert status == 202
    ended = follow(client, body["jobId"], 2)
    assert (ended["state"], ended["error"]) == ("done", None)
    status, audio = client.send("GET", ended["resultUrl"], None, "")
    assert status == 200
    assert audio[:3] == b"ID3"
    tag = 10 + (audio[6] << 21 | audio[7] << 14 | audio[8] << 7 | audio[9])  # with the picture
    assert 19.5 < (len(audio) - tag) * 8 / 192_000 < 22
    assert Axios(composing.url).sign_up("omar").send("GET", ended["resultUrl"], None, "")[0] == 404


def test_a_burst_from_eight_clients_loses_nothing(quick: Site) -> None:
    clients = [Axios(quick.url).sign_up(f"user{number}") for number in range(8)]
    accepted: list[tuple[Axios, str]] = []
    refused: list[Any] = []

    def submit(client: Axios) -> None:
        for number in range(25):
            status, body = client.post("/api/music", {"prompt": f"piano {number}"})
            (accepted.append((client, body["jobId"])) if status == 202 else refused.append((status, body)))

    threads = [threading.Thread(target=submit, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert len({job for _, job in accepted}) == 200
    for client, job in accepted:
        ended = follow(client, job, 0.1)
        assert (ended["state"], ended["attempt"]) == ("done", 1)
