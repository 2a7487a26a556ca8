"""Our scripts and styles as they are served: without comments and indentation, which are a third of their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("pages/", "operators/")  # what others wrote has its licence at its beginning, and is small already
_SMALLER: dict[str, Callable[[str], str]] = {".css": cssmin, ".js": jsmin}


class SmallStaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage: named by content, compressed; what we wrote is made smaller before."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name in paths:
                smaller = _SMALLER.get(Path(name).suffix)
                if smaller and name.startswith(OURS):
                    file = Path(self.path(name))
                    file.write_text(smaller(file.read_text(encoding="utf-8")), encoding="utf-8")
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)
