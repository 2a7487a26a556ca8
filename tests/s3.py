"""A throw-away object store: moto's server, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from moto.server import ThreadedMotoServer

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing-secret"}
BUCKET = "tracks"


class Server:
    """Forgets everything when it is killed, as a process; ``start`` gives a new one at the same address."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self.start()
        self.empty()  # moto remembers for as long as this process lives

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address=self._host, port=self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]
        self.url = f"http://{self._host}:{self._port}"
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        self.client: Any = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **KEYS)
        if BUCKET not in [bucket["Name"] for bucket in self.client.list_buckets()["Buckets"]]:
            self.client.create_bucket(Bucket=BUCKET)

    def stop(self) -> None:
        self._server.stop()

    def empty(self) -> None:
        for name in self.names():
            self.client.delete_object(Bucket=BUCKET, Key=name)

    def names(self) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    @property
    def env(self) -> dict[str, str]:
        """What a site needs to keep its tracks here."""
        return {
            "MUSICSITE_S3_BUCKET": BUCKET,
            "MUSICSITE_S3_ENDPOINT": self.url,
            "MUSICSITE_S3_KEY": KEYS["aws_access_key_id"],
            "MUSICSITE_S3_SECRET": KEYS["aws_secret_access_key"],
        }

    @property
    def storages(self) -> dict[str, Any]:
        """The same as Django's STORAGES."""
        options = {
            "bucket_name": BUCKET, "endpoint_url": self.url, "region_name": "us-east-1",
            "access_key": KEYS["aws_access_key_id"], "secret_key": KEYS["aws_secret_access_key"],
        }  # fmt: skip
        return {
            "default": {"BACKEND": "jobs.storage.s3.Store", "OPTIONS": options},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }


@contextmanager
def server() -> Iterator[Server]:
    running = Server()
    try:
        yield running
    finally:
        running.client.close()
        running.stop()
