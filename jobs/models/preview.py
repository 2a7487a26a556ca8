"""What a person wants to hear now of a track that they change: one section, rendered alone.

No job: nothing of it is kept, counted or told. There is one for each person, and the next order takes its place, so
previews never become more, and nobody's wait behind another's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from jobs.models.job import Job
from jobs.models.states import NO_LEASE, Holder, State
from jobs.models.text import printable

LEASE = timedelta(seconds=20)  # in which a preview is made, or never
ATTEMPTS = 2  # a worker that died over it may have died of something else


class PreviewQuerySet(models.QuerySet["Preview"]):
    def waiting(self, lane: str) -> PreviewQuerySet:
        """Those that a worker of the lane may take, the one that has waited longest first."""
        return self.filter(lane=lane, state=State.PENDING).order_by("ordered_at")

    def leased(self) -> PreviewQuerySet:
        return self.filter(state=State.PROCESSING)

    def claim(self, lane: str, holder: Holder) -> Preview | None:
        """Take the next one of ``lane``; None where none waits, or others were faster."""
        for preview in self.waiting(lane)[:3]:
            seen = self.filter(pk=preview.pk, number=preview.number, attempt=preview.attempt, state=State.PENDING)
            lease = {"lease_host": holder.host, "lease_pid": holder.pid, "lease_until": timezone.now() + LEASE}
            preview.attempt += 1
            if seen.update(state=State.PROCESSING, attempt=preview.attempt, **lease):
                return preview
        return None


class Preview(models.Model):
    """``number`` counts the orders of its person: a worker writes only while it has the number and attempt it took."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preview")
    track = models.ForeignKey(Job, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(default=0)
    section = models.PositiveSmallIntegerField(default=0)
    document = models.JSONField(default=dict)  # jobs.music.editing
    lane = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_host = models.CharField(max_length=255, blank=True)
    lease_pid = models.PositiveIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    file = models.JSONField(default=dict)  # name, type and size in the storage; start, lead, length in seconds, bars
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    ordered_at = models.DateTimeField(default=timezone.now)

    objects = PreviewQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["lane", "ordered_at"], name="preview_waiting", condition=Q(state=State.PENDING)),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} §{self.section}"

    def is_held(self) -> bool:
        """Whether this attempt still owns the preview, by the database: nobody has ordered another one."""
        return self._held().exists()

    def finish(self, file: dict[str, Any]) -> bool:
        """End it as done; False where this attempt no longer owns it."""
        return bool(self._held().update(state=State.DONE, file=file, **NO_LEASE))

    def fail(self, code: str, message: str) -> bool:
        """End it in an error of jobs.models.errors; False where this attempt no longer owns it."""
        ended = self._held().update(state=State.ERROR, error_code=code, error_message=printable(message), **NO_LEASE)
        return bool(ended)

    def return_to_queue(self) -> bool:
        """Let another worker make it; False where this attempt no longer owns it."""
        return bool(self._held().update(state=State.PENDING, **NO_LEASE))

    def _held(self) -> models.QuerySet[Preview]:
        mine = Preview.objects.filter(pk=self.pk, number=self.number, attempt=self.attempt)
        return mine.filter(state=State.PROCESSING)
