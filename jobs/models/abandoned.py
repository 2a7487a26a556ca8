"""What engines still do elsewhere for nobody, until a worker has stopped it: it may cost by the second."""

from __future__ import annotations

from django.db import models


class Abandoned(models.Model):
    """Work elsewhere of a job that was cancelled or is gone. Whoever deletes the row stops the work."""

    lane = models.CharField(max_length=40)
    generator = models.CharField(max_length=40)
    token = models.CharField(max_length=200)  # what the engine calls it

    def __str__(self) -> str:
        return f"{self.token} of {self.generator}"
