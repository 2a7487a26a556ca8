"""The runs of jobs, as the state machine in ``jobs.models`` writes them down."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """One run of a job by one worker, kept for the operators."""

    class Outcome(models.TextChoices):
        """How an attempt ended, or that it has not."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        LOST = "lost", _("Lost")  # the worker died, hung or was cut off
        CANCELLED = "cancelled", _("Cancelled")
        RETURNED = "returned", _("Handed back")  # the worker was told to stop

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    generator = models.CharField(max_length=40)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    remote_id = models.CharField(max_length=200, blank=True)  # what the engine calls its work elsewhere
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)  # US dollars
    counted = models.BooleanField(default=False, editable=False)  # in jobs.models.rollup, once it has ended

    class Meta:
        ordering = ("number",)
        indexes = [
            models.Index(
                fields=("id",), name="attempt_uncounted", condition=Q(counted=False, finished_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=("job", "number"), name="attempt_number"),
            models.CheckConstraint(
                name="attempt_ended",
                condition=Q(outcome="running", finished_at=None)
                | (~Q(outcome="running") & Q(finished_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.number}"
