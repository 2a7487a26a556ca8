import gzip
from collections.abc import Callable

from django.test import Client

from jobs.models import Job
from tests.making import made

GZIP = {"accept-encoding": "gzip"}


def test_pages_are_compressed_and_sound_is_not(mina: Client, order: Callable[..., Job]) -> None:
    job = made(order("calm piano"))
    page = mina.get("/library/", headers=GZIP)
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert job.title in gzip.decompress(page.content).decode()
    assert "Content-Encoding" not in mina.get("/library/")
    assert "Content-Encoding" not in mina.get("/api/music/active", headers=GZIP)
    sound = mina.get(f"/tracks/{job.pk}/audio", headers={**GZIP, "range": "bytes=0-9"})
    assert "Content-Encoding" not in sound
    assert sound["Content-Length"] == "10"
    assert len(b"".join(sound.streaming_content)) == 10
