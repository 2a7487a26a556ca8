"""What people change of a track, step by step: every state of the document that lies over it, and none is lost."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

MADE_WITH = 0  # the number of the revision that a track was made with


class Revision(models.Model):
    """A state of a track's edit, as jobs.music.editing has it. Numbers count from 1 within the track.

    A track that was made of a revision of another has that as its own number MADE_WITH, with the brief it lies over.
    """

    track = models.ForeignKey("jobs.Job", models.CASCADE, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField()
    parent = models.PositiveIntegerField(null=True)  # the number that it was made from; NULL: as composed
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    summary = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=80, blank=True)  # of a version that somebody wants to find again
    document = models.JSONField()
    size = models.PositiveIntegerField()  # bytes of the document
    brief = models.JSONField(null=True)  # of number MADE_WITH
    is_current = models.BooleanField(default=False)  # where undo and redo have led to

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("track", "number"), name="revision_number"),
            models.UniqueConstraint(fields=("track",), name="revision_current", condition=Q(is_current=True)),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} #{self.number}"
