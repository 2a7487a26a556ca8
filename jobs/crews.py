"""Who works: the crews of workers, as they were last heard of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

SILENT = timedelta(seconds=15)  # after which a crew counts as gone


class Crew(models.Model):
    """The workers of one supervisor, as last heard of: what tells a busy site from one without workers."""

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    lane = models.CharField(max_length=40)
    size = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("host", "pid"), name="crew_process")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


def workers_alive(lanes: Collection[str] | None = None) -> int:
    """Workers whose supervisor was heard of lately, by the database's clock."""
    crews = Crew.objects.filter(seen_at__gt=Now() - SILENT)
    if lanes is not None:
        crews = crews.filter(lane__in=lanes)
    return crews.aggregate(size=models.Sum("size"))["size"] or 0
