"""The one file that anybody uploads is a tune, with an order or a change of a track; any other is refused unread."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

PATHS = re.compile(r"/music/(understood)?|/tracks/[0-9a-f-]{36}/edit/change")  # of the forms that have the field
FIELD = "melody"
LONGEST = 200_001  # bytes that are kept: one more than a tune may have, so that the form can say so


class TuneUpload(FileUploadHandler):
    """Keeps the beginning of the one file in memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        path = self.request.path_info if self.request else ""
        if not PATHS.fullmatch(path) or self.field_name != FIELD or hasattr(self, "_content"):
            raise SuspiciousOperation("A file was sent where this site takes none.")
        self._content = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._content.write(raw_data[: max(0, LONGEST - start)])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
