"""Which hosts work: the supervisors with their workers, as they were last heard of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

SILENT = timedelta(seconds=15)  # after which a supervisor counts as gone


class WorkerHost(models.Model):
    """The workers of one supervisor, as last heard of: what tells a busy site from one without workers."""

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    lane = models.CharField(max_length=40)
    size = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("host", "pid"), name="worker_host_process")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


def workers_alive(lanes: Collection[str] | None = None) -> int:
    """Number of workers in ``lanes`` (None: in all) whose supervisor was heard of lately, by the database's clock."""
    hosts = WorkerHost.objects.filter(seen_at__gt=Now() - SILENT)
    if lanes is not None:
        hosts = hosts.filter(lane__in=lanes)
    return hosts.aggregate(size=models.Sum("size"))["size"] or 0
