"""The tracks in an object store that speaks S3: MUSICSITE_S3_BUCKET chooses it.

What the store raises arrives as OSError, so that nobody else needs to know of botocore: FileNotFoundError,
PermissionError, and ConnectionError for a store that is away or overloaded, where trying again may help.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.utils.functional import cached_property
from storages.backends.s3 import S3Storage

CHUNK = 64 * 1024  # bytes


@contextmanager
def _as_os_errors(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        text = f"The object store says of {name}: {error}"
        if status == 404:
            raise FileNotFoundError(text) from error
        if status in (401, 403):
            raise PermissionError(text) from error
        raise (ConnectionError if status >= 500 or status in (408, 429) else OSError)(text) from error
    except BotoCoreError as error:
        raise ConnectionError(f"The object store cannot be reached: {error}") from error


class Store(S3Storage):
    """Tracks in a bucket. OPTIONS: those of django-storages, and ``public_endpoint``, its address for browsers."""

    def __init__(self, *, public_endpoint: str = "", **options: Any) -> None:
        path_style = {"addressing_style": "path"} if options.get("endpoint_url") else {}
        options["client_config"] = Config(
            signature_version="s3v4",
            s3=path_style,
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 2},
            request_checksum_calculation="when_required",  # stores other than Amazon's refuse what they do not know
            response_checksum_validation="when_required",
        )
        super().__init__(**options)
        self._public_endpoint = public_endpoint
        self._pid = os.getpid()

    def get_default_settings(self) -> dict[str, Any]:
        """Only OPTIONS count, and for what they leave out botocore's own ways of finding keys."""
        defaults: dict[str, Any] = super().get_default_settings()
        return {**defaults, "access_key": None, "secret_key": None, "security_token": None}

    @property
    def connection(self) -> Any:
        if self._pid != os.getpid():  # sockets must not be shared over a fork
            self._connections, self._bucket, self._pid = threading.local(), None, os.getpid()
        return super().connection

    @cached_property
    def _browsers(self) -> Any:
        """A client that signs for the address that browsers use; it never connects."""
        return self._create_session().client(
            "s3",
            endpoint_url=self._public_endpoint or self.endpoint_url,
            region_name=self.region_name,
            config=self.client_config,
        )

    def _open(self, name: str, mode: str = "rb") -> Any:
        """The whole file, fetched now: an error does not come later, at some read of its content."""
        with _as_os_errors(name):
            file = super()._open(name, mode)
            _ = file.file
            return file

    def _save(self, name: str, content: File[bytes]) -> str:
        with _as_os_errors(name):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _as_os_errors(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_errors(name):
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _as_os_errors(path):
            folders, files = super().listdir(path)
            return folders, files

    def size(self, name: str) -> int:
        with _as_os_errors(name):
            return int(super().size(name))

    def delete_folder(self, folder: str) -> None:
        """Delete everything below ``folder``, a thousand files a request; raise OSError where the store refuses."""
        with _as_os_errors(folder):
            self.bucket.objects.filter(Prefix=self._normalize_name(folder).rstrip("/") + "/").delete()

    def read_range(self, name: str, start: int, end: int) -> IO[bytes]:
        """The bytes from ``start`` to ``end``, both included, as a readable over the store's answer; raise OSError."""
        client = self.connection.meta.client
        with _as_os_errors(name):
            answer = client.get_object(
                Bucket=self.bucket_name, Key=self._normalize_name(name), Range=f"bytes={start}-{end}"
            )
        return _Body(answer["Body"], name)  # type: ignore[return-value]

    def signed_url(self, name: str, seconds: int, *, inside: bool = False, **headers: str) -> str:
        """An address at which anybody may read the file for so many ``seconds``.

        ``inside``: for a proxy that stands beside us, else for browsers. ``headers``: those of the answer, as S3 calls
        them (ResponseContentType, ResponseContentDisposition …).
        """
        client = self.connection.meta.client if inside else self._browsers
        parameters = {"Bucket": self.bucket_name, "Key": self._normalize_name(name), **headers}
        return str(client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds))

    def create_bucket(self) -> None:
        """Make the bucket where there is none; raise OSError where the store refuses."""
        client = self.connection.meta.client
        location = {} if self.region_name == "us-east-1" else {"LocationConstraint": self.region_name}
        with _as_os_errors(f"bucket {self.bucket_name}"):
            if self.bucket_name not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(
                    Bucket=self.bucket_name, **({"CreateBucketConfiguration": location} if location else {})
                )

    def problem(self) -> str:
        """Why tracks cannot be kept here, in a sentence; "" when a file could be written, read and removed."""
        name = f"probe/{os.getpid()}"
        try:
            with _as_os_errors(f"bucket {self.bucket_name}"):
                place = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}
                client = self.connection.meta.client
                client.put_object(**place, Body=b"probe")
                client.get_object(**place)["Body"].read()
                client.delete_object(**place)
        except OSError as error:
            return str(error)
        return ""


class _Body:
    """What comes from the store, as a file; a break on the way is an OSError."""

    def __init__(self, body: Any, name: str) -> None:
        self._body, self._name = body, name

    def read(self, size: int = CHUNK) -> bytes:
        with _as_os_errors(self._name):
            return bytes(self._body.read(size))

    def close(self) -> None:
        self._body.close()
