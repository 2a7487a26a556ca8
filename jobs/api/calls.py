"""The API with all of its calls: modules beside ``views`` register theirs when they are imported."""

from jobs.api import batch, comparisons, edits, events, previews, tracks  # noqa: F401
from jobs.api.views import api

__all__ = ["api"]
